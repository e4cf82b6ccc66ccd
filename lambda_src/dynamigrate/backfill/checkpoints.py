"""How far a backfill got: taken up when it begins, kept while it goes on."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..errors import Repair, StopRequested
from ..plan import Direction
from .errors import BackfillError
from .segment import Segment
from .table import Table
from .tally import Tally

if TYPE_CHECKING:
    from ..context import Context
    from .backfill import Backfill

# Of the checkpoint; a change of what it means changes this.
_VERSION: Final = 1
_BEGUN: Final = frozenset({"table", "index", "segments", "token", "finished"})
_SAVE_SECONDS: Final = 5.0
_SEGMENTS: Final = 32
_MOST_CHOSEN: Final = 512
_SEGMENT_BYTES: Final = 512 * 1024 * 1024


class Checkpoints:
    """
    The migration's own checkpoint says what is done in which parts; beside it each segment has a mark.

    A mark more, under the number after the last segment's, has what was consumed lately: a run that goes on right after
    this one would take it for others' use. Older code passes it over.

    Attributes:
        segments: All of them, as far as they are; none before `take_up`.
    """

    def __init__(self, backfill: Backfill, ctx: Context) -> None:
        self.segments: list[Segment] = []
        self._backfill = backfill
        self._ctx = ctx
        self._table = ""
        self._token = ""
        self._saved: dict[int, Any] = {}
        self._resumed = False
        self._saved_at = ctx._clock.monotonic()

    @property
    def tally(self) -> Tally:
        return Tally.sum(segment.tally for segment in self.segments)

    @property
    def done(self) -> bool:
        return all(segment.done for segment in self.segments)

    def begin(self) -> None:
        """Whatever fails from here on can be corrected and run again, with nothing to repair."""
        if self._ctx.checkpoint.load() is None:
            self._ctx.checkpoint.save({"backfill": _VERSION, "begun": False})

    def take_up(self, table: Table) -> bool:
        """
        What an earlier run left, or decide on the segments; returns whether there is anything to do.

        Raises:
            BackfillError: The checkpoint is of something else.
        """
        saved = self._ctx.checkpoint.load()
        self._table = table.name
        if isinstance(saved, dict) and saved.get("begun") is False:
            count = self._backfill.segments or min(max(_SEGMENTS, table.bytes // _SEGMENT_BYTES), _MOST_CHOSEN)
            self._token = secrets.token_hex(8)
            self.segments = [Segment(number) for number in range(count)]
            self._keep(finished=False)
            return True
        self._check(saved)
        self._token = saved["token"]
        if saved["finished"]:
            self._ctx.checkpoint.clear_segments()
            return False
        marks = {
            number: mark
            for number, mark in self._ctx.checkpoint.segments().items()
            # Others are of a backfill that was given up.
            if isinstance(mark, dict) and mark.get("token") == self._token
        }
        self._resumed = True
        count = saved["segments"]
        self.segments = [
            Segment.from_mark(number, marks[number]) if number in marks else Segment(number) for number in range(count)
        ]
        self._ctx._own_use.restore(self._table, marks.get(count, {}).get("consumed", ()))
        return True

    def save_now_and_then(self) -> None:
        """Every few seconds, however often it is called."""
        if self._ctx._clock.monotonic() - self._saved_at >= _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Keep how far each segment got, where it got further."""
        self._saved_at = self._ctx._clock.monotonic()
        marks = {}
        for segment in self.segments:
            mark = {"token": self._token, **segment.mark()}
            if mark["tally"]["requests"] and mark != self._saved.get(segment.number):
                marks[segment.number] = mark
        if not marks:
            return
        if self._ctx._meter is not None:
            marks[len(self.segments)] = {"token": self._token, "consumed": self._ctx._own_use.kept(self._table)}
        self._ctx.checkpoint.save_segments(marks)
        self._saved.update(marks)

    def finish(self) -> None:
        """Keep that all is done, and forget the rest."""
        # In this order: killed in between, the next run finds that nothing is left to do.
        with suppress(StopRequested):
            # There is nothing left to stop.
            self._keep(finished=True)
        if self._saved or self._resumed:
            self._ctx.checkpoint.clear_segments()

    def _check(self, saved: Any) -> None:
        anew = Repair.anew(self._ctx.migration.id, undo=self._ctx.direction is Direction.UNDO)
        restart = f"Bring back the code that it was begun with and run it to its end; or, to begin anew, invoke {anew}."
        if not isinstance(saved, dict) or saved.get("backfill") != _VERSION or not saved.keys() >= _BEGUN:
            raise BackfillError(
                f"{self._ctx.migration} has a checkpoint that no backfill of this version wrote.",
                next_step=restart,
                repair=anew,
            )
        now = {"table": self._table, "index": self._backfill.index}
        if self._backfill.segments is not None:
            now["segments"] = self._backfill.segments  # type: ignore[assignment]
        for name, value in now.items():
            if saved[name] != value:
                raise BackfillError(
                    f"{self._ctx.migration} was begun with {name}={saved[name]!r}, and its code has {value!r} now.",
                    next_step=restart,
                    repair=anew,
                )

    def _keep(self, *, finished: bool) -> None:
        self._ctx.checkpoint.save(
            {
                "backfill": _VERSION,
                "begun": True,
                "table": self._table,
                "index": self._backfill.index,
                "segments": len(self.segments),
                "token": self._token,
                "finished": finished,
            }
        )
