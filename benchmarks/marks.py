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
        head, _, tail = self._parts(page)
        return head + self.around(text) + tail

    def kept(self, page: str) -> str:
        """The section of *page*, with the marks around it; raises as `replaced`."""
        return self._parts(page)[1]

    def _parts(self, page: str) -> tuple[str, str, str]:
        """What is before the section, the section with its marks, and what comes after it."""
        head, begin, rest = page.partition(self._begin)
        text, end, tail = rest.partition(self._end)
        if not (begin and end):
            raise ValueError(f"the page has no section about {self.name}s")
        return head, f"{begin}{text}{end}", tail

    @property
    def _begin(self) -> str:
        return f"<!-- {self.name}: `{self.command}` writes what follows -->"

    @property
    def _end(self) -> str:
        return f"<!-- {self.name} ends -->"
