"""A migration that rewrites a whole table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from .options import Options, Transform

if TYPE_CHECKING:
    from ..context import Context
    from ..fleet import WorkerEnd
    from ..rehearsal import RehearsalOrder, Rehearsed
    from ..targets.fleets import Member
    from ..verifiable import VerifyOrder
    from ..verification import Verification


@dataclass(frozen=True, eq=False)
class Backfill(Options):
    """
    Calls a function for every item of a table, and writes what it returns: a ``do`` or an ``undo``.

        def add_status(item, ctx):
            if "status" not in item:
                return Update(set={"status": "NEW"})

        do = Backfill(table="orders", transform=add_status)

    *transform* returns an `Update`, a `Put`, a `Delete`, a list of them, or None. A list is written as one transaction,
    together with the condition that the item is as it was read. It is called on several threads at a time, and it may
    see an item twice: after a conflict, and when a run goes on where another one was killed. So it must not count or
    send anything, and if doing it twice makes a difference (``price * 100``), say ``once=True``.

    What the application writes meanwhile is never overwritten: a write is made only if the item still exists and all
    that transform read, set or removed is still as it was read; otherwise the item is read again and transformed again.
    A single `Put` or `Delete` of another item is written whatever is there.

    The table's other users are left what they use, if the run has a meter, and half of the capacity in any case.

    Every item that is there when it begins is seen, unless it is deleted first; items that the application creates
    while it runs may be seen or not. With ``verify="full"`` it looks again until there is nothing left to change. An index
    is read eventually consistently: what changed a moment before may be missed.

    Stopped or killed, it goes on from its checkpoints, which are at most some seconds old.

    Args:
        table: A name in ``ctx.tables``, or a table's physical name.
        transform: Called with an `Item` and the context.
        segments: In how many parts the table is scanned; fixed once it has begun.
        filter: Items that don't match are passed over, also those that no longer match when they are to be written: a
            condition such as ``Attr("status").not_exists()`` of ``boto3.dynamodb.conditions``, or an expression without
            values, such as ``attribute_not_exists(status)``. ``#status`` is the attribute status, too.
        projection: The attributes to read; the key is always read. Of a path, all of the attribute that it leads into.
            What else transform asks for is an error.
        index: Scan this index instead of the table.
        max_read_units: Capacity units a second, of table and indexes together, that are never exceeded. Unless given,
            half of what the table takes less what others use.
        max_write_units: The same for writes. More than the table has makes it throttle the application too.
        batch: Writes in one request, at most 25; a request of large items has fewer.
        threads: How many segments are worked on at one time; fewer where that leaves each less than 25 write units a
            second.
        workers: How many Lambda functions work on the table beside each other, where the run may go on in the state
            machine; elsewhere, and where it is undone, one process does it all. They share the table's rate. The
            backfill has to be the migration itself then: ``do = Backfill(...)``.
        overwrite: Write even if the item has changed since it was read.
        once: Stamp each item in the same write, and pass over those that have the stamp.
        on_error: ``skip``: an item for which transform raises, or whose write is refused, is logged, counted and left
            alone.
        throttle_on: Names of CloudWatch alarms, metric or composite ones, of the same account and Region: it waits while
            one of them is in ALARM. From Python, `migrate` has to be given something to ask for them.
        verify: What transform is asked about once more when the last item is written. ``sample``: about a thousand items
            of the table; nothing is written, and what it would still change is counted, logged and kept in the history.
            ``full``: all of them, pass after pass, each of which writes what is still to be changed, until one finds
            nothing; the migration is not applied before that, unless the run after the application's deploy looks over it
            again. None: no item. Given what it has returned, transform must want nothing more; else a pass fails.
        passes: How many passes of ``full`` there may be, beside the backfill itself, until one has to find nothing.
        max_cost: Dollars. Where it is estimated to cost more, or can't be estimated, it does not begin: nothing is written,
            and the migration is not dirty.

    Raises:
        InvalidSetting: An option can't be what it is.
    """

    supports_dry_run: ClassVar[bool] = True

    @property
    def __wrapped__(self) -> Transform:
        """So that an error is reported with the line of transform that it came from."""
        return self.transform

    def before_start(self, ctx: Context) -> None:
        """
        Whether there is the table, the index, and each alarm, and what it costs: asked before the migration is marked as
        begun.

        Raises:
            BackfillError: There is not; or the alarms can't be read; or it costs too much.
        """
        from ..transport.boto import BotoTransport
        from .alarm_check import check_alarms
        from .cost.cost import look_at_cost
        from .usable_table import check_table

        table = check_table(self, ctx)
        check_alarms(self, ctx)
        look_at_cost(self, ctx, table, BotoTransport(ctx.dynamodb, ctx.require_lock))

    def estimate(self, ctx: Context) -> dict[str, Any]:
        """
        What it is going to cost, as the answer of a command has it. A few pages are read for that, and nothing is written.

        Raises:
            BackfillError: There is no such table or index, or its alarms can't be read.
        """
        from ..transport.boto import BotoTransport
        from .alarm_check import check_alarms
        from .cost.cost import told_cost
        from .usable_table import check_table

        table = check_table(self, ctx)
        check_alarms(self, ctx)
        return told_cost(self, ctx, table, BotoTransport(ctx.dynamodb, ctx.require_lock))

    def rehearse(self, ctx: Context, order: RehearsalOrder) -> Rehearsed:
        """
        What it would do, as `Rehearsable` has it: transform is called for a sample of items, and nothing is written.

        Raises:
            BackfillError: There is no such table or index, or its alarms can't be read.
        """
        from .rehearsing.rehearse import rehearse

        return rehearse(self, ctx, order)

    def __call__(self, ctx: Context) -> None:
        """
        Rewrite the table, or go on with it.

        Raises:
            BackfillError: It can't go on; says with which item of which table.
            StopRequested: The run has to stop; everything up to its checkpoints is done.
            LockLost: The run's lock is no longer its own.
        """
        if (rehearsal := ctx.runtime.rehearsal) is not None:
            rehearsal.carry_out(partial(self.rehearse, ctx))
            return
        # Building one costs a cold start nothing of what running one needs.
        from .job import Job

        Job(self, ctx).run()

    def look_over(self, ctx: Context, order: VerifyOrder) -> Verification:
        """
        See what it would still change, and change it where that is ordered, as `Verifiable` has it.

        Raises:
            BackfillError: It can't be told, or does not settle.
            StopRequested: The run has to stop. Called again, it goes on from where it was.
            LockLost: The run's lock is no longer its own.
        """
        from .verify.look import Look

        return Look(self, ctx, order).run()

    def work_beside(self, ctx: Context, member: Member) -> WorkerEnd:
        """
        Do a worker's share of it.

        Raises:
            LockLost: The fleet is over.
            Exception: What keeps it from its work. That it has to stop is no error.
        """
        from .fleet.work import FleetWork

        return FleetWork(self, ctx, member).run()
