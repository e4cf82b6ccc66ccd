"""One run of a backfill: from its checkpoints to its end, or as far as time allows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..log import counted, log_event
from ..plan import Direction
from ..transport.boto import open_transport, transport_name
from .alarm_check import seen_alarms
from .alarm_watch import AlarmWatch
from .attendance import Attendance
from .capacity.budgets import Budgets
from .capacity.monitor import CapacityMonitor
from .capacity.ordered import OrderedRate
from .checkpoints import Checkpoints
from .control import RunControl
from .cost.cost import Cost, cost_to_begin
from .fleet.fan_out import fan_out
from .options import Options
from .pool import Unfinished, WorkerPool
from .progress import Progress
from .series import Series
from .table import Table
from .usable_table import usable_table
from .verify.passes import begin_another, settled
from .verify.sample import sample_after
from .verify.settler import worker_of
from .workers import WorkerContext

if TYPE_CHECKING:
    from ..context import Context


class Job:
    """
    One run of a backfill, as far as it is about the whole table: decides on the segments, keeps the checkpoints, and begins
    further passes. Each segment is a `WorkerPool`'s.
    """

    def __init__(self, options: Options, ctx: Context) -> None:
        self._options = options
        self._ctx = ctx
        self._transport = open_transport(ctx.dynamodb, ctx.require_lock)
        self._control = RunControl(ctx.runtime.clock)
        self._checkpoints = Checkpoints(options, ctx)
        self._estimate = ""
        # What is undone is not looked at again, and what a dry run did not write would all be to be written.
        done = ctx.direction is Direction.DO and not ctx.dry_run
        self._verify = options.verify if done else None

    def run(self) -> None:
        """
        Finish all segments, and all passes.

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
        return Cost(table, self._ctx, self._checkpoints.bill, lambda: self._checkpoints.all_passes)

    def _work(self, table: Table, alarms: AlarmWatch) -> None:
        options, ctx = self._options, self._ctx
        budgets = Budgets.of(options, table, ctx, segments=len(self._checkpoints.segments))
        with (
            alarms,
            CapacityMonitor(ctx, self._transport, budgets.measured, table=table, index=options.index) as monitor,
        ):
            self._log_start(table, budgets)
            context = WorkerContext.of(
                options,
                ctx,
                table,
                transport=self._transport,
                control=self._control,
                reads=budgets.reads,
                writes=budgets.writes,
                segments=len(self._checkpoints.segments),
                batch=budgets.batch,
            )
            ordered = OrderedRate(ctx, budgets.both)
            attendance = Attendance(ctx, self._control, monitor=monitor, ordered=ordered, alarms=alarms)
            self._pass(context, budgets, attendance)
            while self._verify == "full" and self._begin_another(table):
                fan_out(options, ctx, table, self._checkpoints)
                self._pass(context, budgets, attendance)
            self._look_again(context, attendance)
        cost = self._cost(table)
        cost.keep()
        self._checkpoints.finish(cost.figures())
        self._log_finish(cost)

    def _pass(self, context: WorkerContext, budgets: Budgets, attendance: Attendance) -> None:
        """Finish the pass that is under way."""
        checkpoints = self._checkpoints
        unfinished = Unfinished(checkpoints.segments)
        worker = partial(worker_of(checkpoints.number), context)
        pool = WorkerPool(self._control, worker, unfinished, min(budgets.threads, len(unfinished)))
        attendance.see_through(pool, checkpoints, self._progress(context.reader.table, budgets))

    def _begin_another(self, table: Table) -> bool:
        checkpoints, ctx = self._checkpoints, self._ctx
        changed = checkpoints.tally.written
        what = f"{ctx.migration}: {table.name}"
        if not begin_another(checkpoints, most=self._options.passes, what=what, later=ctx.runtime.looked_over_later):
            return False
        log_event(
            ctx.logger,
            logging.INFO,
            "backfill.pass",
            f"{ctx.migration}: pass {checkpoints.number} over {table.name} begins; the one before changed "
            f"{counted(changed, 'item')}.",
            run_id=ctx.run_id,
            migration=ctx.migration.id,
            table=table.name,
            number=checkpoints.number,
            changed=changed,
        )
        return True

    def _look_again(self, context: WorkerContext, attendance: Attendance) -> None:
        """Have it kept what is known of the data now, as far as the author wants that."""
        ctx = self._ctx
        if self._verify == "full":
            Series.of(ctx).keep(ctx, settled(self._checkpoints, now=ctx.runtime.clock.time()))
        elif self._verify == "sample":
            sample_after(ctx, context, attendance, expected=self._checkpoints.tally.scanned)

    def _progress(self, table: Table, budgets: Budgets) -> Progress:
        checkpoints = self._checkpoints
        return Progress(
            self._ctx,
            self._ctx.runtime.clock,
            total=checkpoints.expected(table),
            count=lambda: checkpoints.tally,
            before=checkpoints.tally,
            earlier=checkpoints.earlier,
            number_of_pass=checkpoints.number,
            budgets=budgets.both,
            number=Series.of(self._ctx).number,
            cost=self._cost(table),
        )

    def _log_start(self, table: Table, budgets: Budgets) -> None:
        ctx, threads = self._ctx, budgets.threads
        segments = len(self._checkpoints.segments)
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
            **budgets.reads.figures(),
            **budgets.writes.figures(),
            **self._checkpoints.bill.estimated,
        )

    def _log_finish(self, cost: Cost) -> None:
        ctx, checkpoints = self._ctx, self._checkpoints
        tally = checkpoints.all_passes
        passes = f", in {checkpoints.number} passes" if checkpoints.number > 1 else ""
        log_event(
            ctx.logger,
            logging.INFO,
            "backfill.finished",
            f"{ctx.migration}: the backfill is done: {counted(tally.read, 'item')} read, {tally.written:,} written, "
            f"{tally.failed:,} left out{passes}. {cost}",
            run_id=ctx.run_id,
            migration=ctx.migration.id,
            **tally.figures(),
            **cost.progress(),
        )
