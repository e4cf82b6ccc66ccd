"""
Function migrations for DynamoDB, run by ``cdk deploy``.

The names in ``__all__`` are the public ones. They load when they are first used, so that importing
`dynamigrate.contract`, as the construct does at synth, loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backfill import Backfill as Backfill
    from .backfill import CloudWatchAlarms as CloudWatchAlarms
    from .backfill import CloudWatchMeter as CloudWatchMeter
    from .backfill import Delete as Delete
    from .backfill import Item as Item
    from .backfill import Put as Put
    from .backfill import Update as Update
    from .catch_up import NotVerified as NotVerified
    from .checkpoint import Checkpoint as Checkpoint
    from .checks import CheckFailed as CheckFailed
    from .context import Context as Context
    from .dynamodb import DynamoDBTarget as DynamoDBTarget
    from .engine import migrate as migrate
    from .errors import DirtyMigration as DirtyMigration
    from .errors import InvalidMigration as InvalidMigration
    from .errors import InvalidMigrationName as InvalidMigrationName
    from .errors import InvalidSetting as InvalidSetting
    from .errors import LockHeld as LockHeld
    from .errors import LockLost as LockLost
    from .errors import MigrationAlreadyExists as MigrationAlreadyExists
    from .errors import MigrationFailed as MigrationFailed
    from .errors import MigrationNotFound as MigrationNotFound
    from .errors import MigrationNotUndoable as MigrationNotUndoable
    from .errors import MigrationsError as MigrationsError
    from .errors import NoCurrentMigration as NoCurrentMigration
    from .errors import NoMigrationsAvailable as NoMigrationsAvailable
    from .errors import RunUnfinished as RunUnfinished
    from .errors import StaleMigration as StaleMigration
    from .errors import StateMissing as StateMissing
    from .errors import StepOutOfRange as StepOutOfRange
    from .errors import StopRequested as StopRequested
    from .migration import Migration as Migration
    from .migration import function_migration as function_migration
    from .outcome import Outcome as Outcome
    from .plan import Action as Action
    from .plan import Direction as Direction
    from .plan import Plan as Plan
    from .planners import DoPlanner as DoPlanner
    from .planners import MigratePlanner as MigratePlanner
    from .planners import Planner as Planner
    from .planners import ResetPlanner as ResetPlanner
    from .planners import RewindPlanner as RewindPlanner
    from .planners import StepPlanner as StepPlanner
    from .planners import ToPlanner as ToPlanner
    from .planners import UndoPlanner as UndoPlanner
    from .repairs import repair as repair
    from .reporters import Reporter as Reporter
    from .requirements import RequirementNotMet as RequirementNotMet
    from .restore_look import NotRestorable as NotRestorable
    from .schema import SchemaError as SchemaError
    from .schema import create_index as create_index
    from .schema import delete_index as delete_index
    from .schema import enable_ttl as enable_ttl
    from .schema import wait_for_index as wait_for_index
    from .schema import wait_for_table as wait_for_table
    from .sources import Source as Source
    from .sources.folder import FolderSource as FolderSource
    from .sources.memory import MemorySource as MemorySource
    from .targets import Target as Target
    from .targets.memory import MemoryTarget as MemoryTarget
    from .validation import ChangedMigration as ChangedMigration

_HOMES = {
    "backfill": ("Backfill", "CloudWatchAlarms", "CloudWatchMeter", "Delete", "Item", "Put", "Update"),
    "catch_up": ("NotVerified",),
    "checkpoint": ("Checkpoint",),
    "checks": ("CheckFailed",),
    "context": ("Context",),
    "dynamodb": ("DynamoDBTarget",),
    "engine": ("migrate",),
    "errors": (
        "DirtyMigration",
        "InvalidMigration",
        "InvalidMigrationName",
        "InvalidSetting",
        "LockHeld",
        "LockLost",
        "MigrationAlreadyExists",
        "MigrationFailed",
        "MigrationNotFound",
        "MigrationNotUndoable",
        "MigrationsError",
        "NoCurrentMigration",
        "NoMigrationsAvailable",
        "RunUnfinished",
        "StaleMigration",
        "StateMissing",
        "StepOutOfRange",
        "StopRequested",
    ),
    "migration": ("Migration", "function_migration"),
    "outcome": ("Outcome",),
    "plan": ("Action", "Direction", "Plan"),
    "planners": (
        "DoPlanner",
        "MigratePlanner",
        "Planner",
        "ResetPlanner",
        "RewindPlanner",
        "StepPlanner",
        "ToPlanner",
        "UndoPlanner",
    ),
    "repairs": ("repair",),
    "reporters": ("Reporter",),
    "requirements": ("RequirementNotMet",),
    "restore_look": ("NotRestorable",),
    "schema": ("SchemaError", "create_index", "delete_index", "enable_ttl", "wait_for_index", "wait_for_table"),
    "sources": ("Source",),
    "sources.folder": ("FolderSource",),
    "sources.memory": ("MemorySource",),
    "validation": ("ChangedMigration",),
    "targets": ("Target",),
    "targets.memory": ("MemoryTarget",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = list(_HOME_OF)


if not TYPE_CHECKING:  # a type checker would take it for any name

    def __getattr__(name: str) -> Any:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
