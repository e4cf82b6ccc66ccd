"""Comments that silence findings: ``# dynamigrate: ignore[DYN101] because it is a lookup table``."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple

from .finding import Finding

_COMMENT: Final = re.compile(r"#\s*dynamigrate:\s*ignore\b(?:\s*\[([^\]]*)\])?\s*(.*)", re.IGNORECASE)
_REASON: Final = re.compile(r"because\s+\S", re.IGNORECASE)


class Silence(NamedTuple):
    """
    One comment.

    Attributes:
        codes: As they are written.
        has_reason: Whether *because* and words follow.
        alone: Whether nothing else is on the line: then it is about the next line too.
    """

    line: int
    column: int
    codes: tuple[str, ...]
    has_reason: bool
    alone: bool

    def covers(self, finding: Finding) -> bool:
        """Whether it stands on the lines of *finding*, or on one of its own right above."""
        return (
            finding.code in self.codes
            and self.has_reason
            and (
                finding.line <= self.line <= max(finding.end_line, finding.line)
                or (self.alone and self.line == finding.line - 1)
            )
        )


def silences(source: bytes) -> tuple[Silence, ...]:
    """Those in *source*, which is valid Python."""
    if b"dynamigrate:" not in source.lower():
        return ()
    return tuple(_found(source))


def _found(source: bytes) -> Iterator[Silence]:
    try:
        for token in tokenize.tokenize(BytesIO(source).readline):
            if token.type == tokenize.COMMENT and (match := _COMMENT.search(token.string)):
                yield Silence(
                    line=token.start[0],
                    column=token.start[1] + match.start() + 1,
                    codes=tuple(code.strip().upper() for code in (match[1] or "").split(",") if code.strip()),
                    has_reason=_REASON.match(match[2]) is not None,
                    alone=not token.line[: token.start[1]].strip(),
                )
    except (tokenize.TokenError, SyntaxError, ValueError):  # Python's parser takes a little more than its tokenizer
        return
