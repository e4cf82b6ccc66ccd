"""Links and headings of the pages, as they stand in their text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]*)\)|\bhref=\"([^\"]*)\"")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_DOCSTRING = re.compile(r"^::: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Link:
    """
    Attributes:
        page: Where it stands.
        to: What it says.
    """

    page: Path
    to: str

    @property
    def leaves(self) -> bool:
        """Whether it leads out of the project."""
        return self.to.startswith(("https://", "http://"))

    @property
    def file(self) -> Path:
        path = self.to.partition("#")[0]
        return (self.page.parent / path).resolve() if path else self.page

    @property
    def anchor(self) -> str:
        return self.to.partition("#")[2]

    def __str__(self) -> str:
        return f"{self.page.name}: {self.to}"


def links(page: Path) -> Iterator[Link]:
    """All of them, pictures too; not what stands in code."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for match in _LINK.finditer(_CODE.sub("`code`", text)):
        yield Link(page, match[1] or match[2] or "")


def anchors(page: Path) -> set[str]:
    """What can be linked to: each heading, named as GitHub does and as the site does, and each docstring's name."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return {_slug(one) for one in _HEADING.findall(text)} | set(_DOCSTRING.findall(text))


def _slug(heading: str) -> str:
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")
