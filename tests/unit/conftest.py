"""What the tests of a run stand on."""

import pytest

from dynamigrate import MemoryTarget
from dynamigrate.records import Run
from tests.unit.fakes import FakeClock, RecordingMigrations, RunIt, migrate_in
from tests.unit.processes import IDS, Processes


@pytest.fixture
def clock() -> FakeClock:
    """The clock of everything in the test."""
    return FakeClock()


@pytest.fixture
def target(clock: FakeClock) -> MemoryTarget:
    """Empty, and usable."""
    return MemoryTarget(clock=clock)


@pytest.fixture
def notebook() -> RecordingMigrations:
    """Nothing was called yet."""
    return RecordingMigrations()


@pytest.fixture
def run(target: MemoryTarget, clock: FakeClock) -> RunIt:
    """`migrate` into the target at hand."""
    standard = {"clock": clock, "run": Run(id="run-1", actor="deploy of shop", deploy_id="d-1", app_version="1.2.3")}
    return lambda source, **settings: migrate_in(source, target, **{**standard, **settings})


@pytest.fixture
def processes(target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations) -> Processes:
    """Of five migrations that take three seconds each: two fit into a process."""
    source = notebook.source(*(notebook.migration(one, do=lambda ctx: clock.turn(3)) for one in IDS))
    return Processes(target, clock, source)
