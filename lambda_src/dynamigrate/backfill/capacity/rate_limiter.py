"""How many capacity units a second are spent, and how many may be."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final, NamedTuple

from ...clock import Clock
from ...consumption import Kind, OwnConsumption
from .share import Share
from .units import Ceiling, Spent

# Unspent time counts for no longer than this: a pause is not made up for with a burst.
_BURST_SECONDS: Final = 0.25
_WINDOW_SECONDS: Final = 1.0
# From the start to the ceiling in some ten seconds.
_STEPS: Final = 10
_SLOWEST: Final = 1.0
# Less is no wait, but what sums of fractions leave over; a clock may be too coarse to ever get past it.
_GRAIN: Final = 1e-6
# A table's own throttling reaches more than one segment in four; a hot key's does not.
_WIDESPREAD: Final = 0.25


@dataclass(slots=True)
class Reservation:
    """
    A request's place in the line.

    Attributes:
        units: What was set aside for it.
        begin: Its place, in units that go before it, as it looked when it was reserved.
        moved: By how many units all places had moved by then.
    """

    units: float
    begin: float
    moved: float


class Usage(NamedTuple):
    """
    What a limiter was used for since it was made.

    Attributes:
        units: What was consumed.
        passed: What could have been.
        queued: Seconds in which units were asked for sooner than they come.
        halved: How often the rate was halved because the service said that the table takes no more.
    """

    units: float
    passed: float
    queued: float
    halved: int


class RateLimiter:
    """
    Lets units through at a rate that rises a step a second while it is used up, and halves when throttled.

    The place of a reservation is kept in units, not in time, so that those who wait go with the rate as it rises and
    falls. Threads share the limiter. A throttled segment waits by itself; the rate of all halves only where the
    throttling is the table's: the service says so, or more than one segment in four meets it within a second.

    Args:
        ceiling: Units a second that are never exceeded; `limit` changes it.
        segments: How many spend at one time.
        workers: How many processes spend of one table, each with a limiter of its own. Beside others, it halves too
            where more than one segment in four meets the limit of a range of keys: then the table has too few partitions
            for all of them, and most of what they sent would be refused, and the application's requests with it.
    """

    def __init__(self, clock: Clock, *, ceiling: float, segments: int = 1, workers: int = 1) -> None:
        self._clock = clock
        self._alone = workers == 1
        # All together are never slower than that, however many they are.
        self._slowest = _SLOWEST / workers
        self._ceiling = max(ceiling, self._slowest)
        self._segments = segments
        self._rate = max(self._ceiling / _STEPS, self._slowest)
        self._guard = threading.Lock()
        self._at = clock.monotonic()
        # Units that could have been spent up to that moment, and those that are set aside or spent.
        self._passed = self._taken = 0.0
        self._window_end = self._at + _WINDOW_SECONDS
        self._average: float | None = None
        self._moved = 0.0
        self._waited = False
        # Segments that were throttled in this window, and those of which the service said that it was a range of keys.
        self._throttled: set[int] = set()
        self._hot: set[int] = set()
        self._deaf_until = self._at
        self._consumed = self._queued = 0.0
        self._halved = 0

    @property
    def rate(self) -> float:
        """Units a second, now."""
        return self._rate

    def limit(self, ceiling: float) -> None:
        """From now on *ceiling*: a lower one at once, a higher one as fast as the rate rises."""
        with self._guard:
            self._roll()
            self._ceiling = max(ceiling, self._slowest)
            self._rate = min(self._rate, self._ceiling)

    def reserve(self, pieces: int) -> Reservation:
        """Set aside what *pieces* will likely cost: send them once there is no `delay` any more, and then `settle`."""
        with self._guard:
            self._roll()
            units = pieces * (1.0 if self._average is None else self._average)
            begin = max(self._taken, self._passed - _BURST_SECONDS * self._rate)
            self._taken = begin + units
            self._waited = self._waited or begin > self._passed
            return Reservation(units, begin, self._moved)

    def delay(self, reservation: Reservation) -> float:
        """Seconds until *reservation* may be used: fewer, where those before it cost less than was thought."""
        with self._guard:
            self._roll()
            units = reservation.begin + self._moved - reservation.moved - self._passed
            if units < _GRAIN:
                return min(units, 0.0) / self._rate
            self._waited = True
            return units / self._rate

    def settle(self, reservation: Reservation, consumed: float | None, pieces: int) -> None:
        """Replace what was set aside by what the service *consumed* for *pieces*; None: it did not say."""
        with self._guard:
            if consumed is None:
                consumed = reservation.units
            self._consumed += consumed
            self._taken += consumed - reservation.units
            self._moved += consumed - reservation.units
            if pieces:
                cost = consumed / pieces
                self._average = cost if self._average is None else self._average + (cost - self._average) * 0.1

    def throttled(self, segment: int, *, table: bool | None = None) -> None:
        """Take note that *segment* was throttled; *table*: the service says that it was the whole table, or not."""
        with self._guard:
            now = self._roll()
            # Once in a window: what else comes back now was sent at the old rate.
            if (table is False and self._alone) or now < self._deaf_until:
                return
            (self._hot if table is False else self._throttled).add(segment)
            if table or len(self._throttled | self._hot) > self._segments * _WIDESPREAD:
                self._rate = max(self._rate / 2, self._slowest)
                self._halved += table is True
                self._deaf_until = now + _WINDOW_SECONDS
                self._throttled.clear()
                self._hot.clear()
                self._waited = False

    def usage(self) -> Usage:
        """What it was used for up to now."""
        with self._guard:
            self._roll()
            return Usage(self._consumed, self._passed, self._queued, self._halved)

    def _roll(self) -> float:
        """Up to this moment, which it returns."""
        now = self._clock.monotonic()
        self._queued += min(max(self._taken - self._passed, 0.0) / self._rate, now - self._at)
        self._passed += (now - self._at) * self._rate
        self._at = now
        if now >= self._window_end:
            if self._waited and not self._throttled and now >= self._deaf_until:
                self._rate = min(self._rate + self._ceiling / _STEPS, self._ceiling)
            self._waited = False
            self._throttled.clear()
            self._hot.clear()
            self._window_end = now + _WINDOW_SECONDS
        return now


class Budget:
    """
    What may be spent on reads, or on writes, and what is; threads share it.

    Attributes:
        limiter: Where a request gets its reservation.
        ceiling: What all processes at this backfill may spend together.
        ordered: A ceiling that holds in place of the budget's own; None: that holds.
        share: What part of it this process may spend.

    Args:
        workers: How many processes spend of one ceiling.
    """

    def __init__(
        self,
        kind: Kind,
        ceiling: Ceiling,
        *,
        table: str,
        clock: Clock,
        own_consumption: OwnConsumption,
        segments: int = 1,
        workers: int = 1,
    ) -> None:
        self.kind: Kind = kind
        self.limiter = RateLimiter(clock, ceiling=ceiling.units, segments=segments, workers=workers)
        self._share: Share | None = None
        self._ceiling = ceiling
        self._ordered: Ceiling | None = None
        self._guard = threading.Lock()
        self._table = table
        self._clock = clock
        self._own_consumption = own_consumption

    @property
    def ceiling(self) -> Ceiling:
        return self._ordered or self._ceiling

    @ceiling.setter
    def ceiling(self, ceiling: Ceiling) -> None:
        with self._guard:
            self._ceiling = ceiling
            self._limit()

    @property
    def ordered(self) -> Ceiling | None:
        return self._ordered

    @ordered.setter
    def ordered(self, ceiling: Ceiling | None) -> None:
        with self._guard:
            self._ordered = ceiling
            self._limit()

    @property
    def share(self) -> Share | None:
        return self._share

    @share.setter
    def share(self, share: Share | None) -> None:
        with self._guard:
            self._share = share
            self._limit()

    def _limit(self) -> None:
        units = self.ceiling.units
        self.limiter.limit(units if self._share is None else self._share.of(units))

    def settle(self, reservation: Reservation, spent: Spent | None, pieces: int, *, sent: float) -> None:
        """
        Replace what was set aside for *reservation* by what was *spent* for *pieces*; None: the service did not say.

        Args:
            sent: When the request was sent, by the wall clock; its answer is there now.
        """
        if spent is None:
            self.limiter.settle(reservation, None, pieces)
            return
        self.limiter.settle(reservation, self.ceiling.costs(spent), pieces)
        self._own_consumption.note(self._table, self.kind, spent.each, sent=sent, answered=self._clock.time())

    def figures(self) -> dict[str, float]:
        """Rate and ceiling, in units a second, and what others use, where that is known."""
        ceiling = self.ceiling
        figures = {f"{self.kind}_rate": self.limiter.rate, f"{self.kind}_ceiling": ceiling.units}
        if ceiling.others is not None:
            figures[f"others_{self.kind}"] = ceiling.others
        return {name: round(units, 1) for name, units in figures.items()}
