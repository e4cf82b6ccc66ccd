"""Warnings of what is wrong in the migrations themselves, as far as their text tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from dynamigrate_lint import RULES, Finding, LintError, Rule, lint, read_settings

_AT_SYNTH: Final = tuple(rule for rule in RULES if rule.at_synth)
_MOST: Final = 5  # places that one warning names


def warn_of_findings(scope: Construct, folder: Path, tables: Mapping[str, object]) -> None:
    """
    One warning for each rule that fails or damages data, which its code acknowledges: ``dynamigrate:DYN106``. The comments
    and the ``pyproject.toml`` that count at the keyboard count here. Whatever happens, nothing is raised.
    """
    annotations = cdk.Annotations.of(scope)
    try:
        settings, _ = read_settings(folder)
        found = lint(folder, settings=settings, tables=tables, rules=_AT_SYNTH)
    except LintError as error:
        annotations.add_warning_v2("dynamigrate:lint", f"the migrations were not linted. {error}")
        return
    except Exception as error:  # noqa: BLE001 - a mistake of the linter's own must not keep anybody from deploying
        annotations.add_warning_v2(
            "dynamigrate:lint", f"the migrations were not linted, by a mistake of the linter's own: {error!r}"
        )
        return
    rules = {rule.code: rule for rule in _AT_SYNTH}
    for code, same in groupby(sorted(found, key=lambda one: (one.code, one)), key=lambda one: one.code):
        annotations.add_warning_v2(f"dynamigrate:{code}", _told(rules[code], list(same), folder))


def _told(rule: Rule, found: Sequence[Finding], folder: Path) -> str:
    first = found[0]
    told = f"{_place(first, folder)}: {first.message} {first.fix}"
    if others := found[1:]:
        named = ", ".join(_place(one, folder) for one in others[:_MOST])
        more = f", and {len(others) - _MOST} more" if len(others) > _MOST else ""
        told += f" The same in {named}{more}."
    return f"{told} ({rule.code} {rule.name}, {rule.page}; where it is meant: # dynamigrate: ignore[{rule.code}] because ...)"


def _place(finding: Finding, folder: Path) -> str:
    """Not where the folder is on this machine."""
    return f"{folder.name}/{finding.path.relative_to(folder).as_posix()}:{finding.line}"
