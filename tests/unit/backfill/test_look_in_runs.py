"""A look that takes longer than a run may: it is gone on with, for as long as the application is the one it was begun under."""

from typing import Any

import pytest

from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, Outcome, RunUnfinished
from dynamigrate.backfill.control import RunControl
from dynamigrate.clock import timestamp
from dynamigrate.records import Application, Run
from tests.unit.backfill.tables import Tables, after, orders
from tests.unit.backfill.transforms import add_status
from tests.unit.fakes import FakeClock, migrate_in


class Deployed:
    """A backfill that is applied and found clean by a sample, and the runs after the application's deploy."""

    def __init__(self, target: MemoryTarget, clock: FakeClock) -> None:
        self.tables = Tables(orders=orders(10_000, status={"S": "NEW"}))
        self.left = 900.0
        self._target, self._clock = target, clock
        self._runs = 0
        target.add("1")
        target.finish_migration("1")
        self.deploy()

    def deploy(self) -> None:
        now = timestamp(self._clock.time())
        self._target.note_application(Application(deploy_id=f"d-{now}", app_version="7", at=now))

    def run(self) -> Outcome:
        self._runs += 1
        source = MemorySource()
        do = Backfill(
            "orders", add_status, verify="full", segments=2, threads=1, max_read_units=1e6, max_write_units=1e6
        )
        source.add(Migration("1", "add a status", do=do))
        source.add(Migration("2", "drop", do=lambda ctx: None, phase="after", requires=("1",)))
        given: dict[str, Any] = {
            "phase": "after",
            "awaits_application": True,
            "run": Run(id=f"run-{self._runs}"),
            "remaining": lambda: self.left,
            "reserve": 20,
        }
        return migrate_in(source, self._target, dynamodb=self.tables, clock=self._clock, **given)


@pytest.fixture
def deployed(target: MemoryTarget, clock: FakeClock, controls: list[RunControl]) -> Deployed:
    """With a run that had time for half of the table."""
    made = Deployed(target, clock)
    after(made.tables, "Scan", 21, lambda: setattr(made, "left", 5.0), lambda: controls[-1].stopping)
    with pytest.raises(RunUnfinished, match="it goes on from there"):
        made.run()
    made.tables.before = lambda operation, request: None
    made.left = 900.0
    clock.turn(3_600)
    return made


def test_the_next_run_goes_on_with_it(deployed: Deployed) -> None:
    """As the one that stopped had said."""
    seen = set(deployed.tables.scanned)
    deployed.tables.scanned.clear()
    assert deployed.run().applied == ("2",)
    assert seen
    assert not seen & set(deployed.tables.scanned)


def test_after_another_deploy_it_begins_anew(deployed: Deployed) -> None:
    """What was there when other code wrote says nothing."""
    deployed.deploy()
    deployed.tables.scanned.clear()
    deployed.run()
    assert len(set(deployed.tables.scanned)) == 10_000
