"""Comments that silence nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from .finding import Finding
from .registry import RULES, VAIN_COMMENT
from .rule import Surroundings
from .silence import Silence


def vain(
    path: Path, comments: Iterable[Silence], used: Collection[tuple[Path, int, str]], around: Surroundings
) -> Iterator[Finding]:
    """
    A finding for each of *comments*, which stand in the file *path*, that silences nothing.

    Args:
        used: Those that do: file, line, and the code that they silence there.
    """
    for one in comments:
        silent = {code for code in one.codes if (path, one.line, code) in used}
        if message := _fault(one, silent, path, around):
            yield Finding(path, one.line, one.column, VAIN_COMMENT.code, message, VAIN_COMMENT.fix)


def _fault(comment: Silence, silent: Collection[str], path: Path, around: Surroundings) -> str:
    known = {rule.code: rule for rule in RULES}
    if not comment.codes:
        return "The comment names no rule, and silences nothing."
    if unknown := [code for code in comment.codes if code not in known]:
        return f"The comment names {', '.join(unknown)}, and there is no such rule."
    if fixed := [code for code in comment.codes if not known[code].silenceable]:
        return f"The comment names {', '.join(fixed)}, which no comment silences."
    if not comment.has_reason:
        return "The comment says no reason, and silences nothing."
    asked = [code for code in comment.codes if known[code].is_asked(around) and around.settings.wants(code, path.name)]
    if idle := [code for code in asked if code not in silent]:
        return f"The comment names {', '.join(idle)}, which finds nothing here."
    return ""
