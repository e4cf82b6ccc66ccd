"""
A migration's file name, and the id in it.

Ids are compared by value, as numbers are, without ever becoming one: Python refuses to turn more than 4,300 digits
into an int.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import InvalidMigrationName

_ID: Final = re.compile(r"[0-9]+", re.ASCII)
_FILE_NAME: Final = re.compile(r"([0-9]+)_(\w+)\.py")

IdKey = tuple[int, str]


def is_id(text: object) -> bool:
    """Whether *text* is a string of ASCII digits."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def id_key(migration_id: str) -> IdKey:
    """
    What ids are sorted and compared by: ``9`` before ``10``, and ``01`` the same as ``1``.

    Raises:
        InvalidMigrationName: not ASCII digits.
    """
    if not is_id(migration_id):
        raise InvalidMigrationName.for_id(migration_id)
    digits = migration_id.lstrip("0")
    return len(digits), digits


def parse_file_name(file_name: str) -> tuple[str, str]:
    """
    The id and the description in the name of a migration's file: ``20261123090000_create_users.py`` has
    ``20261123090000`` and ``create users``.

    Raises:
        InvalidMigrationName: says what name would fit.
    """
    match = _FILE_NAME.fullmatch(file_name)
    if match is None or not match[2].strip("_"):
        raise InvalidMigrationName.for_file(file_name)
    return match[1], " ".join(match[2].replace("_", " ").split())
