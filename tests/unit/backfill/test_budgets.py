"""What one of several processes may spend, and how much of it at once."""

from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate.backfill.capacity.budgets import Budgets
from dynamigrate.backfill.options import Options
from dynamigrate.backfill.table import Table
from dynamigrate.consumption import OwnConsumption
from tests.unit.fakes import FakeClock


def _budgets(units: float, *, workers: int, batch: int = 25) -> Budgets:
    table = Table(
        name="orders",
        keys=("id",),
        visible=None,
        items=1,
        bytes=1,
        read_units={"": 8000.0},
        write_units={"": 8000.0},
        consistent=True,
    )
    ctx: Any = SimpleNamespace(runtime=SimpleNamespace(clock=FakeClock(), own_consumption=OwnConsumption()))
    options = Options(table="orders", transform=lambda item, ctx: None, max_write_units=units, batch=batch)
    return Budgets.of(options, table, ctx, segments=64, workers=workers)


@pytest.mark.parametrize(("units", "workers", "batch"), [(4000, 8, 25), (500, 128, 3), (100, 256, 1), (500, 20, 25)])
def test_a_worker_sends_no_more_at_once_than_it_may_write_in_a_second(units: float, workers: int, batch: int) -> None:
    """Else many of them, each of which sends seldom, exceed the rate by chance."""
    assert _budgets(units, workers=workers).batch == batch
    assert _budgets(units, workers=workers, batch=2).batch == min(batch, 2)


def test_one_process_alone_fills_its_batches_at_any_rate() -> None:
    """As it always did."""
    assert _budgets(2, workers=1).batch == 25


def test_threads_are_no_more_than_a_workers_part_of_the_rate_can_use() -> None:
    """Each needs a batch a second."""
    assert [_budgets(4000, workers=workers).threads for workers in (1, 8, 32, 256)] == [32, 20, 5, 1]
