"""A table, what is used of it, and a monitor that looks."""

import logging
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate import MemoryTarget
from dynamigrate.backfill.capacity.monitor import CapacityMonitor
from dynamigrate.backfill.capacity.rate_limiter import Budget
from dynamigrate.backfill.capacity.units import Ceiling, Spent
from dynamigrate.backfill.table import describe
from dynamigrate.consumption import Kind, Meter, OwnConsumption
from dynamigrate.transport.boto import BotoTransport
from tests.unit.backfill.meters import FakeMeter
from tests.unit.backfill.tables import Tables
from tests.unit.fakes import PATIENCE, FakeClock


def provisioned(units: float, **more: Any) -> dict[str, Any]:
    """As DescribeTable has it: so many reads and writes a second."""
    return {"ProvisionedThroughput": {"ReadCapacityUnits": units, "WriteCapacityUnits": units}, **more}


def index(name: str, units: float) -> dict[str, Any]:
    return provisioned(units, IndexName=name)


class Scene:
    """A table with 1,000 units a second, what is spent on it, and somebody who looks."""

    def __init__(self, clock: FakeClock, *, kinds: tuple[Kind, ...] = ("write",), metered: bool = True) -> None:
        self.clock = clock
        self.tables = Tables(orders={})
        self.tables.described = provisioned(1000)
        self.own_consumption = OwnConsumption()
        self.meter = FakeMeter(clock, self.own_consumption)
        self._kinds = kinds
        self._metered = metered
        self.target = MemoryTarget()

    def open(self, meter: Meter | None = None) -> CapacityMonitor:
        ctx: Any = SimpleNamespace(
            runtime=SimpleNamespace(
                meter=(meter or self.meter) if self._metered else None,
                own_consumption=self.own_consumption,
                runs=self.target.runs,
                clock=self.clock,
            ),
            logger=logging.getLogger("dynamigrate.run"),
            run_id="run",
            migration=SimpleNamespace(id="1"),
        )
        transport = BotoTransport(self.tables)
        table = describe(transport, "orders")
        self.budgets = {
            kind: Budget(
                kind,
                Ceiling.shared(table.units(kind), {}),
                table="orders",
                clock=self.clock,
                own_consumption=self.own_consumption,
                segments=8,
            )
            for kind in self._kinds
        }
        return CapacityMonitor(ctx, transport, list(self.budgets.values()), table=table)

    @property
    def writes(self) -> Budget:
        return self.budgets["write"]

    def spend(self, seconds: int, rate: float) -> None:
        """So many units a second, of our own."""
        for _ in range(seconds):
            now = self.clock.time()
            reservation = self.writes.limiter.reserve(0)
            self.writes.settle(reservation, Spent(rate, {"": rate}, 0.0), 0, sent=now)
            self.clock.turn(1)


def said(caplog: pytest.LogCaptureFixture, event: str) -> list[Any]:
    return [record for record in caplog.records if getattr(record, "event", None) == event]


def until(there: Callable[[], bool]) -> None:
    """Waits for another thread."""
    give_up = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < give_up, "it never came"
        threading.Event().wait(0.002)
