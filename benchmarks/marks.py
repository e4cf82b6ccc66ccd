"""A section of a page that is written by itself, found again by the marks around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Marks:
    """
    Attributes:
        name: What the section is about: its first word in both marks.
        command: What writes it.
    """

    name: str
    command: str

    def around(self, text: str) -> str:
        return f"{self._begin}\n\n{text}\n{self._end}"

    def replaced(self, page: str, text: str) -> str:
        """
        *page* with *text* in place of the section that it has.

        Raises:
            ValueError: It has none.
        """
        head, begin, rest = page.partition(self._begin)
        _, end, tail = rest.partition(self._end)
        if not (begin and end):
            raise ValueError(f"the page has no section about {self.name}s")
        return head + self.around(text) + tail

    @property
    def _begin(self) -> str:
        return f"<!-- {self.name}: `{self.command}` writes what follows -->"

    @property
    def _end(self) -> str:
        return f"<!-- {self.name} ends -->"
