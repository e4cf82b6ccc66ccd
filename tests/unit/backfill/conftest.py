"""What the tests of a backfill stand on."""

from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, Outcome
from tests.unit.backfill.tables import Tables
from tests.unit.fakes import FakeClock, migrate_in

RunBackfill = Callable[..., Outcome]


@pytest.fixture
def backfill(target: MemoryTarget, clock: FakeClock) -> RunBackfill:
    """Runs a backfill of the table orders as the ``do`` of migration 1."""

    def run(tables: Tables, transform: Any, *, settings: Any = None, undo: Any = None, **options: Any) -> Outcome:
        source = MemorySource()
        do = Backfill(**{"table": "orders", "transform": transform, **options})
        source.add(Migration("1", "add a status", do=do, undo=undo))
        return migrate_in(source, target, dynamodb=tables, clock=clock, **(settings or {}))

    return run
