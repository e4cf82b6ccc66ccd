"""Code blocks of the documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Their Python blocks are files of one app, which tests of their own run as such.
APPS = ("docs/expand-and-contract.md", "docs/recipes.md")
# Typed from top to bottom by tests of their own, with all that they show.
TYPED = ("docs/tutorial.md", "docs/ci.md")
_COMMAND_IN_TEXT = re.compile(r'`(\{"action": [^`]*\})`')


@dataclass(frozen=True)
class Block:
    """
    Attributes:
        where: File and line, for the test's name.
        language: As the fence says; empty where it says nothing.
    """

    where: str
    language: str
    text: str


def pages() -> list[Path]:
    """Everything that users read."""
    return [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]


def blocks(*languages: str) -> Iterator[Block]:
    """All blocks in one of *languages*, or all there are; not the files of `APPS`, nor the pages that are `TYPED`."""
    for page in pages():
        if page.relative_to(PROJECT).as_posix() in TYPED:
            continue
        text = page.read_text(encoding="utf-8")
        is_app = page.relative_to(PROJECT).as_posix() in APPS
        for match in _BLOCK.finditer(text):
            if (not languages or match[1] in languages) and not (is_app and match[1] == "python"):
                yield Block(_where(page, text, match.start()), match[1], match[2])


def commands_in_text() -> Iterator[Block]:
    """Manual commands that stand in a line of text or in a table."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for match in _COMMAND_IN_TEXT.finditer(text):
            yield Block(_where(page, text, match.start()), "json", match[1])


def shell_commands(block: Block) -> list[str]:
    """What stands behind each prompt, its continued lines joined."""
    joined = block.text.replace("\\\n", " ")
    return [" ".join(line[2:].split()) for line in joined.splitlines() if line.startswith("$ ")]


def _where(page: Path, text: str, offset: int) -> str:
    return f"{page.relative_to(PROJECT)}:{text.count(chr(10), 0, offset) + 1}"
