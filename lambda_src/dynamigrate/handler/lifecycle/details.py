"""Lifecycle events as EventBridge has them: docs/reference/events.md is their schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ...clock import timestamp
from ...error_text import printable
from ...errors import MigrationFailed, MigrationsError
from ...lifecycle import (
    LifecycleEvent,
    MigrationHeld,
    MigrationPaused,
    MigrationResumed,
    MigrationVerified,
    RunEnded,
)
from ...next_step import Command
from ...plan import Direction
from ...records import Run, RunResult

if TYPE_CHECKING:
    from ...migration import Migration
    from ...plan import Action, Plan

SOURCE: Final = "dynamigrate"
# Of the details: another one only where what is there changes its meaning.
VERSION: Final = "1"
# Characters. An entry of PutEvents may have a megabyte, and a rule's target less.
_LONGEST: Final = 2_000
# Ids in one list.
_MOST: Final = 100


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    One event of EventBridge's.

    Attributes:
        type: Its detail type.
        at: Seconds since the epoch.
    """

    type: str
    detail: Mapping[str, Any]
    at: float


class Details:
    """
    Says lifecycle events.

    Args:
        history: As metrics call it.
        stack: The name of the stack that the function is in.
    """

    def __init__(self, *, history: str, stack: str) -> None:
        self._common = {"version": VERSION, "history": history, "stack": stack}

    def started(self, run: Run, plan: Plan, at: float) -> Told:
        """A run has a plan with something in it."""
        ids = {
            direction: [one.migration.id for one in plan if one.direction is direction][:_MOST]
            for direction in Direction
        }
        detail = {**self._of_run(run), "do": ids[Direction.DO], "undo": ids[Direction.UNDO]}
        return Told(type="Run Started", detail=detail, at=at)

    def dirty(self, run: Run, action: Action, error: BaseException | None, at: float) -> Told:
        """A run left the migration of *action* dirty."""
        migration = action.migration
        if isinstance(error, MigrationsError) and error.repair is not None:
            command = error.repair.command
        else:
            # A failure without a repair goes on where it was; of anything else it is not known what it came to.
            command = Command("migrate" if isinstance(error, MigrationFailed) else "status")
        reason = "" if error is None else _message(error)
        told = self._of_migration(run.id, migration, reason=reason, next_step=str(command))
        return Told(type="Migration Dirty", detail={**told, "in": action.direction.value}, at=at)

    def of(self, event: LifecycleEvent, at: float) -> Told:
        """What *event* is on the bus."""
        match event:
            case RunEnded():
                return self._ended(event, at)
            case MigrationHeld():
                told = self._of_migration(event.run_id, event.migration, reason=event.reason)
                ready = {} if event.ready_at is None else {"ready_at": timestamp(event.ready_at)}
                return Told(type="Migration Held", detail={**told, **ready}, at=at)
            case MigrationVerified():
                return self._verified(event, at)
            case MigrationPaused():
                resume = str(Command("resume", self._whose(event.migration)))
                told = self._of_migration(event.run_id, event.migration, reason=event.reason, next_step=resume)
                return Told(type="Migration Paused", detail=told, at=at)
            case MigrationResumed():
                return Told(type="Migration Resumed", detail=self._of_migration(event.run_id, event.migration), at=at)

    def _ended(self, event: RunEnded, at: float) -> Told:
        record = event.record
        detail = {
            **self._of_run(record.run),
            "seconds": record.seconds,
            "applied": list(record.applied)[:_MOST],
            "undone": list(record.undone)[:_MOST],
        }
        if record.result == RunResult.SUCCEEDED:
            return Told(type="Run Finished", detail={**detail, "reason": printable(record.note, _LONGEST)}, at=at)
        error = event.error
        reason = record.note if error is None else _message(error)
        detail |= {
            "result": str(record.result),
            "failed": record.failed or "",
            "reason": printable(reason, _LONGEST),
            "next": printable(str(getattr(error, "next_step", "")), _LONGEST),
        }
        return Told(type="Run Failed", detail=detail, at=at)

    def _verified(self, event: MigrationVerified, at: float) -> Told:
        found = event.found
        detail = {
            # Its keys are an application's data: only their number is told.
            **self._of_migration(event.run_id, event.migration, reason=found.findings.partition(", such as ")[0]),
            "clean": found.clean,
            "mode": found.mode,
            "checked": found.checked,
            "would_change": found.would_change,
            "failed": found.failed,
        }
        return Told(type="Migration Verified", detail=detail, at=at)

    def _of_run(self, run: Run) -> dict[str, Any]:
        return {
            **self._common,
            "run_id": run.id,
            "command": run.command,
            "actor": printable(run.actor, _LONGEST),
            "deploy_id": run.deploy_id,
            "app_version": run.app_version,
        }

    def _of_migration(
        self, run_id: str, migration: Migration, *, reason: str = "", next_step: str = ""
    ) -> dict[str, Any]:
        return {
            **self._common,
            "run_id": run_id,
            "migration": migration.id,
            "description": printable(migration.description, _LONGEST),
            "reason": printable(reason, _LONGEST),
            "next": next_step,
        }

    def _whose(self, migration: Migration) -> dict[str, object]:
        return {"migration": migration.id} if migration.detached else {}


def _message(error: BaseException) -> str:
    from ..explanation import explain

    return explain(error).message
