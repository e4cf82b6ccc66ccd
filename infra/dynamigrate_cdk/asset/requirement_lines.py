"""The lines of a file of requirements, taken apart as pip does."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import SynthError

_COMMENT: Final = re.compile(r"(^|\s+)#.*$")
_VARIABLE: Final = re.compile(r"\$\{([A-Z0-9_]+)\}")
_ALIASES: Final = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "--pypi-url": "--index-url",
    "-f": "--find-links",
}
# Options without a value.
FLAGS: Final = ("--no-index", "--require-hashes", "--pre", "--prefer-binary")


def logical_lines(path: Path, named_by: str) -> Iterator[tuple[int, str]]:
    """
    The lines that say something, each with the number of its first line: joined, without comments, with variables
    filled in.

    Args:
        named_by: The line that names this file, for messages.

    Raises:
        SynthError: The file can't be read.
    """
    joined, first = "", 0
    for number, raw in enumerate([*_text(path, named_by).splitlines(), ""], start=1):
        first = first or number
        if raw.endswith("\\") and not _COMMENT.match(raw):
            joined += raw.removesuffix("\\")
            continue
        # A comment between joined lines ends them, as for pip.
        line = _COMMENT.sub("", f"{joined} {raw}" if _COMMENT.match(raw) else joined + raw).strip()
        if line:
            yield first, _VARIABLE.sub(lambda match: os.environ.get(match[1]) or match[0], line)
        joined, first = "", 0


def _text(path: Path, named_by: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        by = f", which {named_by} names," if named_by else ""
        raise SynthError(
            f"{path}{by} can't be read: {error.strerror or error}. Put it there, or take its name out."
        ) from error
    # PowerShell's `pip freeze > requirements.txt` writes UTF-16.
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SynthError(f"{path} is no text in UTF-8 ({error}). Save it as UTF-8.") from error


def split_option(words: list[str]) -> tuple[str, str]:
    """The next option and its value, taken off *words*; a value stands behind it, after a sign, or joined to it."""
    word = words.pop(0)
    name, sign, value = word.partition("=")
    if not word.startswith("--") and len(word) > 2:
        name, sign, value = word[:2], "=", word[2:].removeprefix("=")
    name = _ALIASES.get(name, name)
    if not sign and name not in FLAGS and words and not words[0].startswith("-"):
        value = words.pop(0)
    return name, value
