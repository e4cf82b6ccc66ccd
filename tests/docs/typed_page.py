"""A page whose files are written and whose commands are typed, from its top to its end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PART: Final = re.compile(
    r"(?:^\*\*`(?P<path>[^`]+)`(?P<part>, in part)?\*\*\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# What differs from run to run, and what stands for it when two of them are compared.
_VARYING: Final = (
    (r"\b\d{8}T\d{6}Z-[0-9a-f]{8}\b", "RUN"),
    (r"(?<!\d)\d{14}(?!\d)", "ID"),
    (r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?UTC|Z)?", "TIME"),
    (r"\b\d+(?:\.\d+)? ?(?:s|ms|seconds?|minutes?)\b(?: ago)?", "SECONDS"),
    (r"\b(\w+-[A-Za-z]\w*?)[0-9A-F]{8}(?:-\w+)?\b", r"\1NAME"),
    (r"\b(\w+-[A-Za-z]+)-[0-9A-Za-z]{6,}\b", r"\1NAME"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"[─━╸╺]+", "BAR"),
    (r"[ \t]+", " "),
)


@dataclass(frozen=True)
class File:
    """
    What stands on the page under a file's name.

    Attributes:
        in_part: It is functions of the file, which is there already.
    """

    path: str
    text: str
    in_part: bool = False


@dataclass(frozen=True)
class Typed:
    """A command, and what is shown below it: lines, of which ``...`` stands for any number."""

    command: str
    shown: tuple[str, ...]


Step = File | Typed


def steps(page: Path) -> Iterator[Step]:
    """Files and commands, in the order in which they stand there."""
    for part in _PART.finditer(page.read_text(encoding="utf-8")):
        if part["path"] is not None:
            yield File(part["path"], part["text"], in_part=part["part"] is not None)
        elif part["language"] == "console":
            yield from _commands(part["text"])


def _commands(text: str) -> Iterator[Typed]:
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = re.sub(r"\\\n\s*", "", block).rstrip("\n").split("\n")
        yield Typed(command, tuple(shown))


def is_shown(said: str, shown: tuple[str, ...]) -> bool:
    """
    Whether *said* is what the page has, but for what is another each time: ids, times, the ends of names.

    Nothing may be said that is not on the page, unless ``...`` stands there for it.
    """
    line = r"[^\n]*\n"
    pattern = "".join(rf"(?:{line})*" if one.strip() == "..." else re.escape(normalized(one)) + "\n" for one in shown)
    lines = [normalized(one) for one in said.strip("\n").split("\n")] if said.strip() else []
    return re.fullmatch(pattern, "".join(f"{one}\n" for one in lines)) is not None


def normalized(line: str) -> str:
    for pattern, instead in _VARYING:
        line = re.sub(pattern, instead, line)
    return line.strip()
