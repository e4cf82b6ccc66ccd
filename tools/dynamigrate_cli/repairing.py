"""The commands that set the record straight without running a migration: ``repair``, ``baseline``, ``unlock``."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import typer

from .asking import Asking
from .command import command
from .ids import Migration, OfDetached
from .places import Answer
from .render.lock import holder_in_words
from .running import Wait
from .session import Session

_HEADING: Final = "To set the record straight"


def register(app: typer.Typer) -> None:
    """Add them to *app*."""

    @command(app, "repair", rich_help_panel=_HEADING, examples="dynamigrate repair 20261123090000 --as pending")
    def repair(
        session: Session,
        migration: Migration,
        as_: Annotated[
            Literal["applied", "pending"],
            typer.Option("--as", help="pending: it runs again; applied: it counts as done."),
        ],
        wait: Wait = None,
    ) -> None:
        """Settle a dirty migration as you found it."""
        Asking(session).before_repair(migration, as_)
        answer = session.ask("repair", migration=migration, as_=as_, wait=wait, confirm=True)
        session.show(answer, lambda found: _show_repaired(session, found))
        raise typer.Exit(session.code(answer))

    @command(app, "baseline", rich_help_panel=_HEADING, examples="dynamigrate baseline 20261123090000")
    def baseline(session: Session, migration: Migration, wait: Wait = None) -> None:
        """Count migrations up to one as applied, in an empty history."""
        Asking(session).before_baseline(migration)
        answer = session.ask("baseline", migration=migration, wait=wait, confirm=True)
        session.show(answer, lambda found: _show_baseline(session, found))
        raise typer.Exit(session.code(answer))

    @command(app, "unlock", rich_help_panel=_HEADING, examples="dynamigrate unlock\ndynamigrate unlock --force")
    def unlock(
        session: Session,
        migration: OfDetached = None,
        force: Annotated[bool, typer.Option("--force", help="Although its holder is alive.")] = False,
    ) -> None:
        """Free the lock of a dead holder; with --force of any."""
        command_ = "dynamigrate unlock --force" if force else "dynamigrate unlock"
        Asking(session).before_touching_the_lock("Free the lock?", command_, migration)
        # To see whether its holder is alive takes as long as a lease.
        answer = session.run("unlock", migration=migration, force=force, confirm=True)
        session.show(answer, lambda found: _show_unlocked(session, found))
        raise typer.Exit(session.code(answer))


def _show_repaired(session: Session, answer: Answer) -> None:
    session.terminal.say(f"{answer['repaired']} counts as {answer['now']} now.", "applied")
    if answer.get("next"):
        session.terminal.say(f"Next: {session.wording.next_step(answer['next'])}", "command", whole=True)


def _show_baseline(session: Session, answer: Answer) -> None:
    counted = ", ".join(answer["applied"])
    session.terminal.say(f"Counted as applied: {counted}." if counted else "All of them counted already.", "applied")


def _show_unlocked(session: Session, answer: Answer) -> None:
    if "note" in answer:
        session.terminal.say(str(answer["note"]))
        return
    session.terminal.say(f"The lock is free; {holder_in_words(answer['was'])} had it.", "applied")
