"""One run of a backfill: from its checkpoints to its end, or as far as time allows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import LockLost, StopRequested
from ..log import counted, log_event
from ..transport.boto import open_transport, transport_name
from .alarm_check import seen_alarms
from .alarm_watch import AlarmWatch
from .capacity.budgets import Budgets
from .capacity.monitor import CapacityMonitor
from .capacity.ordered import OrderedRate
from .capacity.rate_limiter import Budget
from .checkpoints import Checkpoints
from .control import RunControl
from .cost.cost import Cost, cost_to_begin
from .fleet.fan_out import fan_out
from .options import Options
from .pool import Unfinished, WorkerPool, rare_collections
from .progress import Progress
from .series import Series
from .table import Table
from .usable_table import usable_table
from .workers import WorkerContext

if TYPE_CHECKING:
    from ..context import Context


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
        self._estimate = ""

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
                table = found or usable_table(self._options, self._ctx, self._transport)
                if self._checkpoints.resume_or_begin(table, lambda: self._estimated(table)):
                    if self._estimate:
                        self._cost(table).keep()
                    alarms = seen_alarms(self._options, self._ctx)
                    fan_out(self._options, self._ctx, table, self._checkpoints, alarms)
                    self._work(table, AlarmWatch(self._options, self._ctx, seen=alarms))
        finally:
            self._transport.close()

    def _estimated(self, table: Table) -> Mapping[str, float]:
        """What the backfill, which begins now, is thought to cost."""
        found = cost_to_begin(self._options, self._ctx, table, self._transport)
        self._estimate = f" {found}"
        return found.figures()

    def _cost(self, table: Table) -> Cost:
        return Cost(table, self._ctx, self._checkpoints.bill, lambda: self._checkpoints.tally)

    def _work(self, table: Table, alarms: AlarmWatch) -> None:
        options, ctx = self._options, self._ctx
        cost = self._cost(table)
        unfinished = Unfinished(self._checkpoints.segments)
        segments = len(self._checkpoints.segments)
        budgets = Budgets.of(options, table, ctx, segments=segments)
        reads, writes = budgets.both
        with (
            alarms,
            CapacityMonitor(ctx, self._transport, budgets.measured, table=table, index=options.index) as monitor,
        ):
            self._log_start(table, budgets.threads, reads, writes)
            context = WorkerContext.of(
                options,
                ctx,
                table,
                transport=self._transport,
                control=self._control,
                reads=reads,
                writes=writes,
                segments=segments,
                batch=budgets.batch,
            )
            pool = WorkerPool(context, unfinished, min(budgets.threads, len(unfinished)))
            ordered = OrderedRate(ctx, (reads, writes))
            self._watch(pool, monitor, ordered, alarms, self._progress(table, reads, writes, cost=cost))
        cost.keep()
        self._checkpoints.finish(cost.figures())
        self._log_finish(cost)

    def _watch(
        self,
        pool: WorkerPool,
        monitor: CapacityMonitor,
        ordered: OrderedRate,
        alarms: AlarmWatch,
        progress: Progress,
    ) -> None:
        """
        Have *pool* work until all segments are done.

        Raises:
            StopRequested: It had to stop before; what was done is kept.
        """
        ctx, checkpoints = self._ctx, self._checkpoints

        def poll() -> None:
            alarms.poll()
            self._obey(alarms)
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

    def _obey(self, alarms: AlarmWatch) -> None:
        """Pass on to the workers what an operator asked for, what alarms say, and that the time is up."""
        self._stop_reason = self._ctx.stop_reason()
        self._control.paused = self._ctx.paused or alarms.waiting
        self._control.stopping = self._control.stopping or self._stop_reason is not None

    def _progress(self, table: Table, reads: Budget, writes: Budget, *, cost: Cost) -> Progress:
        checkpoints = self._checkpoints
        return Progress(
            self._ctx,
            self._ctx.runtime.clock,
            total=table.items,
            count=lambda: checkpoints.tally,
            before=checkpoints.tally,
            budgets=(reads, writes),
            number=Series.of(self._ctx).number,
            cost=cost,
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
            f"{counted(segments, 'segment')}, with {counted(threads, 'thread')}.{copies}{self._estimate}",
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
            **self._checkpoints.bill.estimated,
        )

    def _log_finish(self, cost: Cost) -> None:
        ctx, tally = self._ctx, self._checkpoints.tally
        log_event(
            ctx.logger,
            logging.INFO,
            "backfill.finished",
            f"{ctx.migration}: the backfill is done: {counted(tally.read, 'item')} read, {tally.written:,} written, "
            f"{tally.failed:,} left out. {cost}",
            run_id=ctx.run_id,
            migration=ctx.migration.id,
            **tally.figures(),
            **cost.progress(),
        )
