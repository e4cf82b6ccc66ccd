"""What a migration's function is given."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .checkpoint import Checkpoint
from .clock import Clock
from .consumption import Meter, OwnConsumption
from .error_text import describe_error, safe_repr
from .errors import LockLost, MigrationsError, NotReady
from .figures import figures as kept_figures
from .figures import number
from .log import TAKEN, log_event
from .migration import Migration
from .plan import Direction
from .safe_logger import safe_logger
from .table_names import TableNames
from .witness import Witness

if TYPE_CHECKING:
    from .targets import HeldLock, Target

# Often enough to watch, seldom enough to cost nothing.
_PROGRESS_SECONDS = 5.0
# Between two looks at a table that is not ready; it takes ten seconds to be made, and more to be changed.
_LOOK_SECONDS = 2.0
_NAMES_OF_A_LINE = TAKEN | {"run_id", "migration"}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """
    What the functions of a run share.

    Attributes:
        connect: Makes the client, or returns it; None: there is none.
        tables: Logical name to physical name.
        params: Strings given in the construct.
        remaining: Seconds until this process must have ended; ``math.inf`` where it need not.
        measure: Is given the figures of a migration's progress, every few seconds, for whoever makes metrics of them.
        meter: Tells a backfill what its table consumed, or None: nothing does.
        own_use: What of that was this run's own.
        witness: Sees the requests that are made with the client; None: nobody does.
        awaited: Says of a table what has to be waited for, empty where it can be used; None: nobody looks.
        around: Made anew around each function's call: it puts back what the function leaves behind in the process.
    """

    connect: Callable[[], Any] | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    logger: Any = field(default_factory=lambda: safe_logger(logging.getLogger("dynamigrate.run")))
    remaining: Callable[[], float] = lambda: math.inf
    measure: Callable[[Mapping[str, float]], None] = lambda _figures: None
    meter: Meter | None = None
    own_consumption: OwnConsumption = field(default_factory=OwnConsumption)
    witness: Witness | None = None
    awaited: Callable[[str], str] | None = None
    around: Callable[[], AbstractContextManager[None]] = nullcontext


class Context:
    """
    The one argument of ``do`` and ``undo``.

    Attributes:
        dynamodb: A boto3 DynamoDB client.
        tables: Logical name to physical name, as given in the construct; a name that was not given is a `KeyError` that
            says which there are.
        params: Strings given in the construct.
        logger: Its lines carry the run's id and the migration's.
        migration: The migration that runs.
        run_id: The id of the run.
        dry_run: Whether nothing may be written.
        checkpoint: How far it got.
        direction: Whether it is being done or undone.
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
        clock: Clock,
        direction: Direction = Direction.DO,
        dry_run: bool = False,
    ) -> None:
        self.tables: Mapping[str, str] = TableNames(environment.tables, self._use)
        self.params = environment.params
        self.logger = safe_logger(environment.logger)
        self.migration = migration
        self.run_id = run_id
        self.dry_run = dry_run
        self.direction = direction
        self.checkpoint = Checkpoint(target, record_id, checkpoint, stop)
        self._measure = environment.measure
        self._meter = environment.meter
        self._own_consumption = environment.own_consumption
        self._stop = stop
        self._connect = environment.connect
        self._remaining = environment.remaining
        self._target = target
        self._lock = lock
        self._record_id = record_id
        self._clock = clock
        self._reported = -math.inf
        # What the check before its start found, by what was checked.
        self._prepared: dict[object, Any] = {}
        # Physical names of all that were given; and of those that can be used.
        self._names = environment.tables
        self._ready: set[str] = set()
        self._awaited = environment.awaited
        self._warned_of_progress = False
        # The backfills that the function calls, kept by them.
        self._series: Any = None
        self._around = environment.around

    @property
    def dynamodb(self) -> Any:
        if self._connect is None:
            raise MigrationsError(
                f"{self.migration} asked for ctx.dynamodb, and this run has no client.",
                next_step="Give migrate() one: migrate(source, target, dynamodb=client).",
            )
        return self._connect()

    def _use(self, table: str) -> None:
        """Before the migration is given that name."""
        awaited = self._awaited
        if awaited is not None and table not in self._ready:
            self._wait_until_ready(lambda: awaited(table))
            self._ready.add(table)

    def _wait_until_ready(self, look: Callable[[], str]) -> None:
        """
        Wait, as long as there is time, until *look* finds nothing to wait for.

        Raises:
            NotReady: Time is almost up, or it never will be.
        """
        began, said = self._clock.monotonic(), False
        while (what := look()) and not self.dry_run:
            waited = self._clock.monotonic() - began
            if (reason := self._stop()) is not None:
                raise NotReady(
                    f"After {waited:.0f} s of waiting the {what} still, and {reason}.",
                    next_step="Wait until it is ACTIVE.",
                    migration_id=self.migration.id,
                )
            if not said:
                told = f"{self.migration} waits: the {what}."
                log_event(self.logger, logging.INFO, "table.awaited", told, **self._about)
                said = True
            self._clock.sleep(_LOOK_SECONDS)
        if said:
            told = f"{self.migration} goes on: what it waited for is ACTIVE."
            log_event(self.logger, logging.INFO, "table.ready", told, **self._about)

    def remaining(self) -> float:
        """Seconds left until this process ends; ``math.inf`` where nothing ends it."""
        return self._remaining()

    def stop_reason(self) -> str | None:
        """
        Why the run has to stop soon, or None: its time is almost up, or it was asked to. Then save a checkpoint, and let
        the `StopRequested` pass that this raises.

        Raises:
            LockLost: The lock is no longer ours. Let it pass.
        """
        return self._stop()

    @property
    def paused(self) -> bool:
        """Whether somebody asked the run to wait; what works for long should do so, and go on watching `stop_reason`."""
        return self._lock.paused

    def require_lock(self) -> None:
        """
        Costs no request: for work that may not go on beside a successor.

        Raises:
            LockLost: The lock is known to be no longer ours. Let it pass.
        """
        if self._lock.lost:
            raise LockLost.through(
                self._lock.loss,
                f"{self.migration} stopped: the run's lock is no longer its own.",
                migration_id=self.migration.id,
            )

    def progress(self, /, done: float, total: float, **figures: float) -> None:
        """
        Tell how far it is, in any unit, with *figures* of your own: call it as often as you like; it is logged and kept
        every five seconds.

        What is no number, is infinite, or is larger than an item can hold is left out, with one warning.

        Raises:
            LockLost: The lock is no longer ours. Let it pass.
        """
        now = self._clock.monotonic()
        soon = now - self._reported < _PROGRESS_SECONDS
        if soon and type(done) is int and type(total) is int and done < total:
            return
        done_, total_, kept = number(done), number(total), kept_figures(figures)
        if done_ is None or total_ is None or len(kept) < len(figures):
            self._warn_of_progress(f"which is no number that can be kept: {safe_repr((done, total, figures))}")
        if done_ is None or total_ is None or (soon and done_ < total_):
            return
        self._reported = now
        told = {"done": done_, "total": total_, **kept}
        # Every line has names of its own.
        fields = {f"{name}_" if name in _NAMES_OF_A_LINE else name: value for name, value in told.items()}
        share = f" ({float(done_) / float(total_):.0%})" if total_ else ""
        sentence = f"{self.migration}: {done_:,} of {total_:,}{share}."
        log_event(self.logger, logging.INFO, "migration.progress", sentence, **self._about, **fields)
        try:
            self._measure(told)
        except Exception as error:  # noqa: BLE001 - whoever measures is not the migration
            self._warn_of_progress(f"because it could not be measured: {describe_error(error)}")
        self._target.save_progress(self._record_id, done_, total_, kept)

    def _warn_of_progress(self, why: str) -> None:
        """Once: one that counts wrong does so a million times."""
        if not self._warned_of_progress:
            self._warned_of_progress = True
            sentence = f"{self.migration}: some of its progress is left out, {why}. It goes on."
            log_event(self.logger, logging.WARNING, "progress.not_kept", sentence, **self._about)

    @property
    def _about(self) -> dict[str, str]:
        return {"run_id": self.run_id, "migration": self.migration.id}

    def lock_condition(self) -> dict[str, Any]:
        """
        An entry for ``TransactItems``: the transaction is refused (``TransactionCanceledException``) unless this run
        still holds the lock.

        Raises:
            MigrationsError: The target is a `MemoryTarget`.
        """
        return self._lock.condition()
