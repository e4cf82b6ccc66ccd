"""
The planners: from what the source has and what is applied, the actions to take.

They are pure: nothing is read or run. Undoing goes by the history, newest first, never by the source's list. What a
plan may not do beside that history (run a migration older than the newest applied one, say) is checked after it is
made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, Self

from .contract.choices import Phase
from .contract.names import id_key
from .errors import MigrationNotFound, MigrationNotUndoable, MigrationsError, StepOutOfRange
from .history import History
from .migration import Migration
from .next_step import Command, NextStep
from .plan import Action, Direction, Plan


class OtherPhase(MigrationsError):
    """A migration is of the phase that somebody else runs; nothing was run."""

    @classmethod
    def of(cls, migration: Migration) -> Self:
        when = (
            "once the application is deployed" if migration.phase == "after" else "before the application is deployed"
        )
        runner = "AfterMigrations" if migration.phase == "after" else "Migrations"
        return cls(
            f"{migration} is of the phase {migration.phase}: it runs {when}.",
            next_step=f"Deploy, or invoke the function of {runner}, which runs that phase. Nothing was run.",
            migration_id=migration.id,
        )


class Planner(Protocol):
    """Decides what to run."""

    def plan(self, migrations: Sequence[Migration], history: History, /) -> Plan:
        """
        The actions to take, in the order in which they are to run.

        A planner is pure: it changes nothing, asks nobody, and returns the same plan for the same arguments. It may be
        called more than once.

        Args:
            migrations: All that the source has, sorted.
            history: Ids of what is applied, oldest first; some may be unknown to the source. Its ``records`` has more.

        Raises:
            MigrationsError: There can be no such plan; nothing is run.
        """
        ...


class MigratePlanner:
    """
    Plans to do all that is pending, oldest first. With nothing pending the plan is empty.

    Args:
        phase: Only that of this phase; None: that of both, first what comes before the application.
    """

    def __init__(self, phase: Phase | None = None) -> None:
        self._phase = phase

    def plan(self, migrations: Sequence[Migration], history: Sequence[str]) -> Plan:
        return _do(_pending(migrations, history, self._phase))


class StepPlanner:
    """
    Plans to do the *n* oldest pending migrations, oldest first, or, where *n* is negative, to undo the ``-n`` newest
    applied ones, newest first. It is never fewer: where there are not as many, nothing is run.

    Args:
        phase: Of which the pending ones are; None: of both, first those that come before the application.

    Raises:
        StepOutOfRange: *n* is 0 or no whole number; or, from `plan`, fewer are pending or applied.
        MigrationNotUndoable: From `plan`: one that is to be undone has no undo, or no code.
    """

    def __init__(self, n: int, phase: Phase | None = None) -> None:
        if type(n) is not int or n == 0:
            raise StepOutOfRange(
                f"Can't step by {n!r}.", next_step="Step by a whole number: above 0 forward, below 0 back."
            )
        self._n = n
        self._phase = phase

    def plan(self, migrations: Sequence[Migration], history: Sequence[str]) -> Plan:
        forward = self._n > 0
        pending = _pending(migrations, history, self._phase)
        there: Sequence[Migration] | Sequence[str] = pending if forward else history
        if abs(self._n) > len(there):
            raise StepOutOfRange(
                f"Can't step {abs(self._n)} {'forward' if forward else 'back'}: "
                f"{len(there)} {'pending' if forward else 'applied'}.",
                next_step=NextStep("Invoke ", Command("status"), " to see them, and step by fewer. Nothing was run."),
            )
        if forward:
            return _do(pending[: self._n])
        return _undo(migrations, history[self._n :])


class DoPlanner(StepPlanner):
    """
    Plans to do the oldest pending migration, of *phase* where one is given.

    Raises:
        StepOutOfRange: From `plan`: nothing is pending.
    """

    def __init__(self, phase: Phase | None = None) -> None:
        super().__init__(1, phase)


class UndoPlanner(StepPlanner):
    """
    Plans to undo the newest applied migration.

    Raises:
        StepOutOfRange: From `plan`: nothing is applied.
        MigrationNotUndoable: From `plan`: it has no undo, or no code.
    """

    def __init__(self) -> None:
        super().__init__(-1)


class RewindPlanner:
    """
    Plans to undo all that is applied, newest first. With nothing applied the plan is empty.

    Raises:
        MigrationNotUndoable: From `plan`: one of them has no undo, or no code.
    """

    def plan(self, migrations: Sequence[Migration], history: Sequence[str]) -> Plan:
        return _undo(migrations, history)


class ResetPlanner:
    """
    Plans to undo all that is applied, newest first, then to do all that the source has, oldest first.

    Args:
        phase: Only what is of this phase is done again; None: that of both, first what comes before the application.

    Raises:
        MigrationNotUndoable: From `plan`: an applied one has no undo, or no code.
    """

    def __init__(self, phase: Phase | None = None) -> None:
        self._phase = phase

    def plan(self, migrations: Sequence[Migration], history: Sequence[str]) -> Plan:
        return _undo(migrations, history) + _do(_pending(migrations, (), self._phase))


class ToPlanner:
    """
    Plans to go to an id: where newer migrations are applied, to undo those, newest first; else to do all that is
    pending up to the id, and with it, oldest first. One that stands there already has an empty plan.

    Args:
        phase: Of which the pending ones are; None: of both, first those that come before the application.

    Raises:
        InvalidMigrationName: The id is not ASCII digits.
        MigrationNotFound: From `plan`: neither the source nor the history has the id.
        OtherPhase: From `plan`: it is pending, and of the other phase.
        MigrationNotUndoable: From `plan`: one that is to be undone has no undo, or no code.
    """

    def __init__(self, migration_id: str, phase: Phase | None = None) -> None:
        self._id = migration_id
        self._key = id_key(migration_id)
        self._phase = phase

    def plan(self, migrations: Sequence[Migration], history: Sequence[str]) -> Plan:
        known = {migration.key for migration in migrations} | {id_key(one) for one in history}
        if self._key not in known:
            raise MigrationNotFound(
                f"There is no migration {self._id}, neither in the source nor in the history.",
                next_step=NextStep("Invoke ", Command("status"), " to see the ids."),
                migration_id=self._id,
            )
        newer = [one for one in history if id_key(one) > self._key]
        if newer:
            return _undo(migrations, newer)
        pending = _pending(migrations, history, None)
        if other := next(
            (one for one in pending if one.key == self._key and self._phase not in (None, one.phase)), None
        ):
            raise OtherPhase.of(other)
        return _do(one for one in _pending(migrations, history, self._phase) if one.key <= self._key)


def _pending(migrations: Sequence[Migration], applied: Iterable[str], phase: Phase | None) -> list[Migration]:
    done = {id_key(one) for one in applied}
    found = [one for one in migrations if one.key not in done and phase in (None, one.phase)]
    return sorted(found, key=lambda one: (one.phase == "after", one.key))


def _do(migrations: Iterable[Migration]) -> Plan:
    return Plan(tuple(Action(Direction.DO, migration) for migration in migrations))


def _undo(migrations: Sequence[Migration], history: Sequence[str]) -> Plan:
    """
    The plan that undoes all of *history*, newest first.

    Raises:
        MigrationNotUndoable: One of *history* has no undo, or no code at all.
    """
    known = {migration.key: migration for migration in migrations}
    actions = []
    for one in reversed(history):
        migration = known.get(id_key(one))
        if migration is None:
            raise MigrationNotUndoable(
                f"{one} can't be undone: its code is not in the source.",
                next_step="Nothing was run. Deploy the code that has it, or write a new migration that takes it back.",
                migration_id=one,
            )
        if not migration.can_undo:
            raise MigrationNotUndoable(
                f"{migration} can't be undone: it has no undo.",
                next_step="Nothing was run. Add an undo(ctx) to it, or write a new migration that takes it back.",
                migration_id=one,
            )
        actions.append(Action(Direction.UNDO, migration))
    return Plan(tuple(actions))
