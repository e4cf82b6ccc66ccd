"""Findings in words: for people, for a pipe, and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .errors import InvalidLintSetting, LintError
from .finding import Finding
from .registry import RULES
from .rule import Rule


def rule_of(code: str) -> Rule:
    """
    The rule of that code, or of that name.

    Raises:
        InvalidLintSetting: There is none.
    """
    for rule in RULES:
        if code.strip().upper() == rule.code or code.strip().lower() == rule.name:
            return rule
    raise InvalidLintSetting(f"There is no rule {code!r}.", f"There are {', '.join(one.code for one in RULES)}.")


def plain_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """One line each, as editors and CI systems read them."""
    for one in findings:
        yield f"{one.place}:{one.line}:{one.column}: {one.code} {one.message} {one.fix}"


def summary(findings: Sequence[Finding]) -> str:
    if not findings:
        return "No findings."
    files = len({one.path for one in findings})
    many = "finding" if len(findings) == 1 else "findings"
    return f"{len(findings)} {many} in {files} {'file' if files == 1 else 'files'}."


def explained(rule: Rule) -> Iterator[str]:
    """What *rule* is about, a paragraph each."""
    yield f"{rule.code} {rule.name}"
    yield rule.reason
    yield rule.fix
    if rule.silenceable:
        yield f"On one line: # dynamigrate: ignore[{rule.code}] because ..."
    yield rule.page


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    names = {rule.code: rule for rule in RULES}
    found = [{**one.to_json(), "name": names[one.code].name, "page": names[one.code].page} for one in findings]
    return {"ok": not findings, "findings": found}


def rule_as_json(rule: Rule) -> dict[str, Any]:
    return {"code": rule.code, "name": rule.name, "reason": rule.reason, "fix": rule.fix, "page": rule.page}


def error_as_json(error: LintError) -> dict[str, Any]:
    return {
        "ok": False,
        "error": {"type": type(error).__name__, "message": error.message, "next": error.next_step},
    }
