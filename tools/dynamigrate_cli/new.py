"""The command ``new``: a migration's file, and its test."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .command import command
from .faults import UsedWrongly
from .session import Session

_EXAMPLES = """\
dynamigrate new "add status"
dynamigrate new --backfill --undo "spell out statuses"
dynamigrate new --after --for customers "drop old names\""""


def register(app: typer.Typer) -> None:
    """Add it to *app*."""

    @command(app, "new", examples=_EXAMPLES)
    def new(
        session: Session,
        words: Annotated[list[str], typer.Argument(metavar="WORDS", help='What it does, in a few: "add status".')],
        *,
        backfill: Annotated[
            bool, typer.Option("--backfill", help="One function of one item, for a whole table.")
        ] = False,
        after: Annotated[
            bool, typer.Option("--after", help="It runs once the application is updated, not before.")
        ] = False,
        undo: Annotated[bool, typer.Option("--undo", help="It can be taken back.")] = False,
        of_table: Annotated[
            str | None,
            typer.Option(
                "--for",
                metavar="LOGICAL",
                help="The table that it is about, by its name in the construct; unless given, the only one of the settings, or orders.",
            ),
        ] = None,
        no_test: Annotated[bool, typer.Option("--no-test", help="Without a test beside it.")] = False,
    ) -> None:
        """
        Write a new migration, and a test for it.

        Its id is the time in UTC, and above those of all that are in the folder. Nothing is ever overwritten.
        """
        from .new_migration import NewMigration
        from .templates import Kind, source_of_test

        folder = _folder(session)
        kind = Kind(backfill=backfill, after=after, undo=undo, table=of_table or _only_table(session) or "orders")
        found = NewMigration.of(" ".join(words), folder, now=datetime.now(UTC))
        written = found.write(kind, test=None if no_test else source_of_test(found.file.stem, kind))
        steps = [f"Write what it does, in {found.file}."]
        if after:
            steps.append("It runs in an AfterMigrations: add one to the CDK app, if there is none.")
        if not no_test:
            steps.append(f"Give its test the data that it is for, and run it: pytest {found.test}")
        steps.append("Check it: dynamigrate lint")
        if session.settings["json"]:
            facts = {"migration": found.id, "description": found.description, "files": [str(one) for one in written]}
            session.terminal.print(json.dumps({"ok": True, **facts, "next": steps}, ensure_ascii=False))
            return
        for path in written:
            session.terminal.print(f"wrote {path}")
        for step in steps:
            session.terminal.tell(step)


def _folder(session: Session) -> Path:
    """
    The folder of migrations. The usual one is made where it is missing; one that somebody named is there, or the name is
    wrong.
    """
    folder = session.settings.migrations
    if folder.exists() and not folder.is_dir():
        raise UsedWrongly(f"{folder} is no folder.", "Name the folder that holds the migrations: --migrations DIR.")
    if not folder.exists() and not session.settings.is_default("migrations"):
        origin = session.settings.given["migrations"].origin
        raise UsedWrongly(f"There is no folder {folder} ({origin}).", f"Make it: mkdir -p {folder}; or name another.")
    return folder


def _only_table(session: Session) -> str | None:
    """The logical name of the table that the settings have, if it is one."""
    names = list(session.settings.texts("tables"))
    return names[0] if len(names) == 1 else None
