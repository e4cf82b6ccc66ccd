"""All that keeps a folder of migrations from being deployed, and not the first of it alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ..errors import MigrationsError
from .listing import looked_at
from .manifest import ManifestEntry, check_together, read_entry
from .names import id_key


class Fault(NamedTuple):
    """
    Attributes:
        path: The file, or whatever else it is.
        line: From 1 on; 1 where it is about the whole file.
        message: What is wrong, without the path.
        next_step: What to do about it.
    """

    path: Path
    line: int
    message: str
    next_step: str


def read_each(folder: Path) -> tuple[tuple[ManifestEntry, ...], tuple[Fault, ...]]:
    """
    The migrations in *folder* that can be read, by their names, and what is wrong with all others. Two files of one id
    are no fault here. What files say of each other is looked at where each can be read.
    """
    entries, faults = [], []
    try:
        for path, refused in looked_at(folder):
            try:
                if refused is not None:
                    raise refused
                entries.append(read_entry(path))
            except MigrationsError as error:
                faults.append(_fault(path, error))
    except MigrationsError as error:  # of the folder as a whole
        faults.append(_fault(folder, error))
    ids = {id_key(one.id) for one in entries}
    if entries and not faults and len(ids) == len(entries):
        try:
            check_together(folder, sorted(entries, key=lambda one: id_key(one.id)))
        except MigrationsError as error:
            about = next((one.file for one in entries if one.id == error.migration_id), None)
            faults.append(_fault(folder / about if about else folder, error))
    return tuple(entries), tuple(faults)


def _fault(path: Path, error: MigrationsError) -> Fault:
    start = re.match(rf"(?:{re.escape(str(path))}|{re.escape(repr(path.name))})(?::(\d+))?:?\s+", error.message)
    return Fault(
        path=path,
        line=int(start[1] or 1) if start else 1,
        message=error.message[start.end() :] if start else error.message,
        next_step=str(error.next_step),
    )
