"""A meter that counts what a test says."""

from collections.abc import Callable, Sequence

from dynamigrate.consumption import MINUTE, CapacityKey, Counted, OwnConsumption
from tests.unit.fakes import FakeClock

WRITES, READS = CapacityKey("write"), CapacityKey("read")
BY_CUSTOMER = CapacityKey("write", "by-customer")


class FakeMeter:
    """
    Counts others' use, and with it what *own_use* has.

    Attributes:
        others: Units a second that others use of a capacity key in the minute that begins then.
        late: Seconds until a minute that is over is told.
        error: Raised instead of an answer.
        asked: The capacity keys of each question.
        at: What it says that the time is.
    """

    def __init__(self, clock: FakeClock, own_consumption: OwnConsumption | None = None) -> None:
        self.others: Callable[[CapacityKey, int], float] = lambda capacity_key, minute: 0.0
        self.late = 90.0
        self.error: Exception | None = None
        self.asked: list[tuple[CapacityKey, ...]] = []
        self.at: float | None = None
        self._clock = clock
        self._own_consumption = own_consumption or OwnConsumption()

    def consumed(self, table: str, capacity_keys: Sequence[CapacityKey], *, since: float, until: float) -> Counted:
        self.asked.append(tuple(capacity_keys))
        if self.error is not None:
            raise self.error
        told = min(until, self._clock.time() - self.late) - MINUTE
        units: dict[CapacityKey, dict[int, float]] = {}
        for capacity_key in capacity_keys:
            for minute in range(int(since // MINUTE) * MINUTE, int(told) + 1, MINUTE):
                used = (
                    self.others(capacity_key, minute) * MINUTE
                    + self._own_consumption.minute(table, capacity_key, minute).most
                )
                # As the service has it: nothing used, nothing told.
                if used:
                    units.setdefault(capacity_key, {})[minute] = used
        return Counted(units=units, at=self.at)
