"""One worker of a fleet, from outside of the run that it works for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .context import Context, Environment
from .contract.names import id_key
from .error_text import describe_error
from .errors import LockLost, MigrationsError, StopRequested
from .fleet import WorkerEnd, WorkerFailure
from .handover import has_gone_on
from .log import log_event
from .migration import Migration
from .migration_function import failure_of, function_of
from .plan import Action, Direction
from .records import NO_FIGURES, Record
from .runtime import Runtime

if TYPE_CHECKING:
    from .sources import Source
    from .targets import Target
    from .targets.fleets import Member

_logger: Final = logging.getLogger(__name__)


class FleetWorker:
    """
    Works on the parts of one migration, beside others. The migration's item, and the run, are the coordinator's.

    Args:
        environment: What the migration's function is given.
        is_passing: Whether an error is one of a service out of reach, say, after which the worker is called again.
    """

    def __init__(
        self,
        source: Source,
        target: Target,
        member: Member,
        environment: Environment,
        *,
        run_id: str,
        is_passing: Callable[[BaseException], bool] = lambda _error: False,
    ) -> None:
        self._source = source
        self._target = target
        self._member = member
        self._environment = environment
        self._run_id = run_id
        self._is_passing = is_passing
        self._function: Any = None

    def work(self) -> WorkerEnd:
        """
        Work for as long as there is time. What fails is told to the fleet, which stops, and fails the migration.

        Raises:
            Exception: A service was out of reach, or refused everything for long: called again, the worker goes on from
                its checkpoints. Or what failed could not be told.
        """
        records = self._target.records()
        try:
            return self._work(records)
        except StopRequested:
            return WorkerEnd.OVER
        except LockLost:
            self._tell_loss()
            return WorkerEnd.OVER
        except BaseException as error:
            if self._is_passing(error):
                raise
            # A SystemExit fails the migration, too.
            return self._tell(error)

    def _work(self, records: Sequence[Record]) -> WorkerEnd:
        member, runtime = self._member, self._environment.runtime
        migration = self._migration(member.fleet.migration)
        function = self._function = function_of(Action(Direction.DO, migration))
        if not hasattr(function, "work_beside"):
            raise MigrationsError(
                f"{migration} is no Backfill, and a fleet was begun for it: the function's code was swapped.",
                next_step="Deploy again, and it goes on from its checkpoint.",
                migration_id=migration.id,
            )
        record = next((one for one in records if one.key == migration.key), None)
        context = Context(
            self._environment,
            target=_OfAWorker(self._target),
            lock=member.lock,
            migration=migration,
            record_id=member.fleet.migration,
            run_id=self._run_id,
            checkpoint=None if record is None else record.checkpoint,
            stop=lambda: stop_reason(member, runtime),
        )
        with runtime.around():
            end: WorkerEnd = function.work_beside(context, member)
        return end

    def _migration(self, migration_id: str) -> Migration:
        for migration in self._source.load():
            if migration.key == id_key(migration_id):
                return migration
        raise MigrationsError(
            f"The migration {migration_id} is not in the function's code any more, while a fleet works on it.",
            next_step="Deploy the code that has it again, and it goes on from its checkpoint.",
            migration_id=migration_id,
        )

    def _tell(self, error: BaseException) -> WorkerEnd:
        """
        Raises:
            Exception: It could not be told.
        """
        migration_id = self._member.fleet.migration
        failure = failure_of(error, self._function)
        of_ours = isinstance(error, MigrationsError)
        told = error.message if isinstance(error, MigrationsError) else failure.described()
        log_event(
            _logger,
            logging.ERROR,
            "worker.failed",
            f"A worker failed, and the fleet stops: {describe_error(error)}",
            exc_info=not of_ours,
            migration=migration_id,
            error=describe_error(error),
            where=failure.where or None,
        )
        next_step = str(error.next_step) if isinstance(error, MigrationsError) else ""
        try:
            self._member.fail(WorkerFailure(failure=failure, told=told, next_step=next_step))
            self._member.leave()
        except LockLost:
            # It was over before that.
            self._tell_loss()
        return WorkerEnd.OVER

    def _tell_loss(self) -> None:
        """Log how the fleet's lock was lost; but not where the run goes on in another process, or has come to its end."""
        loss = self._member.lock.loss
        if loss is None or has_gone_on(loss, self._target, self._run_id):
            return
        member = self._member
        loss.tell(_logger, run_id=self._run_id, migration=member.fleet.migration, worker=member.number)


def stop_reason(member: Member, runtime: Runtime) -> str | None:
    """
    Why a worker has to stop, or None.

    Raises:
        LockLost: The fleet is over.
    """
    lock = member.lock
    if lock.lost:
        raise LockLost.through(lock.loss, "A worker stopped: its fleet is over.")
    if lock.stop_reason is not None:
        return lock.stop_reason
    left = runtime.remaining()
    return (
        f"{max(left, 0):.0f} seconds were left of the time of {runtime.whose_time()}"
        if left < runtime.reserve
        else None
    )


class _OfAWorker:
    """The target, of which a worker may read all, and write nothing: the migration's item is the coordinator's."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def save_progress(
        self,
        migration_id: str,
        done: float,
        total: float,
        figures: Mapping[str, float] = NO_FIGURES,
        waits_for: str = "",
    ) -> None:
        """The fleet's own figures tell it."""
