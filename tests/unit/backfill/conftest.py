"""What the tests of a backfill stand on."""

from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, Outcome
from dynamigrate.backfill.control import RunControl
from dynamigrate.backfill.errors import NoSample
from dynamigrate.clock import Clock
from dynamigrate.context import Environment
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from dynamigrate.verifiable import VerifyOrder
from dynamigrate.verification import Verification
from dynamigrate.verifying import verify
from tests.unit.backfill.tables import Tables
from tests.unit.fakes import FakeClock, migrate_in

RunBackfill = Callable[..., Outcome]
# Nobody waits long for the rate limiter.
NO_LIMITS: dict[str, Any] = {"max_read_units": 1e6, "max_write_units": 1e6}


@pytest.fixture
def backfill(target: MemoryTarget, clock: FakeClock) -> RunBackfill:
    """Runs a backfill of the table orders as the ``do`` of migration 1."""

    def run(tables: Tables, transform: Any, *, settings: Any = None, undo: Any = None, **options: Any) -> Outcome:
        source = MemorySource()
        do = Backfill(**{"table": "orders", "transform": transform, **options})
        source.add(Migration("1", "add a status", do=do, undo=undo))
        return migrate_in(source, target, dynamodb=tables, clock=clock, **(settings or {}))

    return run


@pytest.fixture
def controls(monkeypatch: pytest.MonkeyPatch) -> list[RunControl]:
    """What the workers of each run pass through."""
    made: list[RunControl] = []

    def make(clock: Clock) -> RunControl:
        made.append(RunControl(clock))
        return made[-1]

    monkeypatch.setattr("dynamigrate.backfill.job.RunControl", make)
    monkeypatch.setattr("dynamigrate.backfill.verify.look.RunControl", make)
    return made


@pytest.fixture
def look(target: MemoryTarget, clock: FakeClock) -> Callable[..., Verification]:
    """Looks over the table orders, whose backfill is applied as migration 1, beside all runs or with a *lock*."""

    def look(
        tables: Tables,
        transform: Any,
        *,
        sample: int | None = None,
        settle: bool = False,
        lock: Any = None,
        run_id: str = "run-1",
        checksum: str | None = None,
        remaining: Callable[[], float] = lambda: 900.0,
        **options: Any,
    ) -> Verification:
        do = Backfill("orders", transform, **{**NO_LIMITS, **options})
        migration = Migration("1", "add a status", do=do, checksum=checksum)
        if not target.records():
            target.add("1")
            target.finish_migration("1")
        runtime = Runtime(clock=clock, remaining=remaining, reserve=20)
        environment = Environment(connect=lambda: tables, runtime=runtime)
        return verify(
            migration,
            target.records()[0],
            target,
            environment,
            run=Run(id=run_id, app_version="1.2"),
            order=VerifyOrder(sample=sample, settle=settle),
            lock=lock,
        )

    return look


@pytest.fixture
def unestimated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read to see what a backfill costs, so that a test can count what it reads itself."""

    def none(*_: object) -> None:
        raise NoSample("nobody looks here")

    monkeypatch.setattr("dynamigrate.backfill.cost.estimate.take", none)
