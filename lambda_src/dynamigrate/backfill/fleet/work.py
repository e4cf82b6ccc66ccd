"""One worker of a fleet, for as long as its process has time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ...alarms import Sighting
from ...clock import Ticker
from ...errors import LockLost
from ...fleet import WorkerEnd
from ...transport.boto import open_transport
from ..alarm_watch import AlarmWatch
from ..capacity.budgets import Budgets
from ..capacity.monitor import CapacityMonitor
from ..capacity.ordered import OrderedRate
from ..checkpoint_form import pass_of
from ..control import RunControl, why_paused
from ..cost.bill import Bill
from ..cost.cost import Cost
from ..counters import Tally
from ..options import Options
from ..pool import WorkerPool, rare_collections
from ..progress import Progress
from ..segment import Segment
from ..usable_table import usable_table
from ..verify.settler import worker_of
from ..workers import WorkerContext
from .claims import Claims
from .siblings import Siblings

if TYPE_CHECKING:
    from ...context import Context
    from ...targets.fleets import Member

# How often a worker says that it is alive, and what it could use.
_SAY_SECONDS: Final = 5.0
# A save is a transaction with the lock's item, and two of these at one time refuse each other: of more workers each saves
# less often.
_SAVES_A_SECOND: Final = 4


class FleetWork:
    """One process's share of a backfill: it works on segments until none is left, or it has to end."""

    def __init__(self, options: Options, ctx: Context, member: Member) -> None:
        self._options = options
        self._ctx = ctx
        self._member = member
        self._transport = open_transport(ctx.dynamodb, ctx.require_lock)
        self._control = RunControl(ctx.runtime.clock)
        saved = ctx.checkpoint.load()
        self._bill = Bill.read(saved)
        self._token: str = saved["token"] if isinstance(saved, dict) else ""
        self._pass = pass_of(saved)
        self._claims = Claims(member, self._token)
        seconds = max(_SAY_SECONDS, member.fleet.workers / _SAVES_A_SECOND)
        self._ticker = Ticker(ctx.runtime.clock, seconds, at_once=True)
        self._words = Ticker(ctx.runtime.clock, _SAY_SECONDS)
        # Of each segment what was kept last.
        self._kept: dict[int, dict[str, Any]] = {}
        self._end = WorkerEnd.OVER

    def run(self) -> WorkerEnd:
        """
        Work; what is done is kept, however it ends.

        Raises:
            LockLost: The fleet is over.
            Exception: What keeps it from its work.
        """
        try:
            asked = self._member.lock.stop_reason is not None
            if not asked and self._is_too_many(beside=len(self._member.active())):
                self._end = WorkerEnd.PARKED
                self._take_earlier()
            else:
                self._work()
            self._depart()
        finally:
            self._transport.close()
        return self._end

    def _work(self) -> None:
        options, ctx, member = self._options, self._ctx, self._member
        fleet = member.fleet
        table = usable_table(options, ctx, self._transport)
        budgets = Budgets.of(
            options, table, ctx, segments=math.ceil(fleet.parts / fleet.workers), workers=fleet.workers
        )
        monitor = CapacityMonitor(ctx, self._transport, budgets.measured, table=table, index=options.index)
        with monitor, self._alarms() as alarms:
            context = WorkerContext.of(
                options,
                ctx,
                table,
                transport=self._transport,
                control=self._control,
                reads=budgets.reads,
                writes=budgets.writes,
                segments=fleet.parts,
                batch=budgets.batch,
            )
            pool = WorkerPool(self._control, partial(worker_of(self._pass), context), self._claims, budgets.threads)
            ordered = OrderedRate(ctx, budgets.both)
            siblings = Siblings(ctx, member, budgets, alarms, table=table.name, token=self._token)
            siblings.begin()
            progress = self._progress(budgets, Cost(table, ctx, self._bill, lambda: Tally.of(member.status.figures)))

            def poll() -> None:
                siblings.poll()
                alarms.poll()
                self._obey(alarms)
                monitor.poll()
                ordered.poll()
                self._save_if_due(siblings)
                if self._leads:
                    progress.report_if_due()

            try:
                poll()
                with rare_collections():
                    pool.work(poll)
            except LockLost:
                raise
            except BaseException:
                with suppress(Exception):
                    # What was done stands, and need not be done again.
                    self._save(siblings)
                raise
            self._save(siblings)

    def _alarms(self) -> AlarmWatch:
        """That of one worker of many, with what the others saw."""
        member, fleet = self._member, self._member.fleet
        alarms = AlarmWatch(
            self._options,
            self._ctx,
            seen=Sighting.read(fleet.alarms_seen),
            workers=fleet.workers,
            at_work=lambda: len(member.active()) + 1,
            tells=lambda: self._leads,
        )
        alarms.hear(member.status.workers.values())
        return alarms

    def _obey(self, alarms: AlarmWatch) -> None:
        """Pass on to the threads what an operator asked for, what alarms say, and that the time is up."""
        ctx, control = self._ctx, self._control
        control.paused = ctx.paused or alarms.waiting
        if self._leads:
            ctx.runtime.pauses.note(why_paused(ctx))
        if control.stopping:
            return
        if ctx.stop_reason() is not None:
            asked = self._member.lock.stop_reason is not None
            self._end, control.stopping = WorkerEnd.OVER if asked else WorkerEnd.OUT_OF_TIME, True
        elif self._is_too_many(beside=sum(number < self._member.number for number in self._member.active())):
            self._end, control.stopping = WorkerEnd.PARKED, True

    def _is_too_many(self, *, beside: int) -> bool:
        """Whether there is no place for this worker *beside* so many others."""
        width = self._member.status.width
        return width is not None and beside >= width

    @property
    def _leads(self) -> bool:
        """One of those at work says how far all of them are."""
        return all(number > self._member.number for number in self._member.active())

    def _save_if_due(self, siblings: Siblings) -> None:
        if self._ticker.due:
            self._save(siblings)
        elif self._words.due:
            self._words.reset()
            siblings.say()

    def _save(self, siblings: Siblings) -> None:
        """
        Keep how far each segment got, where it got further, and say that this worker is alive.

        Raises:
            LockLost: The fleet is over.
        """
        self._ticker.reset()
        self._words.reset()
        changed = self._changed()
        cursors = {segment.number: cursor for segment, cursor in changed}
        counted = {segment.number: _counts(self._new(segment, cursor)) for segment, cursor in changed}
        lost = siblings.say(cursors=cursors, counted=counted)
        if lost:
            # Only another call of this very worker takes them: two would have its share of the rate.
            self._claims.lose(lost)
            self._end, self._control.stopping = WorkerEnd.SUPERSEDED, True
        self._kept |= {number: cursor for number, cursor in cursors.items() if number not in lost}
        self._claims.forget(number for number, cursor in cursors.items() if cursor["done"])

    def _changed(self) -> list[tuple[Segment, dict[str, Any]]]:
        taken = [(segment, {"token": self._token, **segment.cursor()}) for segment in self._claims.taken]
        return [
            (segment, cursor)
            for segment, cursor in taken
            if cursor["tally"] != segment.began.figures() and cursor != self._kept.get(segment.number)
        ]

    def _new(self, segment: Segment, cursor: Mapping[str, Any]) -> Tally:
        """What was counted in *segment* since it was kept last, or since it was claimed."""
        kept = self._kept.get(segment.number)
        before = segment.began if kept is None else Tally.of(kept["tally"])
        return Tally.of(cursor["tally"]).less(before)

    def _depart(self) -> None:
        """
        Raises:
            LockLost: The fleet is over.
        """
        if self._end in (WorkerEnd.PARKED, WorkerEnd.SUPERSEDED):
            self._member.give_back([segment.number for segment in self._claims.taken])
        if self._end in (WorkerEnd.PARKED, WorkerEnd.OVER):
            self._member.leave()

    def _take_earlier(self) -> None:
        """Take what an earlier process of this worker had, if one was at work and could not give it back itself."""
        if self._member.number in self._member.status.workers:
            self._claims.take_earlier()

    def _progress(self, budgets: Budgets, cost: Cost) -> Progress:
        """That of the whole fleet."""
        member = self._member
        return Progress(
            self._ctx,
            self._ctx.runtime.clock,
            total=round(member.fleet.total),
            count=lambda: Tally.of(member.status.figures),
            before=Tally.of(member.status.figures),
            budgets=budgets.both,
            number_of_pass=self._pass,
            workers=lambda: len(member.active()) + 1,
            cost=cost,
        )


def _counts(tally: Tally) -> dict[str, float]:
    """What is not nothing."""
    return {name: count for name, count in tally.figures().items() if count}
