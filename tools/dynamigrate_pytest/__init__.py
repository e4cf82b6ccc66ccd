"""
A pytest plugin: fixtures and assertions for tests of migrations.

The fixtures are there wherever the package is installed. These are the types that they have.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import MigrationEngine as MigrationEngine
    from .migration_test import MigrationTest as MigrationTest
    from .moto_limits import CannotJudge as CannotJudge
    from .settings import Settings as Settings

_HOMES = {
    "CannotJudge": "moto_limits",
    "MigrationEngine": "engine",
    "MigrationTest": "migration_test",
    "Settings": "settings",
}

__all__ = list(_HOMES)


if not TYPE_CHECKING:  # a type checker would take it for any name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
