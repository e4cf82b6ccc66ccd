"""What a worker of a fleet says of itself: what it spends, and what it could."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from ...clock import Clock
from ...consumption import Kind
from .rate_limiter import RateLimiter, Usage

# The word for a demand that takes whatever it gets.
_ANY: Final = "+"
# More is no count.
_DIGITS: Final = 18
_SAMPLE_SECONDS: Final = 1.0
# What was used is looked at over so long, and over half of it: the higher one counts.
_SECONDS: Final = 10.0
# Held back for this part of the time, or with this part of what it may use in use, a worker could have used more.
_HELD_BACK: Final = 0.9
# So much more than it uses is left to a worker that is not held back, so that its use can grow.
_ROOM: Final = 1.25
# At a low rate a page that is read is as much as is used in half a minute; what was used before fades with each saying.
_FADING: Final = 0.9
# It is said every five seconds. So often not held back, a worker is taken to be so by its nature.
_CALM: Final = 4
_CALMEST: Final = 6


@dataclass(frozen=True)
class Need:
    """
    Attributes:
        used: Units a second, lately.
        could: Units a second that it could use; infinite: whatever it gets.
        halved: How often it met the table's own limit since it began.
    """

    used: float = 0.0
    could: float = math.inf
    halved: int = 0

    @property
    def text(self) -> str:
        could = _ANY if math.isinf(self.could) else f"{self.could:.4g}"
        return f"{self.used:.4g} {could} {self.halved}"

    @classmethod
    def read(cls, texts: Sequence[str]) -> Self:
        """What a `text` says, split; nothing is known of what can't be read."""
        used, could, halved = [*texts, "", "", ""][:3]
        units = _figure(used)
        return cls(0.0 if math.isinf(units) else units, _figure(could), _count(halved))


@dataclass(frozen=True)
class Demand:
    """
    What a worker says for its siblings to read.

    Attributes:
        beat: Another one each time, so that one that stands still is seen to.
    """

    beat: int = 0
    reads: Need = Need()
    writes: Need = Need()

    def of(self, kind: Kind) -> Need:
        return self.reads if kind == "read" else self.writes

    @property
    def text(self) -> str:
        """As `read` takes it; some twenty-five characters."""
        return " ".join([str(self.beat), self.reads.text, self.writes.text])

    @classmethod
    def read(cls, text: object) -> Self:
        """
        What a `text` says. One that can't be read, whole or in part, is that of a worker that could use whatever it
        gets; more than is known, as later versions may say it, is passed over.
        """
        beat, *figures = text.split(" ") if isinstance(text, str) else [""]
        return cls(_count(beat), Need.read(figures[:3]), Need.read(figures[3:6]))


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0


def _figure(text: str) -> float:
    try:
        figure = float(text)
    except ValueError:
        return math.inf
    return figure if figure >= 0 else math.inf


class Gauge:
    """Measures what a worker needs of a limiter. One thread uses it."""

    def __init__(self, limiter: RateLimiter, clock: Clock) -> None:
        self._limiter = limiter
        self._clock = clock
        self._samples: deque[tuple[float, Usage]] = deque()
        self._calm, self._peak = 0, 0.0
        self.poll()

    def poll(self) -> None:
        """Call this often."""
        now = self._clock.monotonic()
        samples = self._samples
        if samples and now - samples[-1][0] < _SAMPLE_SECONDS:
            return
        if samples and now - samples[-1][0] > _SECONDS / 2:
            # The process stood still.
            samples.clear()
        samples.append((now, self._limiter.usage()))
        while len(samples) > 2 and samples[1][0] <= now - _SECONDS:
            samples.popleft()

    def forget(self) -> None:
        """What was used until now tells nothing of what could have been."""
        self._samples.clear()
        self._calm, self._peak = 0, 0.0
        self.poll()

    def need(self) -> Need:
        """
        By what was used lately. Nobody knows what a worker could use that has only begun, or that is held back by the
        limiter, be it for its share or because the table throttled it. One that was not for a while may be held back by
        chance: it is taken to need twice as much, before it is taken to need whatever it gets.
        """
        self.poll()
        now, last = self._samples[-1]
        began, first = self._samples[0]
        at, middle = next(one for one in self._samples if one[0] >= now - _SECONDS / 2 or one[1] is last)
        if now - at < _SECONDS / 2 - _SAMPLE_SECONDS:
            return Need(halved=last.halved)
        seconds, passed = now - began, last.passed - first.passed
        used = max((last.units - first.units) / seconds, (last.units - middle.units) / (now - at))
        self._peak = max(used, self._peak * _FADING)
        queued = last.queued - first.queued >= seconds * _HELD_BACK
        used_up = last.units - first.units >= passed * _HELD_BACK
        if not queued and not used_up and last.halved == first.halved:
            self._calm = min(self._calm + 1, _CALMEST)
            return Need(used, self._peak * _ROOM if self._calm > 1 else math.inf, last.halved)
        was_calm = self._calm >= _CALM
        self._calm = max(self._calm - 2, 0)
        return Need(used, passed / seconds * 2 if was_calm else math.inf, last.halved)
