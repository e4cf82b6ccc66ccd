"""A meter that counts what a test says."""

from collections.abc import Callable, Sequence

from dynamigrate.consumption import MINUTE, Counted, Gauge
from dynamigrate.own_consumption import OwnUse
from tests.unit.fakes import FakeClock

WRITES, READS = Gauge("write"), Gauge("read")
BY_CUSTOMER = Gauge("write", "by-customer")


class FakeMeter:
    """
    Counts others' use, and with it what *own_use* has.

    Attributes:
        others: Units a second that others use of a gauge in the minute that begins then.
        late: Seconds until a minute that is over is told.
        error: Raised instead of an answer.
        asked: The gauges of each question.
        at: What it says that the time is.
    """

    def __init__(self, clock: FakeClock, own_use: OwnUse | None = None) -> None:
        self.others: Callable[[Gauge, int], float] = lambda gauge, minute: 0.0
        self.late = 90.0
        self.error: Exception | None = None
        self.asked: list[tuple[Gauge, ...]] = []
        self.at: float | None = None
        self._clock = clock
        self._own_use = own_use or OwnUse()

    def consumed(self, table: str, gauges: Sequence[Gauge], *, since: float, until: float) -> Counted:
        self.asked.append(tuple(gauges))
        if self.error is not None:
            raise self.error
        told = min(until, self._clock.time() - self.late) - MINUTE
        units: dict[Gauge, dict[int, float]] = {}
        for gauge in gauges:
            for minute in range(int(since // MINUTE) * MINUTE, int(told) + 1, MINUTE):
                used = self.others(gauge, minute) * MINUTE + self._own_use.minute(table, gauge, minute).most
                # As the service has it: nothing used, nothing told.
                if used:
                    units.setdefault(gauge, {})[minute] = used
        return Counted(units=units, at=self.at)
