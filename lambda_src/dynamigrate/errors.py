"""
Every exception of this package, as a tree. A class of another module has that module behind it, and its further bases.

    MigrationsError
        InvalidSetting
        InvalidMigrationName
        InvalidMigration
        MigrationAlreadyExists
            AnotherMigration (validation, RefusedByHistory)
        MigrationNotFound
            NotDirty (repairs)
            MissingMigration (validation, RefusedByHistory)
        MigrationNotUndoable
        NoCurrentMigration
        NoMigrationsAvailable
        StepOutOfRange
        RefusedByHistory
            DirtyMigration
            StaleMigration
            MigrationRunning (requirements)
            PartlyReplaced (squash)
            ChangedMigration (validation)
        NotReady
        BaselineRefused
        StateMissing
        LockHeld
        LockLost
        NothingRuns
        RunError
            MigrationFailed
            RunUnfinished
                HandedOver
            NotVerified (catch_up)
            CheckFailed (checks)
            RequirementNotMet (requirements)
            NotRestorable (restore_look)
        NothingToTakeUp
        StopRequested
            FleetWanted (fleet)
        BackfillError (backfill.errors)
            Unwritable (backfill.errors)
                ChangedInPlace (backfill.errors)
            ItemRefused (backfill.errors)
        UnknownAction (commands.errors)
        InvalidArgument (commands.errors)
        ConfirmationNeeded (commands.errors)
        WorkerFailed (fleet)
        CodeMismatch (handler.errors)
        StatusUnknown (handler.errors)
        NothingTakenBack (handler.errors)
        OtherPhase (planners)
        WriteRefused (read_only)
        CantGoOn (requirements)
        SchemaError (schema.errors)
        UnknownTable (table_names)
        CantVerify (verifying)
            NotABackfill (verifying)

A message says what happened, to which migration, and what to do next; `MigrationsError.next_step` has the last part
alone, for callers that show it apart, with the commands in it as values.

Others never leave the package: whatever raises one is called by code that catches it or tells it in another.

    NoSample (backfill.errors)
    Stopping (backfill.errors)
    NotRead (backfill.learning)
    Ended (dry_run.ended)
    BesideRefused (dynamodb.state_writer)
    DeliveredTwice (handler.errors)
    NotSent (handler.errors)
    NoPage (transport.page)
    MalformedResponse (transport.response)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .next_step import NextStep, Repair

if TYPE_CHECKING:
    from .lock_loss import LossCause, Lost
    from .outcome import Outcome


class MigrationsError(Exception):
    """
    The base of all errors of this library.

    Attributes:
        message: What happened, and to which migration.
        next_step: What to do about it, as a text with its commands as values; may be empty.
        migration_id: The migration it is about, or None.
        repair: The repair that *next_step* has, or None.
    """

    # For a user's subclass that does not call __init__.
    message: str = ""
    next_step: NextStep = NextStep()
    migration_id: str | None = None
    repair: Repair | None = None
    # The message names the cause where that matters, so whoever prints it need not add the cause.
    tells_its_cause = True

    def __init__(
        self, message: str, *, next_step: str = "", migration_id: str | None = None, repair: Repair | None = None
    ) -> None:
        # Imported late: a synth needs these classes, and rarely raises one.
        from .error_text import printable

        # Names, ids and values of users are in both.
        message = printable(message)
        step = NextStep(next_step).with_texts(printable)
        super().__init__(f"{message} {step}".rstrip())
        self.message = message
        self.next_step = step
        self.migration_id = migration_id
        self.repair = repair


class InvalidSetting(MigrationsError, ValueError):
    """An option has a value that can't work. Nothing was done."""


class InvalidMigrationName(MigrationsError, ValueError):
    """An id that is not ASCII digits, or a file name without one."""

    @classmethod
    def for_id(cls, migration_id: object) -> InvalidMigrationName:
        """One that says what an id looks like."""
        return cls(
            f"{migration_id!r} is not a migration id.",
            next_step="An id is a string of digits (0-9), such as '20261123090000'.",
        )

    @classmethod
    def for_file(cls, file_name: str) -> InvalidMigrationName:
        """One that says how a migration's file is named."""
        return cls(
            f"{file_name!r} is not the name of a migration.",
            next_step=(
                "Name the file <digits>_<words>.py, such as 20261123090000_create_users.py; "
                "a helper's name begins with an underscore."
            ),
        )


class InvalidMigration(MigrationsError):
    """A migration's file can't be used: it does not parse or import, or its ``do`` is missing or no function."""


class MigrationAlreadyExists(MigrationsError):
    """The id is taken."""


class MigrationNotFound(MigrationsError):
    """The id is unknown."""


class MigrationNotUndoable(MigrationsError):
    """There is no ``undo`` for it."""


class NoCurrentMigration(MigrationsError):
    """Nothing is applied."""


class NoMigrationsAvailable(MigrationsError):
    """The source is empty."""


class StepOutOfRange(MigrationsError, ValueError):
    """There are fewer migrations than steps asked for."""


class RefusedByHistory(MigrationsError):
    """The history does not allow what was to be run; nothing was run."""


class DirtyMigration(RefusedByHistory):
    """A migration began and did not finish; only a person can tell what it left behind."""


class StaleMigration(RefusedByHistory):
    """A pending migration is older than the newest applied one."""


class NotReady(MigrationsError):
    """A table or index can't be used: not yet, or not any more. Nothing was done with it."""


class BaselineRefused(MigrationsError):
    """There is a history already, and a baseline would paper over it. Nothing was done."""


class StateMissing(MigrationsError):
    """The target's tables are not there."""


class LockHeld(MigrationsError):
    """
    Somebody else holds the lock.

    Attributes:
        holder: Who, in words.
        since: When it was acquired (ISO 8601, UTC), or None where the entry does not say.
        request_id: The holder's Lambda request id, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        holder: str = "",
        since: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.holder = holder
        self.since = since
        self.request_id = request_id


class LockLost(MigrationsError):
    """
    The lock is no longer ours, so nothing more may be recorded.

    Attributes:
        loss: How it was lost, or None where that is not known.
    """

    def __init__(
        self, message: str, *, next_step: str = "", migration_id: str | None = None, loss: Lost | None = None
    ) -> None:
        super().__init__(message, next_step=next_step, migration_id=migration_id)
        self.loss = loss

    @property
    def cause(self) -> LossCause | None:
        """Why it was lost, as far as that is known."""
        return None if self.loss is None else self.loss.cause

    @classmethod
    def through(cls, loss: Lost | None, message: str, *, migration_id: str | None = None) -> LockLost:
        """An error that says *message*, then how the lock was lost and what to do about it."""
        if loss is None:
            return cls(message, next_step="See who holds it now, and run again.", migration_id=migration_id)
        return cls(f"{message} {loss.sentence}", next_step=loss.next_step, migration_id=migration_id, loss=loss)


class NothingRuns(MigrationsError):
    """Nobody holds the lock, so there is nobody to tell. Nothing was done."""


class RunError(MigrationsError):
    """
    A run that ended early.

    Attributes:
        outcome: What the run had done by then.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome,
        next_step: str = "",
        migration_id: str | None = None,
        repair: Repair | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step, migration_id=migration_id, repair=repair)
        self.outcome = outcome


class MigrationFailed(RunError):
    """
    A migration raised; chained from what it raised. It stays dirty, and what came before it stays applied, unless the
    run was to undo them (``on_failure="undo"``).
    """


class RunUnfinished(RunError):
    """The run stopped between migrations or at a checkpoint: its time was up, or it was asked to. Run it again."""


class HandedOver(RunUnfinished):
    """The run goes on in another process, and is not over; the history has it when it is."""


class NothingToTakeUp(MigrationsError):
    """
    The run that was to be gone on with is over, or is another process's. Nothing was done.

    Attributes:
        busy: Another process is at work on it.
    """

    def __init__(self, message: str, *, busy: bool) -> None:
        super().__init__(message, next_step="There is nothing to do: whoever has the run ends it.")
        self.busy = busy


class StopRequested(MigrationsError):
    """
    Raised inside a migration by its checkpoint when the run has to stop there.

    Let it pass: the next run goes on from the checkpoint that was just saved.
    """
