"""One run of a backfill: from its checkpoints to its end, or as far as time allows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from ..consumption import Kind
from ..errors import LockLost, StopRequested
from ..log import counted, log_event
from ..transport import Transport
from ..transport.boto import BotoTransport, open_transport, transport_name
from .capacity.monitor import CapacityMonitor
from .capacity.ordered import OrderedRate
from .capacity.rate_limiter import Budget
from .capacity.units import Ceiling
from .checkpoints import Checkpoints
from .control import RunControl
from .options import Options
from .progress import Progress
from .series import Series
from .table import Table, find
from .workers import WorkerContext, WorkerPool, rare_collections

if TYPE_CHECKING:
    from ..context import Context

_THREADS: Final = 32
# Each thread should have enough to write to fill a batch a second.
_UNITS_A_THREAD: Final = 25


def check_table(options: Options, ctx: Context) -> None:
    """
    Find the table of *options*, and keep what was found for the run that follows.

    Raises:
        BackfillError: As `find` has it.
    """
    ctx.runtime.prepared[options] = _usable_table(options, ctx, BotoTransport(ctx.dynamodb, ctx.require_lock))


def _usable_table(options: Options, ctx: Context, transport: Transport) -> Table:
    """
    Find it, and wait until it can be used.

    Raises:
        BackfillError: As `find`.
        NotReady: It, or the index, can't be used, or not in time.
    """
    found: Table

    def look() -> str:
        nonlocal found
        found = find(transport, ctx.runtime.tables, options.table, options.index)
        return found.awaited

    ctx.runtime.wait_until_ready(look)
    ctx.runtime.is_usable(found.name)
    return found


class Job:
    """
    One run of a backfill, as far as it is about the whole table: decides on the segments, keeps the checkpoints, says
    how far it is and has it stopped. Each segment is a `WorkerPool`'s.
    """

    def __init__(self, options: Options, ctx: Context) -> None:
        self._options = options
        self._ctx = ctx
        self._transport = open_transport(ctx.dynamodb, ctx.require_lock)
        self._control = RunControl(ctx.runtime.clock)
        self._checkpoints = Checkpoints(options, ctx)
        self._stop_reason: str | None = None

    def run(self) -> None:
        """
        Finish all segments.

        Raises:
            BackfillError, StopRequested, LockLost: As `Backfill` says.
        """
        try:
            with Series.of(self._ctx).at_work(self._ctx):
                self._checkpoints.begin()
                found = self._ctx.runtime.prepared.pop(self._options, None)
                table = found or _usable_table(self._options, self._ctx, self._transport)
                if self._checkpoints.resume_or_begin(table):
                    self._work(table)
        finally:
            self._transport.close()

    def _work(self, table: Table) -> None:
        options, ctx = self._options, self._ctx
        maximum: dict[Kind, float | None] = {"read": options.max_read_units, "write": options.max_write_units}
        ceilings = {
            kind: Ceiling.shared(table.units(kind), {}) if units is None else Ceiling(units=units)
            for kind, units in maximum.items()
        }
        threads = self._threads(ceilings["write"])
        reads, writes = (
            Budget(
                kind,
                ceiling,
                table=table.name,
                clock=ctx.runtime.clock,
                own_consumption=ctx.runtime.own_consumption,
                segments=threads,
            )
            for kind, ceiling in ceilings.items()
        )
        shared = [budget for budget in (reads, writes) if maximum[budget.kind] is None]
        with CapacityMonitor(ctx, self._transport, shared, table=table, index=options.index) as monitor:
            self._log_start(table, threads, reads, writes)
            context = WorkerContext.of(
                options,
                ctx,
                table,
                transport=self._transport,
                control=self._control,
                reads=reads,
                writes=writes,
                segments=len(self._checkpoints.segments),
            )
            pool = WorkerPool(context, self._checkpoints.segments, threads)
            ordered = OrderedRate(ctx, (reads, writes))
            self._watch(pool, monitor, ordered, self._progress(table, reads, writes))
            self._checkpoints.finish()
            self._log_finish()

    def _watch(self, pool: WorkerPool, monitor: CapacityMonitor, ordered: OrderedRate, progress: Progress) -> None:
        """
        Have *pool* work until all segments are done.

        Raises:
            StopRequested: It had to stop before; what was done is kept.
        """
        ctx, checkpoints = self._ctx, self._checkpoints

        def poll() -> None:
            self._obey()
            monitor.poll()
            ordered.poll()
            checkpoints.save_if_due()
            progress.report_if_due()

        try:
            poll()
            with rare_collections():
                pool.work(poll)
        except LockLost:
            raise
        except Exception:
            # What was done stands, and the next run need not do it again.
            checkpoints.save()
            progress.report()
            raise
        if not checkpoints.done:
            checkpoints.save()
        progress.report()
        if not checkpoints.done:
            raise StopRequested(
                f"{ctx.migration} stopped at {progress.summary()}: {self._stop_reason or 'it was asked to'}.",
                migration_id=ctx.migration.id,
            )

    def _obey(self) -> None:
        """Pass on to the workers what an operator asked for, and that the time is up."""
        self._stop_reason = self._ctx.stop_reason()
        self._control.paused = self._ctx.paused
        self._control.stopping = self._control.stopping or self._stop_reason is not None

    def _threads(self, writes: Ceiling) -> int:
        # More than there is capacity for would hold pages that grow old.
        most = min(max(1, int(writes.units / _UNITS_A_THREAD)), len(self._checkpoints.segments))
        return min(self._options.threads or _THREADS, most)

    def _progress(self, table: Table, reads: Budget, writes: Budget) -> Progress:
        checkpoints = self._checkpoints
        return Progress(
            self._ctx,
            self._ctx.runtime.clock,
            total=table.items,
            count=lambda: checkpoints.tally,
            before=checkpoints.tally,
            budgets=(reads, writes),
            number=Series.of(self._ctx).number,
        )

    def _log_start(self, table: Table, threads: int, *budgets: Budget) -> None:
        ctx = self._ctx
        segments = len(self._checkpoints.segments)
        figures: dict[str, float] = {}
        for budget in budgets:
            figures |= budget.figures()
        copies = ""
        if table.replicas:
            copies = f" Each write is replicated to {', '.join(table.replicas)}, and paid for there too."
        log_event(
            ctx.logger,
            logging.INFO,
            "backfill.started",
            f"{ctx.migration}: the backfill of {table.name} begins, about {counted(table.items, 'item')} in "
            f"{counted(segments, 'segment')}, with {counted(threads, 'thread')}.{copies}",
            run_id=ctx.run_id,
            migration=ctx.migration.id,
            table=table.name,
            segments=segments,
            threads=threads,
            transport=transport_name(self._transport),
            replicas=table.replicas,
            consistency="strong" if table.strong else "eventual",
            writes_of_each=1 + len(table.replicas),
            **figures,
        )

    def _log_finish(self) -> None:
        ctx, tally = self._ctx, self._checkpoints.tally
        log_event(
            ctx.logger,
            logging.INFO,
            "backfill.finished",
            f"{ctx.migration}: the backfill is done: {counted(tally.read, 'item')} read, {tally.written:,} written, "
            f"{tally.failed:,} left out.",
            run_id=ctx.run_id,
            migration=ctx.migration.id,
            **tally.figures(),
        )
