"""The commands that look and change nothing: ``status``, ``history``, ``plan``, ``verify``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import typer

from .command import command
from .faults import ExitCode, UsedWrongly
from .ids import Migration, PlanTo
from .session import Session

_HEADING: Final = "To look"


def register(app: typer.Typer) -> None:
    """Add them to *app*."""

    @command(
        app,
        "status",
        rich_help_panel=_HEADING,
        examples=(
            "dynamigrate status\n"
            "dynamigrate status --stack Migrations\n"
            "dynamigrate status --check --json\n"
            "dynamigrate status --stack test=Migrations@test --stack live=Migrations@live"
        ),
        several=True,
    )
    def status(
        session: Session,
        format_: Annotated[
            Literal["text", "md"],
            typer.Option("--format", help="md, of several stacks: the comment of a pull request."),
        ] = "text",
        check: Annotated[bool, typer.Option("--check", help="End with 3 where something is pending or dirty.")] = False,
    ) -> None:
        """Show every migration, the lock, and what to do next; of several stacks, beside each other."""
        if session.settings.stacks:
            raise typer.Exit(_stages(session, format_, check=check))
        if format_ == "md":
            raise UsedWrongly("--format md shows several stacks.", "Give --stack more than once, or leave it out.")
        from .render.status import show_status

        answer = session.ask("status")
        session.show(answer, lambda found: show_status(session.terminal, session.wording, found))
        raise typer.Exit(ExitCode.PENDING if check and _waits(answer) else session.code(answer))

    @command(app, "history", rich_help_panel=_HEADING, examples="dynamigrate history\ndynamigrate history -n 5 --json")
    def history(
        session: Session,
        number: Annotated[
            int | None, typer.Option("-n", "--number", metavar="N", help="How many runs, the newest first; 50.")
        ] = None,
    ) -> None:
        """Show the newest runs that changed something or failed."""
        from .render.history import show_history

        answer = session.ask("history", n=number)
        session.show(answer, lambda found: show_history(session.terminal, session.wording, found))
        raise typer.Exit(session.code(answer))

    @command(
        app,
        "plan",
        rich_help_panel=_HEADING,
        examples=(
            "dynamigrate plan\n"
            "dynamigrate plan --to 20261123090000\n"
            "dynamigrate plan --dry-run --sample 200 --state-of Migrations\n"
            "dynamigrate plan --dry-run --mask --format md > comment.md"
        ),
    )
    def plan(  # noqa: PLR0917 - options of the command line, each by its name
        session: Session,
        to: PlanTo = None,
        step: Annotated[int | None, typer.Option("--step", metavar="N", help="What `step` would do.")] = None,
        checks: Annotated[bool, typer.Option("--checks", help="Call the migrations' checks, too.")] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Run what is pending without its writes, and say what it would do.")
        ] = False,
        sample: Annotated[
            int | None,
            typer.Option("--sample", metavar="N", help="How many items of a backfill's table a dry run looks at."),
        ] = None,
        mask: Annotated[bool, typer.Option("--mask", help="Show no keys of items in a dry run.")] = False,
        format_: Annotated[
            Literal["text", "md"], typer.Option("--format", help="md: the comment of a pull request.")
        ] = "text",
        check: Annotated[bool, typer.Option("--check", help="End with 3 where there is something to do.")] = False,
    ) -> None:
        """Show what up would do now (or to, or step)."""
        if to is not None and step is not None:
            raise UsedWrongly("--to and --step are both given.", "Give one of them, or none for what up would do.")
        if (sample is not None or mask) and not dry_run:
            raise UsedWrongly("--sample and --mask are of a dry run.", "Add --dry-run.")
        arguments = {"migration": to, "n": step, "check": checks, "dry_run": dry_run, "sample": sample, "mask": mask}
        answer = session.run("plan", **arguments) if dry_run else session.ask("plan", **arguments)
        session.show(answer, lambda found: _show_plan(session, found, format_))
        raise typer.Exit(_plan_code(session, answer, check=check))

    @command(
        app,
        "verify",
        rich_help_panel=_HEADING,
        examples="dynamigrate verify 20261123090000 --sample 1000\ndynamigrate verify 20261123090000 --stack Migrations",
    )
    def verify(
        session: Session,
        migration: Migration,
        sample: Annotated[
            int | None, typer.Option("--sample", metavar="N", help="How many items to look at; all unless given.")
        ] = None,
    ) -> None:
        """Count what a backfill that has run would still change."""
        from .render.verification import show_verification

        answer = session.run("verify", migration=migration, sample=sample)
        session.show(answer, lambda found: show_verification(session.terminal, session.wording, found))
        raise typer.Exit(session.code(answer))


def _waits(answer: dict[str, Any]) -> bool:
    """Whether a status has something pending or dirty."""
    counts = answer.get("counts", {})
    return bool(answer.get("ok") and (counts.get("pending") or counts.get("dirty")))


def _stages(session: Session, format_: str, *, check: bool) -> ExitCode:
    """Show several stacks; what the program ends with."""
    from .stages import ask_stages

    stages = ask_stages(session)
    all_known = all(stage.is_known for stage in stages)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if session.settings["json"]:
        told = {"ok": all_known, "stages": {stage.name: stage.status for stage in stages}}
        session.terminal.print(json.dumps(told, ensure_ascii=False))
    elif format_ == "md":
        from .stages_comment import stages_comment

        session.terminal.print(stages_comment(stages, now=now))
    else:
        from .render.stages import show_stages

        show_stages(session.terminal, stages, now=now)
    if not all_known:
        return ExitCode.FAILED
    return ExitCode.PENDING if check and any(_waits(stage.status) for stage in stages) else ExitCode.DONE


def _show_plan(session: Session, answer: dict[str, Any], format_: str) -> None:
    if format_ == "md":
        from .pull_request import comment

        session.terminal.print(comment(answer))
        return
    from .render.plan import show_plan

    show_plan(session.terminal, session.wording, answer)


def _plan_code(session: Session, answer: dict[str, Any], *, check: bool) -> ExitCode:
    if check and (answer.get("actions") or (answer.get("error") or {}).get("type") == "DirtyMigration"):
        return ExitCode.PENDING
    if any(not one["passed"] for one in answer.get("checks", ())):
        return ExitCode.FAILED
    if any((action.get("dry_run") or {}).get("error") for action in answer.get("actions", ())):
        return ExitCode.FAILED
    return session.code(answer)
