"""``dynamigrate new``: a migration's file, and its test."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .new_migration import NewMigration, NotWritten
from .templates import Kind

_DEFAULT_FOLDER = Path("migrations")


def new(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help='What it does, in a few words: "add status".')],
    *,
    backfill: Annotated[bool, typer.Option("--backfill", help="One function of one item, for a whole table.")] = False,
    after: Annotated[
        bool, typer.Option("--after", help="It runs once the application's stack is updated, not before.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="It can be taken back.")] = False,
    table: Annotated[str, typer.Option(metavar="NAME", help="Its table, by its name in the construct.")] = "orders",
    test: Annotated[bool, typer.Option("--test/--no-test", help="With a test beside it, or without.")] = True,
    migrations: Annotated[
        Path,
        typer.Option(envvar="DYNAMIGRATE_MIGRATIONS", metavar="DIR", help="The folder of migrations."),
    ] = _DEFAULT_FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """
    Write a new migration, and a test for it.

    Its id is the time in UTC, and above those of all that are in the folder. Nothing is ever overwritten.

    Examples:

        dynamigrate new "add status"

        dynamigrate new --backfill --undo --table orders "spell out statuses"
    """
    kind = Kind(backfill=backfill, after=after, undo=undo, table=table)
    try:
        _check_folder(migrations)
        found = NewMigration.of(" ".join(words), migrations, now=datetime.now(UTC))
        written = found.write(kind, test=_test_text(found, kind) if test else None)
    except NotWritten as refused:
        _say_refused(refused, as_json=as_json)
        raise typer.Exit(2) from None
    _say_written(found, written, kind, as_json=as_json)


def _check_folder(folder: Path) -> None:
    """A folder that somebody named is there, or the name is wrong; the usual one is made."""
    if folder != _DEFAULT_FOLDER and not folder.exists():
        raise NotWritten(f"There is no folder {folder}.", f"Make it (mkdir -p {folder}), or correct --migrations.")
    if folder.exists() and not folder.is_dir():
        raise NotWritten(f"{folder} is no folder.", "Name the folder that holds the migrations: --migrations DIR.")


def _test_text(found: NewMigration, kind: Kind) -> str:
    from dynamigrate_pytest.template import test_template

    return test_template(found, kind)


def _say_written(found: NewMigration, written: tuple[Path, ...], kind: Kind, *, as_json: bool) -> None:
    steps = _next_steps(found, written, kind)
    if as_json:
        files = [str(path) for path in written]
        answer = {"ok": True, "migration": found.id, "description": found.description, "files": files, "next": steps}
        typer.echo(json.dumps(answer))
        return
    for path in written:
        typer.echo(f"wrote {path}")
    typer.echo("Next:")
    for step in steps:
        typer.echo(f"  {step}")


def _next_steps(found: NewMigration, written: tuple[Path, ...], kind: Kind) -> list[str]:
    steps = [f"write what it does, in {found.file}"]
    if kind.after:
        steps.append("have an AfterMigrations in the CDK app, if there is none: it runs there")
    if found.test in written:
        steps += [f"give the test its table and its items, in {found.test}", f"pytest {found.test}"]
    return [*steps, "dynamigrate lint"]


def _say_refused(refused: NotWritten, *, as_json: bool) -> None:
    if as_json:
        error = {"type": "NotWritten", "message": refused.message, "next": refused.next_step}
        typer.echo(json.dumps({"ok": False, "error": error}))
    sys.stderr.write(f"{refused}\n")
