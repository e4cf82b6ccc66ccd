"""Ids of migrations as arguments of commands: checked as they are typed, and completed from the folder."""

from __future__ import annotations

from typing import Annotated

import typer

from dynamigrate.contract.names import is_id

from .completing import migration_ids


def checked(value: str | None) -> str | None:
    """
    An id as it was given.

    Raises:
        BadParameter: It is none.
    """
    if value is not None and not is_id(value):
        raise typer.BadParameter(f"{value!r} is no id. Ids are digits, such as 20261123090000.")
    return value


Migration = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A migration's id; leading zeros don't count.",
        autocompletion=migration_ids,
        callback=checked,
    ),
]
OfDetached = Annotated[
    str | None,
    typer.Argument(
        metavar="[ID]",
        help="A detached migration; else the run that is under way.",
        autocompletion=migration_ids,
        callback=checked,
    ),
]
Detached = Annotated[
    str | None,
    typer.Option("--migration", metavar="ID", help="That of a detached migration, instead.", callback=checked),
]
PlanTo = Annotated[
    str | None,
    typer.Option("--to", metavar="ID", help="What `to` would do.", autocompletion=migration_ids, callback=checked),
]
