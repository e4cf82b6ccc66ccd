"""``python -m dynamigrate_lint migrations``: the same rules where the command line is not installed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from .errors import LintError
from .paths import lint_paths
from .report import as_json, error_as_json, explained, plain_lines, rule_as_json, rule_of, summary

_CLEAN, _FOUND, _USED_WRONGLY = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 is clean, 1 means findings, 2 that it was used wrongly."""
    given = parser().parse_args(arguments)
    try:
        if given.explain:
            rule = rule_of(given.explain)
            told = {"ok": True, "rule": rule_as_json(rule)}
            print(json.dumps(told, indent=2) if given.json else "\n\n".join(explained(rule)))
            return _CLEAN
        found = lint_paths(
            given.folder or ["migrations"],
            against=given.against,
            select=_listed(given.select),
            ignore=_listed(given.ignore),
        )
    except LintError as error:
        if given.json:
            print(json.dumps(error_as_json(error), indent=2))
        print(f"{error.message} {error.next_step}", file=sys.stderr)
        return _USED_WRONGLY
    if given.json:
        print(json.dumps(as_json(found), indent=2))
    else:
        for line in plain_lines(found):
            print(line)
        print(summary(found), file=sys.stderr)
    return _FOUND if found else _CLEAN


def parser() -> argparse.ArgumentParser:
    """The options that `dynamigrate lint` has, too."""
    made = argparse.ArgumentParser(prog="python -m dynamigrate_lint", description="Lint folders of migrations.")
    made.add_argument("folder", nargs="*", help="a folder of migrations, or files in one; migrations, unless given")
    made.add_argument("--against", metavar="REF", help="compare the ids with a revision of git, such as main")
    made.add_argument("--select", action="append", metavar="CODES", help="these rules alone: DYN101,DYN2")
    made.add_argument("--ignore", action="append", metavar="CODES", help="not these rules")
    made.add_argument("--json", action="store_true", help="findings as JSON")
    made.add_argument("--explain", metavar="CODE", help="what a rule is about")
    return made


def _listed(given: list[str] | None) -> list[str]:
    return [code for one in given or () for code in one.split(",") if code.strip()]


if __name__ == "__main__":
    sys.exit(main())
