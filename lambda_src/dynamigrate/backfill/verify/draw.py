"""A sample of a table: random parts of it, as many as it takes."""

from __future__ import annotations

import math
import random
from dataclasses import asdict, dataclass
from typing import Any, Final

from ..findings import NOTHING, Findings
from ..reader import ItemReader
from ..segment import MOST_PARTS, Segment

# Items that a part should have: those that lie together may be alike, so many small parts tell more; but each is a request.
_FEWEST, _MOST_OF_A_PART, _PARTS_OF_A_SAMPLE = 10, 250, 50
# After so many parts it is seen whether they are of the right size, and each time that they are twice as many. Until then
# none gives more than a few times what it should have.
_FIRST_LOOK: Final = 4
_WAY_OFF: Final = 4
# How much larger, or smaller, a table is taken to be where nothing tells.
_LEAP: Final = 16
# Later none gives more than this share of the sample, however many items with one partition key there are in it.
_SHARE: Final = 4
# Tables in which few partition keys have nearly all items are never of one density.
_MOST_BEGINNINGS: Final = 12
_MOST_DRAWN: Final = 2_000


@dataclass(kw_only=True)
class _Drawn:
    """
    What was drawn since it was begun last.

    Attributes:
        parts: In how many the table is scanned.
        start: The first one that is drawn; each that follows is *step* further on.
        count: How many were drawn.
        cut: Whether one of them has more than was looked at.
    """

    parts: int
    start: int
    step: int
    count: int = 0
    checked: int = 0
    cut: bool = False


class Draw:
    """
    Where the one thread that takes a sample gets its next part.

    How many parts there have to be goes by the number of items, which the service tells as of up to six hours ago: where the
    first parts show that it is far from true, it is begun anew.

    Attributes:
        done: Nothing more is to be drawn.

    Args:
        sample: How many items are enough.
        expected: How many there are, about.
        kept: What `kept` gave, of the same sample; None: it begins.
    """

    def __init__(self, reader: ItemReader, *, sample: int, expected: int, kept: Any = None) -> None:
        self._sample = sample
        self._reader = reader
        self._of_a_part = min(max(sample // _PARTS_OF_A_SAMPLE, _FEWEST), _MOST_OF_A_PART)
        self._expected = expected
        self._last: Segment | None = None
        self._found = NOTHING
        self._beginnings = 0
        self.done = False
        if isinstance(kept, dict):
            self._drawn = _Drawn(**kept["drawn"])
            self._found, self._expected = Findings.read(kept["found"]), kept["expected"]
            self._beginnings = kept["beginnings"]
            reader.segments = self._drawn.parts
        else:
            self._begin()

    @property
    def kept(self) -> dict[str, Any]:
        """From which it can be gone on with, once no thread is at work any more."""
        if self._last is not None and self._last.is_enough:
            self._end()
        return {
            "drawn": asdict(self._drawn),
            "found": self._found.kept,
            "expected": self._expected,
            "beginnings": self._beginnings,
        }

    @property
    def beginnings(self) -> int:
        """How often it was begun: with each, what was drawn before does not count, as it may come again."""
        return self._beginnings

    @property
    def checked(self) -> int:
        """Items that were looked at."""
        return self._drawn.checked

    @property
    def found(self) -> Findings:
        return self._found

    @property
    def total(self) -> int:
        """How many items there are, as far as is known; those that were looked at, if these are all."""
        drawn = self._drawn
        is_whole = drawn.count == drawn.parts and not drawn.cut
        return drawn.checked if is_whole else max(self._expected, drawn.checked + 1)

    def take(self) -> Segment | None:
        """The next part; None: it is enough."""
        self._end()
        drawn = self._drawn
        if drawn.checked >= self._sample and drawn.parts == 1 and drawn.cut and self._beginnings == 1:
            # It is no small table after all, and what was read is the beginning of it.
            self._begin(drawn.checked * _LEAP)
        elif drawn.checked >= self._sample or drawn.count in (drawn.parts, _MOST_DRAWN):
            self.done = True
            return None
        elif drawn.count >= _FIRST_LOOK and drawn.count.bit_count() == 1:
            self._reconsider()
        drawn = self._drawn
        number = (drawn.start + drawn.count * drawn.step) % drawn.parts
        self._last = Segment(number, most=self._most())
        return self._last

    def _end(self) -> None:
        """Count what was taken last, which was looked at as far as it is to be."""
        last, drawn, self._last = self._last, self._drawn, None
        if last is not None:
            drawn.count += 1
            drawn.checked += last.tally.scanned
            drawn.cut = drawn.cut or not last.done
            self._found = self._found.plus(last.found)

    def _most(self) -> int:
        drawn = self._drawn
        left = self._sample - drawn.checked
        if drawn.parts == 1:
            return left
        few = self._of_a_part * _WAY_OFF
        return min(left, few if drawn.count < _FIRST_LOOK else max(few, self._sample // _SHARE))

    def _reconsider(self) -> None:
        """Begin anew where the parts are much larger or smaller than they should be."""
        drawn = self._drawn
        mean = drawn.checked / drawn.count
        if not mean:
            seems = drawn.parts * self._of_a_part // _LEAP
        elif mean >= self._of_a_part * _WAY_OFF and drawn.cut:
            seems = drawn.parts * self._of_a_part * _LEAP
        else:
            seems = round(drawn.parts * mean)
        off = seems / (drawn.parts * self._of_a_part)
        if not 1 / _WAY_OFF < off < _WAY_OFF and self._beginnings < _MOST_BEGINNINGS:
            self._begin(seems)

    def _begin(self, expected: int | None = None) -> None:
        """Draw from the beginning, of a table of about that many items."""
        if expected is not None:
            self._expected = expected
        self._beginnings += 1
        few = self._expected <= self._sample
        parts = 1 if few else min(max(self._expected // self._of_a_part, 1), MOST_PARTS)
        # Each part comes once: the step has no divisor in common with their number.
        step = random.randrange(parts) | 1  # noqa: S311 - no secret
        while math.gcd(step, parts) > 1:
            step += 2
        self._drawn = _Drawn(parts=parts, start=random.randrange(parts), step=step)  # noqa: S311 - no secret
        self._reader.segments = parts
        self._found = NOTHING
