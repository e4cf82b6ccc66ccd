"""What a shell offers for an id that is being typed."""

from __future__ import annotations

from typing import Any

import typer

from .faults import Fault
from .settings import Settings


def migration_ids(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """
    The ids in the folder that begin like that, oldest first, each with what it says of itself.

    Nobody may be kept from typing on: what is wrong with the settings or the folder is for the command to say.
    """
    from dynamigrate import InvalidMigrationName
    from dynamigrate.contract.names import id_key, parse_file_name

    try:
        names = [path.name for path in Settings.read({"migrations": _typed(ctx)}).migrations.iterdir()]
    except (Fault, OSError):
        return []
    found = []
    for name in names:
        try:
            found.append(parse_file_name(name))
        except InvalidMigrationName:
            continue
    return sorted((one for one in found if one[0].startswith(incomplete)), key=lambda one: id_key(one[0]))


def _typed(ctx: typer.Context) -> str | None:
    """The folder that was named so far, behind the command's name or before it."""
    place: Any = ctx
    while place is not None:
        if place.params.get("migrations"):
            return str(place.params["migrations"])
        place = place.parent
    return None
