"""What request units cost, and where that is known from."""

import pytest

from dynamigrate import InvalidSetting, MemorySource, MemoryTarget, Migration, migrate
from dynamigrate.backfill.cost.estimate import money
from dynamigrate.backfill.table import Table
from dynamigrate.unit_prices import Prices


def table(region: str = "us-east-1", *, on_demand: bool = True, infrequent: bool = False) -> Table:
    return Table(
        name="orders", keys=("id",), visible=None, items=0, bytes=0, read_units={}, write_units={}, consistent=True,
        region=region, on_demand=on_demand, infrequent=infrequent,
    )  # fmt: skip


def test_a_million_units_cost_what_the_list_says() -> None:
    """In this Region; a write costs as much in each other one that has the table."""
    prices = Prices.of(table())
    assert prices.dollars(reads=1e6, writes=0, copies=1) == 0.125
    assert prices.dollars(reads=0, writes=1e6, copies=1) == 0.625
    assert prices.dollars(reads=1e6, writes=1e6, copies=3) == pytest.approx(0.125 + 3 * 0.625)
    assert Prices.of(table("eu-west-1")).write == 0.705
    assert Prices.of(table("eu-west-1", infrequent=True)).write == 0.885


def test_it_is_said_whose_prices_they_are() -> None:
    """And where those of another Region stand in."""
    assert Prices.of(table()).source == "prices of us-east-1 of August 2026"
    assert Prices.of(table(infrequent=True)).source == "prices of us-east-1 for Standard-IA of August 2026"
    assert Prices.of(table("sa-east-1")).source == (
        "prices of us-east-1 of August 2026, as those of sa-east-1 are not known here"
    )
    assert "as those of its Region are not known here" in Prices.of(table("")).source


def test_given_prices_come_first() -> None:
    """A team may pay others than the list's."""
    prices = Prices.of(table("eu-west-1"), {"read": 1, "write": 2})
    assert (prices.read, prices.write, prices.source) == (1, 2, "prices as given")


def test_provisioned_capacity_is_paid_for_already() -> None:
    """Whatever was given as a price of requests."""
    for given in (None, {"read": 1.0, "write": 2.0}):
        assert Prices.of(table(on_demand=False), given).dollars(reads=1e9, writes=1e9, copies=3) == 0


def test_prices_that_are_none_are_refused_before_anything_runs() -> None:
    """With what they would look like."""
    source, target = MemorySource(), MemoryTarget()
    source.add(Migration("1", "x", do=lambda ctx: None))
    with pytest.raises(InvalidSetting, match=r"prices=\{'read': 1\} does not say what it is for 'write'"):
        migrate(source, target, prices={"read": 1})
    assert target.records() == ()


@pytest.mark.parametrize(
    ("dollars", "told"),
    [(0, "$0.00"), (0.00001, "less than $0.001"), (0.00123, "$0.0012"), (0.5, "$0.50"), (1234.5, "$1,234.50")],
)
def test_a_sum_has_the_digits_that_it_needs(dollars: float, told: str) -> None:
    """A cent is much for a backfill of a thousand items."""
    assert money(dollars) == told
