"""Code blocks of the documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Their Python blocks are files of one app, which tests of their own run as such.
APPS = ("docs/how-to/expand-and-contract.md", "docs/how-to/recipes.md", "docs/how-to/testing.md")
# From here on, Python blocks of this page are what a linter finds and what it doesn't: tests of its own judge them.
_JUDGED = ("docs/reference/lint.md", "## The rules")
# Typed from top to bottom by tests of their own, with all that they show.
TYPED = ("docs/tutorial.md", "docs/how-to/ci.md")
# In the languages of other tools: a test of its own reads them, and whole deploys run two of them.
OTHER_TOOLS = "docs/how-to/tools/"
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
    return [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def blocks(*languages: str) -> Iterator[Block]:
    """All blocks in one of *languages*, or all there are; not the Python of `APPS` and `_JUDGED`, nor what is `TYPED`."""
    for page in pages():
        name = page.relative_to(PROJECT).as_posix()
        if name in TYPED or name.startswith(OTHER_TOOLS):
            continue
        text = page.read_text(encoding="utf-8")
        run_elsewhere = _run_elsewhere(page, text)
        for match in _BLOCK.finditer(text):
            if (not languages or match[1] in languages) and not (
                match[1] == "python" and match.start() >= run_elsewhere
            ):
                yield Block(_where(page, text, match.start()), match[1], match[2])


def _run_elsewhere(page: Path, text: str) -> float:
    """From where on other tests have the Python of a page."""
    name = page.relative_to(PROJECT).as_posix()
    if name in APPS:
        return 0
    return text.index(_JUDGED[1]) if name == _JUDGED[0] else inf


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
