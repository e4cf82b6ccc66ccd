"""How far a backfill got: read when it begins, kept while it goes on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..clock import Ticker
from ..errors import StopRequested
from ..next_step import NextStep, Repair
from ..plan import Direction
from .checkpoint_form import VERSION, WITH_EARLIER, is_whole, pass_of
from .cost.bill import Bill
from .counters import Tally
from .errors import BackfillError
from .options import Options
from .segment import Segment, segments_for
from .series import Identity, Series, identity
from .table import Table

if TYPE_CHECKING:
    from ..context import Context

_SAVE_SECONDS: Final = 5.0


class Checkpoints:
    """
    The migration's own checkpoint says what is done in which parts; beside it each segment has a cursor. Where one
    ``do`` calls several backfills, the checkpoint is that of the one under way, and says which are finished.

    One cursor more, under the number after the last segment's, has what was consumed lately: a run that goes on right
    after this one would take it for others' use. Older code passes it over.

    Attributes:
        segments: All of them, as far as they are in the pass that is under way; none before `resume_or_begin`.
        number: That of the pass, from 1.
        earlier: What was counted in the passes before it.
        settled: Of that, the items that a pass after the first changed.
        bill: What it was thought to cost when it began, and what those before it came to.
    """

    def __init__(self, options: Options, ctx: Context) -> None:
        self.segments: list[Segment] = []
        self.number, self.earlier, self.settled = 1, Tally(), 0
        self._options = options
        self._ctx = ctx
        self._table = ""
        self._token = ""
        self._saved: dict[int, Any] = {}
        # Parts in which a fleet's workers have told what they consumed.
        self._told: list[int] = []
        self._resumed = False
        self._ticker = Ticker(ctx.runtime.clock, _SAVE_SECONDS)
        self._series = Series.of(ctx)
        self.bill = Bill()
        self._identity: Identity = (options.table, options.index, None)
        self._earlier: list[Identity] = []

    @property
    def tally(self) -> Tally:
        """What was counted in the pass that is under way."""
        return Tally.sum(segment.tally for segment in self.segments)

    def expected(self, table: Table) -> int:
        """How many items the pass has to look at, about: as many as those before it, or as the service says."""
        each = self.earlier.scanned // (self.number - 1) if self.number > 1 else 0
        return max(table.items, each)

    @property
    def all_passes(self) -> Tally:
        """What was counted in all of them."""
        return self.tally.after(self.earlier)

    @property
    def done(self) -> bool:
        return all(segment.done for segment in self.segments)

    def begin(self) -> None:
        """
        Keep an empty checkpoint: whatever fails from here on can be corrected and run again, with nothing to repair.

        Raises:
            BackfillError: The migration has saved a checkpoint of its own.
        """
        checkpoint = self._ctx.checkpoint
        if checkpoint.saved_by_author:
            anew = self._anew()
            raise BackfillError(
                f"{self._ctx.migration} saves a checkpoint of its own and calls a Backfill, which keeps its own.",
                next_step=NextStep("Make them two migrations. To begin anew, invoke ", anew, "."),
                repair=anew,
            )
        if checkpoint.load() is None:
            checkpoint.keep({"backfill": VERSION, "begun": False})

    def resume_or_begin(self, table: Table, estimate: Callable[[], Mapping[str, float]] = dict) -> bool:
        """
        Go on with what an earlier run left, or decide on the segments; returns whether there is anything to do.

        Args:
            estimate: Called where the backfill begins; gives the figures of its cost, to be kept with it.

        Raises:
            BackfillError: The checkpoint is of something else.
            Exception: Whatever *estimate* raised; it has not begun.
        """
        saved = self._ctx.checkpoint.load()
        self._table = table.name
        self._identity = identity(self._options, table.name)
        if isinstance(saved, dict) and saved.get("begun") is False:
            self._series.call(self._identity, [])
            self._start(table, estimate)
            return True
        self._check_form(saved)
        self.bill = Bill.read(saved)
        self._series.read(saved)
        under_way: Identity = (saved["table"], saved["index"], saved.get("transform"))
        finished: list[Identity] = [(one[0], one[1], one[2]) for one in saved.get("earlier", ())]
        if saved["finished"]:
            finished.append(under_way)
        passed_over = self._series.call(self._identity, finished)
        if saved["finished"]:
            self._ctx.checkpoint.clear_segments()
        if passed_over:
            return False
        self._earlier = finished
        if saved["finished"]:
            self._series.check(self._identity, self._restart())
            self._start(table, estimate)
            return True
        self._check(saved)
        self._series.go_on(self._identity, under_way, self._restart())
        self._go_on(saved)
        return True

    def _start(self, table: Table, estimate: Callable[[], Mapping[str, float]]) -> None:
        self.bill = Bill(estimated=estimate(), spent=self.bill.spent)
        self._begin_pass(segments_for(self._options, table))

    def next_pass(self, number: int) -> None:
        """Begin the pass of that *number* over the same segments; the cursors of the one before mean nothing any more."""
        self.settled += round(self.tally.written) if self.number > 1 else 0
        self.earlier, self.number = self.tally.after(self.earlier), number
        # What is kept of it is cleared in the end.
        self._saved, self._told, self._resumed = {}, [], True
        self._begin_pass(len(self.segments))

    def _begin_pass(self, count: int) -> None:
        self._token = secrets.token_hex(8)
        self.segments = [Segment(number) for number in range(count)]
        self._keep(finished=False)

    def _go_on(self, saved: dict[str, Any]) -> None:
        self._token = saved["token"]
        self.number = pass_of(saved)
        if self.number > 1:
            self.earlier, self.settled = Tally.of(saved["passed"]), saved["settled"]
        cursors = {
            number: cursor
            for number, cursor in self._ctx.checkpoint.segments().items()
            # Cursors with other tokens are of a backfill that was given up.
            if isinstance(cursor, dict) and cursor.get("token") == self._token
        }
        self._resumed = True
        count = saved["segments"]
        self.segments = [
            # A segment whose cursor makes no sense is read again from its beginning.
            Segment.from_cursor(number, cursors[number]) if Segment.is_cursor(cursors.get(number)) else Segment(number)
            for number in range(count)
        ]
        for number, cursor in cursors.items():
            # One of the process before this one, or one of each worker of a fleet.
            if number >= count:
                self._told += [number] if number > count else []
                with suppress(TypeError, ValueError):
                    self._ctx.runtime.own_consumption.restore(self._table, cursor.get("consumed", ()))

    def save_if_due(self) -> None:
        """`save` every few seconds, however often this is called."""
        if self._ticker.due:
            self.save()

    def save(self) -> None:
        """Keep how far each segment got, where it got further."""
        self._ticker.reset()
        cursors = {}
        for segment in self.segments:
            cursor = {"token": self._token, **segment.cursor()}
            if cursor["tally"]["requests"] and cursor != self._saved.get(segment.number):
                cursors[segment.number] = cursor
        if not cursors:
            return
        if self._ctx.runtime.meter is not None:
            cursors[len(self.segments)] = {
                "token": self._token,
                "consumed": self._ctx.runtime.own_consumption.kept(self._table),
            }
            # That is in it, too.
            cursors |= {number: {"token": self._token, "consumed": []} for number in self._told}
        self._ctx.checkpoint.keep_segments(cursors)
        self._told = []
        self._saved.update(cursors)

    def finish(self, spent: Mapping[str, float]) -> None:
        """Keep that all is done, and what it cost with those before it, and forget the rest."""
        self.bill = Bill(spent=spent)
        # In this order: killed in between, the next run finds that nothing is left to do.
        with suppress(StopRequested):
            # Nothing is left to stop.
            self._keep(finished=True)
        if self._saved or self._resumed:
            self._ctx.checkpoint.clear_segments()

    def _anew(self) -> Repair:
        return Repair.anew(self._ctx.migration.id, undo=self._ctx.direction is Direction.UNDO)

    def _restart(self) -> dict[str, Any]:
        anew = self._anew()
        advice = "Bring back the code that it was begun with and run it to its end; or, to begin anew, invoke "
        return {"next_step": NextStep(advice, anew, "."), "repair": anew}

    def _check_form(self, saved: Any) -> None:
        if not is_whole(saved):
            raise BackfillError(
                f"{self._ctx.migration} has a checkpoint that no backfill of this version wrote.", **self._restart()
            )

    def _check(self, saved: dict[str, Any]) -> None:
        now = {"table": self._table, "index": self._options.index}
        if self._options.segments is not None:
            now["segments"] = self._options.segments  # type: ignore[assignment]
        for name, value in now.items():
            if saved[name] != value:
                raise BackfillError(
                    f"{self._ctx.migration} was begun with {name}={saved[name]!r}, and its code has {value!r} now.",
                    **self._restart(),
                )

    def _keep(self, *, finished: bool) -> None:
        earlier = {"earlier": [list(one) for one in self._earlier]} if self._earlier else {}
        # Older code, which does not look at this, ends with the pass that is under way.
        passed: dict[str, Any] = {}
        if self.number > 1:
            passed = {"pass": self.number, "passed": self.earlier.figures(), "settled": self.settled}
        self._ctx.checkpoint.keep(
            {
                "backfill": WITH_EARLIER if earlier else VERSION,
                "begun": True,
                "table": self._table,
                "index": self._options.index,
                "segments": len(self.segments),
                "token": self._token,
                "finished": finished,
                "transform": self._identity[2],
                **self.bill.written(),
                **self._series.written(),
                **earlier,
                **passed,
            }
        )
