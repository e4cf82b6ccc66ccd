"""Stands by while the threads of a backfill work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..errors import LockLost, StopRequested
from .alarm_watch import AlarmWatch
from .capacity.monitor import CapacityMonitor
from .capacity.ordered import OrderedRate
from .control import RunControl, why_paused
from .pool import WorkerPool, rare_collections

if TYPE_CHECKING:
    from ..context import Context


class Kept(Protocol):
    """Where it is kept how far the work got."""

    @property
    def done(self) -> bool: ...

    def save(self) -> None: ...

    def save_if_due(self) -> None: ...


class Teller(Protocol):
    """Says how far the work is."""

    def report(self) -> None: ...

    def report_if_due(self) -> None: ...

    def summary(self) -> str:
        """How far it is, in words, for an error."""
        ...


class Attendance:
    """
    Passes on to the threads what an operator asked for, what alarms say, and that the time is up; has it kept and told how
    far they are.
    """

    def __init__(
        self, ctx: Context, control: RunControl, *, monitor: CapacityMonitor, ordered: OrderedRate, alarms: AlarmWatch
    ) -> None:
        self._ctx = ctx
        self._control = control
        self._monitor = monitor
        self._ordered = ordered
        self._alarms = alarms
        self._stop_reason: str | None = None

    def see_through(self, pool: WorkerPool, kept: Kept, teller: Teller) -> None:
        """
        Have *pool* work until all is done.

        Raises:
            StopRequested: It had to stop before; what was done is kept.
            BackfillError: It can't go on.
            LockLost: The run's lock is no longer its own.
        """

        def poll() -> None:
            self._alarms.poll()
            self._obey()
            self._monitor.poll()
            self._ordered.poll()
            kept.save_if_due()
            teller.report_if_due()

        try:
            poll()
            with rare_collections():
                pool.work(poll)
        except LockLost:
            raise
        except Exception:
            # What was done stands, and the next run need not do it again.
            kept.save()
            teller.report()
            raise
        if not kept.done:
            kept.save()
        teller.report()
        if not kept.done:
            ctx = self._ctx
            raise StopRequested(
                f"{ctx.migration} stopped at {teller.summary()}: {self._stop_reason or 'it was asked to'}.",
                migration_id=ctx.migration.id,
            )

    def _obey(self) -> None:
        self._stop_reason = self._ctx.stop_reason()
        self._control.paused = self._ctx.paused or self._alarms.waiting
        self._ctx.runtime.pauses.note(why_paused(self._ctx))
        self._control.stopping = self._control.stopping or self._stop_reason is not None
