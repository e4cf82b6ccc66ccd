"""A rate that somebody asks for while a backfill runs."""

import logging
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dynamigrate import MemoryTarget
from dynamigrate.backfill.capacity.ordered import OrderedRate
from dynamigrate.backfill.capacity.rate_limiter import Budget
from dynamigrate.backfill.capacity.units import Ceiling
from dynamigrate.consumption import OwnConsumption
from dynamigrate.rate_order import RateOrder
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.monitor_scene import provisioned, said
from tests.unit.backfill.tables import Tables, orders
from tests.unit.backfill.transforms import add_status
from tests.unit.fakes import FakeClock


class Scene:
    """A backfill with its own ceilings, of which somebody may ask a rate."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.order: RateOrder | None = None
        self.reads, self.writes = (
            Budget(kind, Ceiling(units=100), table="orders", clock=clock, own_consumption=OwnConsumption())
            for kind in ("read", "write")
        )
        runtime = SimpleNamespace(rate_order=lambda: self.order, clock=clock)
        logger = logging.getLogger("dynamigrate.run")
        ctx = SimpleNamespace(runtime=runtime, migration=SimpleNamespace(id="1"), run_id="r", logger=logger)
        self.ordered = OrderedRate(cast("Any", ctx), (self.reads, self.writes))

    def ask(self, *, read: float | None = None, write: float | None = None, seconds: float = 60) -> None:
        self.order = RateOrder(read_units=read, write_units=write, until=self.clock.time() + seconds, by="Ann")
        self.ordered.poll()

    @property
    def ceilings(self) -> tuple[float, float]:
        return self.reads.ceiling.units, self.writes.ceiling.units


def test_an_order_holds_until_it_ends_by_itself(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """Then the backfill's own ceiling holds, as it is by then; both are in the log, with who asked."""
    caplog.set_level(logging.INFO, "dynamigrate.run")
    scene = Scene(clock)
    scene.ask(write=500)
    assert scene.ceilings == (100, 500)
    assert scene.writes.figures()["write_ceiling"] == 500
    scene.writes.ceiling = Ceiling(units=70)
    assert scene.ceilings == (100, 500)
    clock.sleep(60)
    scene.ordered.poll()
    assert scene.ceilings == (100, 70)
    begun, ended = said(caplog, "backfill.rate")
    assert (begun.write_units, begun.read_units, begun.asked_by) == (500, None, "Ann")
    assert "500 write units a second, until" in begun.getMessage()
    assert "has ended" in ended.getMessage()


def test_a_lower_order_slows_down_at_once(clock: FakeClock) -> None:
    """And one that is taken back lets it rise again."""
    scene = Scene(clock)
    scene.ask(read=2, write=3)
    assert (scene.reads.limiter.rate, scene.writes.limiter.rate) == (2, 3)
    scene.order = None
    scene.ordered.poll()
    assert scene.ceilings == (100, 100)


def test_a_later_order_replaces_the_one_before(clock: FakeClock) -> None:
    """All of it: what it does not name is the backfill's own again."""
    scene = Scene(clock)
    scene.ask(read=5)
    scene.ask(write=7)
    assert scene.ceilings == (100, 7)


def test_one_that_has_ended_already_changes_nothing(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """A run that is taken up much later finds it on its lock."""
    caplog.set_level(logging.INFO, "dynamigrate.run")
    scene = Scene(clock)
    scene.ask(write=5, seconds=-1)
    assert scene.ceilings == (100, 100)
    assert said(caplog, "backfill.rate") == []


def test_a_backfill_that_runs_takes_it_up(backfill: RunBackfill, target: MemoryTarget, clock: FakeClock) -> None:
    """In spite of what its author gave."""
    tables = Tables(orders=orders(1000))
    tables.described = provisioned(1000)
    figures: list[Any] = []
    asked: list[float] = []

    def before(operation: str, request: Any) -> None:
        if operation == "Scan" and tables.requests["Scan"] == 3 and not asked:
            asked.append(clock.monotonic())
            order = RateOrder(read_units=None, write_units=10, until=clock.time() + 1e6, by="Ann")
            assert target.request_rate(order)
            # The backfill looks a few times a second, by the machine's own clock.
            while lock_seen.wait(0.05) is False:
                pass

    lock_seen = threading.Event()
    poll = OrderedRate.poll

    def polled(self: OrderedRate) -> None:
        poll(self)
        if self._known is not None:
            lock_seen.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OrderedRate, "poll", polled)
        tables.before = before
        backfill(tables, add_status, segments=1, max_write_units=400, settings={"measure": figures.append})
    written = sum("status" in item for item in tables["orders"].values())
    assert written == 1000
    # Two pages of 250 were in hand or written when it was asked.
    assert clock.monotonic() - asked[0] >= 40
    assert figures[-1]["write_ceiling"] == 10
