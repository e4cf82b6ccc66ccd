"""The commands that run migrations: ``up``, ``step``, ``to``, ``down``, ``reset``."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from .asking import Asking
from .command import command
from .ids import Migration
from .places import Answer
from .session import Session

Wait = Annotated[
    float | None, typer.Option("--wait", metavar="SECONDS", help="How long to wait for the lock; not at all.")
]

_HEADING: Final = "To run"


def register(app: typer.Typer) -> None:
    """Add them to *app*."""

    @command(
        app, "up", rich_help_panel=_HEADING, examples="dynamigrate up\ndynamigrate up --stack Migrations --wait 60"
    )
    def up(session: Session, wait: Wait = None) -> None:
        """Run all that is pending."""
        Asking(session).before_new_state()
        _end(session, session.run("migrate", wait=wait))

    @command(
        app,
        "step",
        rich_help_panel=_HEADING,
        examples="dynamigrate step 1\ndynamigrate step -1",
        # -1 is a number, and no option.
        context_settings={"ignore_unknown_options": True},
    )
    def step(
        session: Session,
        number: Annotated[int, typer.Argument(metavar="N", help="How many; below 0: back.")],
        wait: Wait = None,
    ) -> None:
        """Run the next N; below 0: undo the last -N."""
        if number < 0:
            Asking(session).before_undoing(number, f"dynamigrate step {number}")
        else:
            Asking(session).before_new_state()
        _end(session, session.run("step", n=number, wait=wait, confirm=number < 0))

    @command(app, "to", rich_help_panel=_HEADING, examples="dynamigrate to 20261123090000")
    def to(session: Session, migration: Migration, wait: Wait = None) -> None:
        """Run up to a migration, or undo what is newer than it."""
        asking = Asking(session)
        asking.before_new_state()
        undoes = asking.before_going_to(migration)
        _end(session, session.run("to", migration=migration, wait=wait, confirm=undoes))

    @command(
        app, "down", rich_help_panel=_HEADING, examples="dynamigrate down\ndynamigrate down --all --stack Migrations"
    )
    def down(
        session: Session,
        all_: Annotated[bool, typer.Option("--all", help="Undo all that is applied.")] = False,
        wait: Wait = None,
    ) -> None:
        """Undo the newest applied migration."""
        asking = Asking(session)
        asking.before_undoing(None if all_ else -1, "dynamigrate down --all" if all_ else "dynamigrate down")
        _end(session, session.run("rewind" if all_ else "undo", wait=wait, confirm=True))

    @command(app, "reset", rich_help_panel=_HEADING, examples="dynamigrate reset --yes")
    def reset(session: Session, wait: Wait = None) -> None:
        """Undo all that is applied, then run all."""
        asking = Asking(session)
        asking.before_new_state()
        asking.before_undoing(None, "dynamigrate reset", then="Then all migrations are run again.")
        _end(session, session.run("reset", wait=wait, confirm=True))


def _end(session: Session, answer: Answer) -> None:
    from .render.outcome import show_outcome

    def lines(found: dict[str, Any]) -> None:
        show_outcome(session.terminal, session.wording, found)

    session.show(answer, lines)
    raise typer.Exit(session.code(answer))
