"""
A migration's file name, and the id in it.

Ids are compared by value, as numbers are, without ever becoming one: Python refuses to turn more than 4,300 digits
into an int.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ..errors import InvalidMigrationName

_ID: Final = re.compile(r"[0-9]+", re.ASCII)
_FILE_NAME: Final = re.compile(r"([0-9]+)_(\w+)\.py")
_LONG: Final = 100

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
    # Of each migration it is asked a dozen times in a run.
    return _remembered(migration_id) if type(migration_id) is str and len(migration_id) < _LONG else _key(migration_id)


def _key(migration_id: str) -> IdKey:
    if not is_id(migration_id):
        raise InvalidMigrationName.for_id(migration_id)
    digits = migration_id.lstrip("0")
    return len(digits), digits


_remembered: Final = lru_cache(maxsize=20_000)(_key)


def detached_lock_id(lock_id: str, migration_id: str) -> str:
    """The id of the lock of a detached migration's own run, however its id is spelled."""
    return f"{lock_id}#{id_key(migration_id)[1] or '0'}"


def parse_file_name(file_name: str) -> tuple[str, str]:
    """
    The id and the description in the name of a migration's file: ``20261123090000_create_users.py`` has
    ``20261123090000`` and ``create users``.

    However a file system writes an accent, the description is the same: in the composed form (NFC).

    Raises:
        InvalidMigrationName: says what name would fit.
    """
    composed = file_name if file_name.isascii() else _composed(file_name)
    match = _FILE_NAME.fullmatch(composed if composed.isascii() else _without_marks(composed))
    if match is None or not match[2].strip("_"):
        raise InvalidMigrationName.for_file(file_name)
    words = composed[len(match[1]) + 1 : -len(".py")]
    return match[1], " ".join(words.replace("_", " ").split())


def same_words(one: str, other: str) -> bool:
    """Whether two descriptions differ in spaces, underscores, capitals or the form of their accents at most."""
    return one == other or _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return (text if text.isascii() else _composed(text)).casefold().replace("_", " ").split()


def _composed(text: str) -> str:
    # Not needed in most places, and not free.
    from unicodedata import normalize

    return normalize("NFC", text)


def _without_marks(text: str) -> str:
    """Scripts such as Devanagari write vowels as marks, which stand in no composed letter and in no ``\\w``."""
    from unicodedata import category

    return "".join(one for one in text if not category(one).startswith("M"))
