"""The command ``lint``: what can be told of migrations before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .command import command
from .faults import ExitCode, UsedWrongly
from .session import Session

_EXAMPLES = """\
dynamigrate lint
dynamigrate lint --against main
dynamigrate lint migrations --select DYN1,DYN2 --json
dynamigrate lint --explain DYN102"""


def register(app: typer.Typer) -> None:
    """Add it to *app*."""

    @command(app, "lint", examples=_EXAMPLES)
    def lint(
        session: Session,
        paths: Annotated[
            list[Path] | None,
            typer.Argument(metavar="PATH", help="Folders of migrations, or files in them; the settings' folder."),
        ] = None,
        *,
        against: Annotated[
            str | None, typer.Option("--against", metavar="REF", help="Compare the ids with a git base, such as main.")
        ] = None,
        select: Annotated[
            list[str] | None, typer.Option("--select", metavar="CODES", help="These rules alone: DYN101,DYN2.")
        ] = None,
        ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="CODES", help="Not these rules.")] = None,
        explain: Annotated[
            str | None, typer.Option("--explain", metavar="CODE", help="Say what a rule is about, and end.")
        ] = None,
    ) -> None:
        """
        Judge migrations by their text; nothing is run.

        Ends with 0 where nothing is found, with 1 where something is. Its settings are [tool.dynamigrate.lint] of
        pyproject.toml.
        """
        from dynamigrate_lint import LintError, lint_paths

        try:
            if explain is not None:
                _explain(session, explain)
                return
            found = lint_paths(
                paths or [session.settings.migrations],
                against=against,
                select=_listed(select),
                ignore=_listed(ignore),
                tables=session.settings.texts("tables") or None,
            )
        except LintError as error:
            raise UsedWrongly(error.message, error.next_step, kind=type(error).__name__) from error
        if session.settings["json"]:
            from dynamigrate_lint.report import as_json

            session.terminal.print(json.dumps(as_json(found), ensure_ascii=False))
        else:
            from .render.findings import show_findings

            show_findings(session.terminal, found)
        raise typer.Exit(ExitCode.FAILED if found else ExitCode.DONE)


def _explain(session: Session, code: str) -> None:
    from dynamigrate_lint.report import explained, rule_as_json, rule_of

    rule = rule_of(code)
    if session.settings["json"]:
        session.terminal.print(json.dumps({"ok": True, "rule": rule_as_json(rule)}, ensure_ascii=False))
        return
    for number, paragraph in enumerate(explained(rule)):
        if number:
            session.terminal.print()
        session.terminal.say(paragraph, "" if number else "heading")


def _listed(given: list[str] | None) -> list[str]:
    return [code for one in given or () for code in one.split(",") if code.strip()]
