"""How the workers of a fleet share one ceiling, each of which learns of the others only some seconds late."""

from __future__ import annotations

import math
import random
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Self

from ...clock import Clock, Ticker
from ...consumption import Kind
from .demand import Demand, Gauge, Need
from .rate_limiter import Budget
from .share import Share
from .table_limit import TableLimit

# Each worker reads what the others say every two seconds, and may miss that once; until everybody has surely read it, what
# is said anew does not count for more than what was said before.
SIGHT_SECONDS: Final = 5.0
# Who says nothing for so long has ended, for all others.
SILENT_SECONDS: Final = 15.0
# A worker takes itself for dead before its siblings do.
_MARGIN_SECONDS: Final = 1.0
# The part of an equal share that each worker may use in any case; it is what all of them may exceed the ceiling by.
_LEAST: Final = 0.05
# What one request writes at most, mostly.
_BATCH_UNITS: Final = 25.0
_REFRESH_SECONDS: Final = 1.0
_BEATS: Final = 10_000


class _Word(NamedTuple):
    """What a sibling said last, and since when it says that."""

    text: object
    demand: Demand
    since: float

    @classmethod
    def heard(cls, text: object, now: float, before: Self | None) -> Self:
        return before if before is not None and before.text == text else cls(text, Demand.read(text), now)


class FleetShares:
    """
    Gives *budgets* the share of one worker, by what all of them say of themselves.

    All that a worker knows of the others is some seconds old, and yet their shares never add up to more than the ceiling
    and a twentieth of it. What makes sure of it: a worker goes by the **lowest** demand of its own that a sibling may
    still go by, so that a lower one counts at once, and a higher one only once all others have surely read it. Each share
    is then at most what one table of all demands would give, and those add up to the ceiling. A worker that could not
    read for too long, or was not heard for so long that others take it for dead, falls back to the least. So does one that
    has only begun, until it was heard.

    One thread uses it.

    Args:
        budgets: Made with the same number of workers.
        workers: How many the fleet has, whether or not all of them are there.
        number: This worker's.
    """

    def __init__(self, budgets: Sequence[Budget], *, number: int, workers: int, clock: Clock) -> None:
        self._budgets = budgets
        self._number = str(number)
        self._workers = workers
        self._clock = clock
        if workers > 1:
            for budget in budgets:
                _begin_at_random(budget, workers)
        self._gauges = {budget.kind: Gauge(budget.limiter, clock) for budget in budgets}
        self._needs: dict[Kind, Need] = {budget.kind: Need() for budget in budgets}
        self._limits = {budget.kind: TableLimit(clock) for budget in budgets}
        # At random, so that a worker that comes in a dead one's place is not taken for it.
        self._beat = secrets.randbelow(_BEATS)
        self._said: deque[tuple[float, Demand]] = deque()
        self._about_to_say: Demand | None = None
        self._heard: dict[str, _Word] = {}
        self._others: dict[Kind, tuple[float, ...]] = {budget.kind: () for budget in budgets}
        self._read_at = self._sent_at = -math.inf
        self._ticker = Ticker(clock, _REFRESH_SECONDS)
        self._set()

    def see(self, workers: Mapping[str, object], *, asked: float) -> None:
        """
        Take what all workers say, by number, as it was just read.

        Args:
            asked: When the request for it was sent, by the monotonic clock.
        """
        now = self._clock.monotonic()
        before = self._heard
        self._heard = {
            str(number): _Word.heard(text, now, before.get(str(number)))
            for number, text in workers.items()
            if str(number) != self._number
        }
        siblings = {number: word.demand for number, word in self._heard.items() if now - word.since < SILENT_SECONDS}
        self._read_at = asked
        for budget in self._budgets:
            kind = budget.kind
            needs = {number: demand.of(kind) for number, demand in siblings.items()}
            self._others[kind] = tuple([need.could for need in needs.values()])
            self._limits[kind].learn({**needs, self._number: self._needs[kind]}, budget.ceiling.units)
        self._set()

    def demand(self) -> Demand:
        """What to say next. Call `said` once it is written; until it is, a lower demand counts already."""
        self._beat = (self._beat + 1) % _BEATS
        self._needs = {kind: gauge.need() for kind, gauge in self._gauges.items()}
        self._about_to_say = Demand(self._beat, self._needs["read"], self._needs["write"])
        self._set()
        return self._about_to_say

    def said(self, demand: Demand, *, sent: float) -> None:
        """
        Note that *demand* is written.

        Args:
            sent: When the request for it was sent, by the monotonic clock.
        """
        if sent - self._sent_at > SILENT_SECONDS - _MARGIN_SECONDS:
            # Others had given it up, and have to hear of it anew.
            self._said.clear()
        self._said.append((self._clock.monotonic(), demand))
        self._sent_at = sent
        self._set()

    def poll(self) -> None:
        """Call this often. Sends nothing."""
        for gauge in self._gauges.values():
            gauge.poll()
        if self._ticker.due:
            self._set()

    def _set(self) -> None:
        self._ticker.reset()
        if not self._is_heard():
            for gauge in self._gauges.values():
                gauge.forget()
        for budget in self._budgets:
            budget.share = self._share(budget.kind, budget.ceiling.units)

    def _share(self, kind: Kind, ceiling: float) -> Share:
        if self._workers == 1:
            return Share(math.inf)
        least = _LEAST / self._workers
        if not self._is_heard():
            return Share(0.0, (math.inf,), least)
        return Share(self._known(kind), self._others[kind], least, self._limits[kind].of(ceiling))

    def _is_heard(self) -> bool:
        """Whether all siblings surely know of this worker, and it knows of them."""
        now = self._clock.monotonic()
        return (
            bool(self._said)
            and self._said[0][0] <= now - SIGHT_SECONDS
            and self._sent_at >= now - SILENT_SECONDS + _MARGIN_SECONDS
            and self._read_at >= now - SIGHT_SECONDS
        )

    def _known(self, kind: Kind) -> float:
        """The lowest demand of this worker that a sibling may still go by."""
        said = self._said
        while len(said) > 1 and said[1][0] <= self._clock.monotonic() - SIGHT_SECONDS:
            said.popleft()
        demands = [demand for _, demand in said]
        if self._about_to_say is not None:
            demands.append(self._about_to_say)
        return min(demand.of(kind).could for demand in demands)


def _begin_at_random(budget: Budget, workers: int) -> None:
    """
    Have the first request wait for its turn.

    Of many workers each sends one request in some seconds, and all have begun at once: their requests would come
    together, then and ever after.
    """
    units = random.uniform(0, min(_BATCH_UNITS, budget.ceiling.units / workers))  # noqa: S311 - no secret
    budget.limiter.settle(budget.limiter.reserve(0), units, 0)
