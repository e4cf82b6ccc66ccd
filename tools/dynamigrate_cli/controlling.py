"""The commands for a run that is under way: ``pause``, ``resume``, ``rate``, ``workers``, ``cancel``."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from .asking import Asking
from .command import command
from .faults import UsedWrongly
from .ids import Detached, OfDetached
from .render.lock import lock_lines
from .session import Session

Units = Annotated[float | None, typer.Option(metavar="N", help="Capacity units a second.")]

_HEADING: Final = "While one is under way"


def register(app: typer.Typer) -> None:
    """Add them to *app*."""

    @command(app, "pause", rich_help_panel=_HEADING, examples="dynamigrate pause --stack Migrations")
    def pause(session: Session, migration: OfDetached = None) -> None:
        """Have the backfill under way wait."""
        _order(session, "pause", migration=migration)

    @command(app, "resume", rich_help_panel=_HEADING, examples="dynamigrate resume --stack Migrations")
    def resume(session: Session, migration: OfDetached = None) -> None:
        """Have a backfill that waits go on."""
        _order(session, "resume", migration=migration)

    @command(
        app,
        "rate",
        rich_help_panel=_HEADING,
        examples="dynamigrate rate --write-units 500 --for 90m\ndynamigrate rate --for 0m",
    )
    def rate(
        session: Session,
        lasting: Annotated[
            str, typer.Option("--for", metavar="TIME", help="How long, such as 90m or 1h30m; 0m ends it now.")
        ],
        read_units: Units = None,
        write_units: Units = None,
        migration: Detached = None,
    ) -> None:
        """Have the backfill under way go at another rate, for a while."""
        if read_units is None and write_units is None and lasting.strip("0") not in {"m", "s", "h", "d"}:
            raise UsedWrongly("Neither --read-units nor --write-units is given.", "Give one, or both, or --for 0m.")
        _order(session, "rate", for_=lasting, read_units=read_units, write_units=write_units, migration=migration)

    @command(app, "workers", rich_help_panel=_HEADING, examples="dynamigrate workers 2")
    def workers(
        session: Session,
        number: Annotated[int, typer.Argument(metavar="N", help="How many may be at work.")],
        migration: Detached = None,
    ) -> None:
        """Have fewer workers of a fleet at work, or more again."""
        _order(session, "workers", n=number, migration=migration)

    @command(app, "cancel", rich_help_panel=_HEADING, examples="dynamigrate cancel --stack Migrations")
    def cancel(session: Session, migration: OfDetached = None) -> None:
        """Have the run under way stop at its next step."""
        Asking(session).before_touching_the_lock("Have that run stop?", "dynamigrate cancel", migration)
        _order(session, "cancel", migration=migration, confirm=True)


def _order(session: Session, action: str, **arguments: Any) -> None:
    answer = session.ask(action, **arguments)

    def lines(found: dict[str, Any]) -> None:
        for line in lock_lines(found["lock"]):
            session.terminal.say(line)
        session.terminal.say(str(found.get("note", "")))

    session.show(answer, lines)
    raise typer.Exit(session.code(answer))
