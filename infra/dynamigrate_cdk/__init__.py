"""
Function migrations for DynamoDB, run by `cdk deploy`: the constructs.

Names load when they are first used, since loading CDK takes a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .after_migrations import AfterMigrations
    from .errors import DependencyCycle, InvalidProp, SynthError, VendoringFailed
    from .migration_state import MigrationState
    from .migrations import Migrations

__all__ = [
    "AfterMigrations",
    "DependencyCycle",
    "InvalidProp",
    "MigrationState",
    "Migrations",
    "SynthError",
    "VendoringFailed",
]

_HOMES = {
    "AfterMigrations": "after_migrations",
    "DependencyCycle": "errors",
    "InvalidProp": "errors",
    "MigrationState": "migration_state",
    "Migrations": "migrations",
    "SynthError": "errors",
    "VendoringFailed": "errors",
}


if not TYPE_CHECKING:  # a type checker would take it for any name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            module = import_module(f".{_HOMES[name]}", __name__)
        except ModuleNotFoundError as error:
            if error.name not in ("aws_cdk", "constructs", "jsii"):
                raise
            raise ModuleNotFoundError(
                f"{name} needs {error.name}, which is not installed: pip install 'dynamigrate[cdk]'", name=error.name
            ) from error
        return globals().setdefault(name, getattr(module, name))


def __dir__() -> list[str]:
    return __all__
