"""The commands that set the record straight without running a migration: ``repair``, ``baseline``, ``unlock``."""

from __future__ import annotations

from .. import control
from ..baseline import baseline as count_as_applied
from ..records import Record
from ..repairs import repair as settle
from .answers import AnswerObject, failure_view, lock_view, succeeded
from .call import Call


def repair(call: Call) -> AnswerObject:
    """Settle a dirty migration as it was found."""
    arguments = call.arguments
    log = call.door.log
    record = settle(call.target, arguments.migration, arguments.repair_as, wait=call.wait, run=call.run, logger=log)
    return succeeded(
        repaired=record.id,
        now=arguments.repair_as,
        was=failure_view(record.failure) if record.failure else "begun and never finished",
        run_id=call.run.id,
        **_next(call, record),
    )


def _next(call: Call, record: Record) -> AnswerObject:
    """What to do after a repair; code from before the migration, as after a rollback, can't run it."""
    if call.arguments.repair_as != "pending":
        return {}
    here = record.key in {migration.key for migration in call.migrations()}
    return {"next": {"action": "migrate"} if here else "Deploy the code that has it again."}


def unlock(call: Call) -> AnswerObject:
    """Free the lock of a holder that is dead, or, with force, of any holder."""
    migration = call.arguments.migration
    target = call.target.detached(migration) if migration else call.target
    freed = control.unlock(target, force=call.arguments.force, run=call.run)
    if freed is None:
        return succeeded(lock=lock_view(None), note="Nobody held the lock.")
    return succeeded(lock=lock_view(None), was=lock_view(freed), run_id=call.run.id)


def baseline(call: Call) -> AnswerObject:
    """
    Count all migrations up to one as applied, without running them, where nothing has been applied.

    Raises:
        MigrationNotFound: Neither the code nor the history has the id.
        BaselineRefused: There is a history already.
    """
    upto = call.arguments.migration
    log = call.door.log
    marked = count_as_applied(call.target, call.migrations(), upto, wait=call.wait, run=call.run, logger=log)
    return succeeded(baseline=upto, applied=list(marked), run_id=call.run.id)
