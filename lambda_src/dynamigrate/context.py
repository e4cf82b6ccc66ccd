"""What a migration's function is given."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from .checkpoint import Checkpoint
from .clock import Ticker
from .consumption import Meter, OwnConsumption
from .error_text import describe_error, safe_repr
from .errors import LockLost, MigrationsError
from .figures import figures as kept_figures
from .figures import number
from .kept_look import KeptLook
from .lifecycle import Pauses, tell_nobody
from .lock_loss import ALREADY_OVER
from .log import TAKEN, log_event
from .migration import Migration
from .migration_runtime import MigrationRuntime
from .plan import Direction
from .runtime import Runtime
from .safe_logger import safe_logger
from .table_names import TableNames

if TYPE_CHECKING:
    from .alarms import Alarms
    from .client_type import DynamoDBClient
    from .fleet import FleetOffer
    from .targets import HeldLock, Target

# Often enough to watch, seldom enough to cost nothing.
_PROGRESS_SECONDS = 5.0
_NAMES_OF_A_LINE = TAKEN | {"run_id", "migration"}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """
    What the functions of a run share.

    Attributes:
        connect: Makes the client, or returns it; None: there is none.
        tables: Logical name to physical name.
        params: Strings given in the construct.
        measure: Is given the figures of a migration's progress, every few seconds, for whoever makes metrics of them.
        meter: Tells a backfill what its table consumed, or None: nothing does.
        own_consumption: The part of that which this run itself consumed.
        alarms: Tells a backfill in which state alarms are, or None: nothing does.
        prices: What a backfill takes a million request units to cost, or None: as it knows itself.
        runtime: What the process that runs the migrations gives.
    """

    connect: Callable[[], Any] | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    logger: Any = field(default_factory=lambda: safe_logger(logging.getLogger("dynamigrate.run")))
    measure: Callable[[Mapping[str, float]], None] = lambda _figures: None
    meter: Meter | None = None
    own_consumption: OwnConsumption = field(default_factory=OwnConsumption)
    alarms: Alarms | None = None
    prices: Mapping[str, float] | None = None
    runtime: Runtime = field(default_factory=Runtime)


class Context:
    """
    The one argument of ``do``, ``undo`` and ``check``; a check's only reads.

    Attributes:
        tables: Logical name to physical name, as given in the construct; a name that was not given is a `KeyError` that
            says which there are.
        params: Strings given in the construct.
        logger: Its lines carry the run's id and the migration's.
        migration: The migration that runs.
        run_id: The id of the run.
        dry_run: Whether nothing may be written.
        checkpoint: How far it got.
        direction: Whether it is being done or undone.
        runtime: What the engine's own migrations, such as a backfill, use; it changes as the engine does.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        target: Target,
        lock: HeldLock,
        migration: Migration,
        record_id: str,
        run_id: str,
        checkpoint: Any,
        stop: Callable[[], str | None],
        over: Callable[[], bool] = lambda: False,
        direction: Direction = Direction.DO,
        dry_run: bool = False,
        fleet: FleetOffer | None = None,
        app_version: str = "",
        look_of: str = "",
    ) -> None:
        """
        Args:
            app_version: Of the application whose run it is.
            look_of: As `KeptLook` has it; empty: the run's id.
        """
        # A target of the user's own may be older than looks are.
        store: Any = target if hasattr(target, "save_verification") else None
        tell = environment.runtime.tell
        self.runtime = MigrationRuntime(
            migration=migration,
            run_id=run_id,
            logger=safe_logger(environment.logger),
            stop=stop,
            dry_run=dry_run,
            clock=environment.runtime.clock,
            meter=environment.meter,
            own_consumption=environment.own_consumption,
            alarms=environment.alarms,
            tables=environment.tables,
            runs=target.runs,
            # A target of the user's own may be older than this.
            rate_order=lambda: getattr(lock, "rate", None),
            awaited=environment.runtime.awaited,
            fleet=fleet,
            looked_over_later=bool(environment.runtime.awaits_application) and migration.phase == "before",
            prices=environment.prices,
            keep_cost=self._keep_cost,
            look=KeptLook(
                store,
                record_id,
                migration=migration,
                run_id=run_id,
                app_version=app_version,
                of=look_of or run_id,
                tell=tell,
            ),
            pauses=Pauses(tell_nobody if dry_run else tell, run_id=run_id, migration=migration),
        )
        self.tables: Mapping[str, str] = TableNames(environment.tables, self.runtime.wait_until_usable)
        self.params = environment.params
        self.logger = safe_logger(environment.logger)
        self.migration = migration
        self.run_id = run_id
        self.dry_run = dry_run
        self.direction = direction
        self.checkpoint = Checkpoint(target, record_id, checkpoint, stop)
        self._measure = environment.measure
        self._stop = stop
        self._over = over
        self._connect = environment.connect
        self._remaining = environment.runtime.remaining
        self._target = target
        self._lock = lock
        self._record_id = record_id
        self._ticker = Ticker(environment.runtime.clock, _PROGRESS_SECONDS, at_once=True)
        self._warned_of_progress = False

    @property
    def dynamodb(self) -> DynamoDBClient:
        """
        A boto3 DynamoDB client, made when it is first asked for. Type checkers know its calls where
        ``boto3-stubs[dynamodb]`` is installed.

        Raises:
            MigrationsError: The run was given none.
        """
        if self._connect is None:
            raise MigrationsError(
                f"{self.migration} asked for ctx.dynamodb, and this run has no client.",
                next_step="Give migrate() one: migrate(source, target, dynamodb=client).",
            )
        return cast("DynamoDBClient", self._connect())

    def remaining(self) -> float:
        """Seconds left until this process ends; ``math.inf`` where nothing ends it."""
        return self._remaining()

    def stop_reason(self) -> str | None:
        """
        Why the run has to stop soon, or None: its time is almost up, or it was asked to. Then save a checkpoint, and
        let the `StopRequested` pass that this raises.

        Raises:
            LockLost: The lock is no longer ours. Let it pass.
        """
        return self._stop()

    @property
    def paused(self) -> bool:
        """
        Whether somebody asked the run to wait. Work that takes long should do so, and keep watching `stop_reason`.
        """
        return self._lock.paused

    def require_lock(self) -> None:
        """
        Make sure that the lock is still ours, as far as that is known. It costs no request, and is for work that must
        not go on beside a successor.

        Raises:
            LockLost: The lock is known to be no longer ours. Let it pass.
        """
        if self._over():
            raise LockLost(
                f"{self.migration} went on after its run was over, and the lock is given back.",
                next_step=ALREADY_OVER,
                migration_id=self.migration.id,
            )
        if self._lock.lost:
            raise LockLost.through(
                self._lock.loss,
                f"{self.migration} stopped: the run's lock is no longer its own.",
                migration_id=self.migration.id,
            )

    def progress(self, /, done: float, total: float, **figures: float) -> None:
        """
        Report how far the migration is, *done* of *total* in any unit, with *figures* of your own. Call it as often as you
        like; it is logged and kept every five seconds.

        What is not a number, is infinite, or is larger than an item can hold is left out, with one warning.

        Raises:
            LockLost: The lock is no longer ours. Let it pass.
        """
        soon = not self._ticker.due
        if soon and type(done) is int and type(total) is int and done < total:
            return
        done_, total_, kept = number(done), number(total), kept_figures(figures)
        if done_ is None or total_ is None or len(kept) < len(figures):
            self._warn_of_progress(f"which is no number that can be kept: {safe_repr((done, total, figures))}")
        if done_ is None or total_ is None or (soon and done_ < total_):
            return
        self._ticker.reset()
        told = {"done": done_, "total": total_, **kept}
        # A line of the log has fields of its own, which these must not replace.
        fields: dict[str, Any] = {
            f"{name}_" if name in _NAMES_OF_A_LINE else name: value for name, value in told.items()
        }
        share = f" ({float(done_) / float(total_):.0%})" if total_ else ""
        # A target of the user's own may be older than this, so it is given only where there is something.
        waits = {"waits_for": self.runtime.waits_for} if self.runtime.waits_for else {}
        waiting = f"; it waits for {self.runtime.waits_for}" if waits else ""
        sentence = f"{self.migration}: {done_:,} of {total_:,}{share}{waiting}."
        log_event(self.logger, logging.INFO, "migration.progress", sentence, **self._about, **{**fields, **waits})
        try:
            self._measure(told)
        except Exception as error:  # noqa: BLE001 - it is no failure of the migration
            self._warn_of_progress(f"because it could not be measured: {describe_error(error)}")
        self._target.save_progress(self._record_id, done_, total_, kept, **waits)

    def _keep_cost(self, figures: Mapping[str, float]) -> None:
        # A target of the user's own may be older than this.
        if (save := getattr(self._target, "save_cost", None)) is not None:
            save(self._record_id, figures)

    def _warn_of_progress(self, why: str) -> None:
        """Warn once: a migration that counts wrong does so a million times."""
        if not self._warned_of_progress:
            self._warned_of_progress = True
            sentence = f"{self.migration}: some of its progress is left out, {why}. It goes on."
            log_event(self.logger, logging.WARNING, "progress.not_kept", sentence, **self._about)

    @property
    def _about(self) -> dict[str, str]:
        return {"run_id": self.run_id, "migration": self.migration.id}

    # Any: what types clients have takes no dict for an entry, and what has none takes nothing else.
    def lock_condition(self) -> Any:
        """
        An entry for ``TransactItems``: the transaction is refused (``TransactionCanceledException``) unless this run
        still holds the lock.

        Raises:
            MigrationsError: The target is a `MemoryTarget`, or it is a dry run, which holds no lock.
        """
        if self.dry_run:
            raise MigrationsError(
                f"{self.migration} asked for ctx.lock_condition(), and a dry run holds no lock.",
                next_step="Ask for it only where ctx.dry_run is not set: a dry run has nothing to write.",
                migration_id=self.migration.id,
            )
        return self._lock.condition()
