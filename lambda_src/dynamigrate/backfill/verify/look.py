"""A look over a table, at any time: what a backfill would still change of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from ...transport.boto import open_transport
from ...verifiable import VerifyOrder
from ...verification import Verification
from ..alarm_watch import AlarmWatch
from ..attendance import Attendance
from ..capacity.budgets import Budgets
from ..capacity.monitor import CapacityMonitor
from ..capacity.ordered import OrderedRate
from ..control import RunControl
from ..options import Options
from ..pool import Unfinished, WorkerPool
from ..table import Table
from ..usable_table import usable_table
from ..workers import WorkerContext
from .cursors import Cursors
from .draw import Draw
from .looker import Looker
from .passes import begin_another, found_now, settled
from .sample import PAGE_ITEMS, sampled
from .settler import Settler
from .telling import LookProgress, tell_finish, tell_start

if TYPE_CHECKING:
    from ...context import Context

# A page is no larger than what may be read in some seconds, but for what a backfill reads at once.
_LEAST_ITEMS: Final = 250


class Look:
    """One look over the table of a backfill that has run, or as much of it as there is time for."""

    def __init__(self, options: Options, ctx: Context, order: VerifyOrder) -> None:
        self._options = options
        self._ctx = ctx
        self._order = order
        self._transport = open_transport(ctx.dynamodb, ctx.require_lock)
        self._control = RunControl(ctx.runtime.clock)

    def run(self) -> Verification:
        """
        Look, and settle what is found where that is ordered.

        Raises:
            StopRequested, BackfillError, LockLost: As `Verifiable.look_over` has it.
        """
        try:
            table = usable_table(self._options, self._ctx, self._transport)
            cursors = Cursors(self._options, self._ctx, table, self._order)
            found = self._ctx.runtime.look.signed(self._work(table, cursors))
            cursors.clear()
        finally:
            self._transport.close()
        tell_finish(self._ctx, table.name, found)
        return found

    def _work(self, table: Table, cursors: Cursors) -> Verification:
        options, ctx = self._options, self._ctx
        budgets = Budgets.of(options, table, ctx, segments=len(cursors.segments))
        with (
            AlarmWatch(options, ctx) as alarms,
            CapacityMonitor(ctx, self._transport, budgets.measured, table=table, index=options.index) as monitor,
        ):
            tell_start(ctx, table, self._order, goes_on=cursors.resumed)
            context = WorkerContext.of(
                options,
                ctx,
                table,
                transport=self._transport,
                control=self._control,
                reads=budgets.reads,
                writes=budgets.writes,
                segments=len(cursors.segments),
                batch=budgets.batch,
                learn=True,
            )
            ordered = OrderedRate(ctx, budgets.both)
            attendance = Attendance(ctx, self._control, monitor=monitor, ordered=ordered, alarms=alarms)
            if self._order.sample is not None and not self._order.settle:
                return self._sample(self._order.sample, context, cursors, attendance)
            return self._passes(context, budgets, cursors, attendance)

    def _sample(self, sample: int, context: WorkerContext, cursors: Cursors, attendance: Attendance) -> Verification:
        expected = context.reader.table.items
        draw = Draw(context.reader, sample=sample, expected=expected, kept=cursors.drawn)
        progress = LookProgress(self._ctx, lambda: draw.checked, total=min(sample, max(expected, 1)))
        pool = WorkerPool(self._control, partial(Looker, self._ctx, context, PAGE_ITEMS), draw, 1)
        attendance.see_through(pool, _KeptDraw(draw, cursors), progress)
        return sampled(draw, now=self._ctx.runtime.clock.time())

    def _passes(
        self, context: WorkerContext, budgets: Budgets, cursors: Cursors, attendance: Attendance
    ) -> Verification:
        table, ctx = context.reader.table, self._ctx
        page_items = min(max(round(budgets.reads.ceiling.units), _LEAST_ITEMS), PAGE_ITEMS)
        worker = partial(Settler, context) if self._order.settle else partial(Looker, ctx, context, page_items)
        while True:
            unfinished = Unfinished(cursors.segments)
            pool = WorkerPool(self._control, worker, unfinished, min(budgets.threads, len(unfinished)))
            progress = LookProgress(
                ctx, lambda: cursors.tally.scanned, total=table.items, number_of_pass=cursors.number
            )
            attendance.see_through(pool, cursors, progress)
            if not self._order.settle:
                return found_now(cursors, now=ctx.runtime.clock.time())
            if not begin_another(cursors, most=self._options.passes, what=f"{ctx.migration}: {table.name}"):
                return settled(cursors, now=ctx.runtime.clock.time())


class _KeptDraw:
    """Keeps how far a sample got, where it is stopped."""

    def __init__(self, draw: Draw, cursors: Cursors) -> None:
        self._draw = draw
        self._cursors = cursors

    @property
    def done(self) -> bool:
        return self._draw.done

    def save(self) -> None:
        self._cursors.save_drawn(self._draw.kept)

    def save_if_due(self) -> None:
        """What a sample costs is not worth more."""
