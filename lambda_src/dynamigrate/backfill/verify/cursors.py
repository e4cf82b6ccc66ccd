"""How far a look over a table got: read when it begins, kept while it goes on."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ...clock import Ticker, timestamp
from ...verifiable import VerifyOrder
from ..counters import Tally
from ..options import MOST_SEGMENTS, Options
from ..segment import Segment, segments_for
from ..series import identity
from ..table import Table

if TYPE_CHECKING:
    from ...context import Context

_VERSION: Final = 1
_SAVE_SECONDS: Final = 5.0
# The head, beside the segments, which are numbered from 1.
_HEAD: Final = 0
# What was seen so long ago is no part of what is there now.
_OLDEST_SECONDS: Final = 86_400.0


class Cursors:
    """
    Beside a head, which says what is looked for, each segment has a cursor of its own, with all that was found up to there.
    So two that look for the same at one time do no harm to each other: whatever mixture of their cursors is kept, each of
    them is right.

    Attributes:
        segments: All of them, as far as they are in the pass that is under way.
        number: That of the pass, from 1.
        earlier: What was counted in the passes before it.
        settled: Of that, the items that were changed.
        drawn: How far a sample got, as `Draw.kept` has it; None: it is none, or begins.
        resumed: Whether it goes on from where an earlier one was.
    """

    def __init__(self, options: Options, ctx: Context, table: Table, order: VerifyOrder) -> None:
        self._clock = ctx.runtime.clock
        self._look = ctx.runtime.look
        self._ticker = Ticker(self._clock, _SAVE_SECONDS)
        table_name, index, transform = identity(options, table.name)
        self._what = {
            "verify": _VERSION,
            "table": table_name,
            "index": index,
            "transform": transform,
            # Corrected under the same name, it would find other things.
            "code": ctx.migration.checksum,
            "sample": order.sample,
            "settle": order.settle,
            # What was begun before another deploy says nothing about what is there after that one.
            "of": self._look.of,
        }
        self.number, self.earlier, self.settled = 1, Tally(), 0
        self.drawn: Any = None
        self._token = secrets.token_hex(8)
        self._saved: dict[int, Any] = {}
        kept = self._look.cursors()
        self._kept_before = bool(kept)
        head: Any = kept.get(_HEAD)
        self.resumed = self._is_ours(head)
        count = segments_for(options, table)
        if self.resumed:
            count = head["segments"]
            self._token, self.number, self.settled = head["token"], head["pass"], head["settled"]
            self.earlier, self.drawn = Tally.of(head["passed"]), head["drawn"]
        self.segments = [self._segment(number, kept.get(number + 1)) for number in range(count)]

    @property
    def tally(self) -> Tally:
        """What was counted in the pass that is under way."""
        return Tally.sum(segment.tally for segment in self.segments)

    @property
    def done(self) -> bool:
        return all(segment.done for segment in self.segments)

    def next_pass(self, number: int) -> None:
        """Begin the pass of that *number*; the cursors of the one before mean nothing any more."""
        self.settled += self.tally.written
        self.earlier, self.number = self.tally.after(self.earlier), number
        self._token, self._saved = secrets.token_hex(8), {}
        self.segments = [Segment(number) for number in range(len(self.segments))]
        self._save({_HEAD: self._head()})

    def save_if_due(self) -> None:
        """`save` every few seconds, however often this is called."""
        if self._ticker.due:
            self.save()

    def save(self) -> None:
        """Keep how far each segment got, where it got further."""
        cursors = {segment.number + 1: {"token": self._token, **segment.cursor()} for segment in self.segments}
        changed = {
            number: cursor
            for number, cursor in cursors.items()
            if cursor["tally"]["requests"] and cursor != self._saved.get(number)
        }
        if changed:
            self._save({_HEAD: self._head(), **changed})
            self._saved.update(changed)

    def save_drawn(self, drawn: Any) -> None:
        """Keep how far a sample got."""
        self.drawn = drawn
        self._save({_HEAD: self._head()})

    def clear(self) -> None:
        """Forget all of it: it is over."""
        if self._kept_before:
            self._look.clear_cursors()

    def _save(self, values: dict[int, Any]) -> None:
        self._ticker.reset()
        # One that is killed while it is saved has kept something, too.
        self._kept_before = True
        self._look.save_cursors(values)

    def _head(self) -> dict[str, Any]:
        return {
            **self._what,
            "at": timestamp(self._clock.time()),
            "token": self._token,
            "segments": len(self.segments),
            "pass": self.number,
            "passed": self.earlier.figures(),
            "settled": self.settled,
            "drawn": self.drawn,
        }

    def _is_ours(self, head: Any) -> bool:
        """Whether *head* is that of a look for the same, and not from too long ago."""
        try:
            began = datetime.fromisoformat(head["at"]).timestamp()
            return bool(
                all(head[name] == value for name, value in self._what.items())
                and abs(self._clock.time() - began) < _OLDEST_SECONDS
                and 0 < head["segments"] <= MOST_SEGMENTS
                and isinstance(head["token"], str)
                and isinstance(head["passed"], dict)
                and {"pass", "settled", "drawn"} <= head.keys()
            )
        except (TypeError, ValueError, KeyError, AttributeError):
            return False

    def _segment(self, number: int, cursor: Any) -> Segment:
        ours = self.resumed and Segment.is_cursor(cursor) and cursor.get("token") == self._token
        return Segment.from_cursor(number, cursor) if ours else Segment(number)
