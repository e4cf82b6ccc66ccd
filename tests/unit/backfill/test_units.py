"""What a request consumed of which table and index, and how it is held to each one's ceiling."""

from typing import Any

import pytest

from dynamigrate.backfill.capacity.units import Ceiling, Spent, spent

INDEXED = {
    "TableName": "orders",
    "CapacityUnits": 7.0,
    "Table": {"CapacityUnits": 2.0},
    "LocalSecondaryIndexes": {"by-day": {"CapacityUnits": 1.0}},
    "GlobalSecondaryIndexes": {"by-customer": {"CapacityUnits": 3.0}, "by-state": {"CapacityUnits": 1.0}},
}


@pytest.mark.parametrize("consumed", [None, [], {}])
def test_nothing_is_said(consumed: Any) -> None:
    """Then nobody may take it for nothing."""
    assert spent({"ConsumedCapacity": consumed}, "orders") is None
    assert spent({}, "orders") is None


def test_global_indexes_are_told_apart_from_the_table() -> None:
    """A local index takes the table's own capacity."""
    assert spent({"ConsumedCapacity": INDEXED}, "orders") == Spent(
        7.0, {"": 3.0, "by-customer": 3.0, "by-state": 1.0}, 0.0
    )


def test_a_batchs_entries_are_added_up_and_those_of_other_tables_kept_apart() -> None:
    """One entry a statement, or one a table."""
    archive = {"TableName": "archive", "CapacityUnits": 4.0}
    found = spent({"ConsumedCapacity": [INDEXED, INDEXED, archive]}, "orders")
    assert found == Spent(18.0, {"": 6.0, "by-customer": 6.0, "by-state": 2.0}, 4.0)


def test_the_ceiling_is_half_of_the_capacity() -> None:
    """While nobody knows what others use."""
    ceiling = Ceiling.shared({"": 1000.0}, {})
    assert (ceiling.units, ceiling.index, ceiling.others) == (500.0, "", None)


def test_what_others_use_is_taken_off() -> None:
    """And said."""
    ceiling = Ceiling.shared({"": 1000.0}, {"": 300.0})
    assert (ceiling.units, ceiling.others) == (200.0, 300.0)


@pytest.mark.parametrize("others", [500.0, 499.5, 4000.0])
def test_one_unit_a_second_is_always_left(others: float) -> None:
    """So that it ends."""
    assert Ceiling.shared({"": 1000.0}, {"": others}).units == 1.0


def test_the_lowest_of_table_and_indexes_counts() -> None:
    """An index with less capacity, or one that others use more."""
    capacity = {"": 1000.0, "by-customer": 400.0, "by-state": 1000.0}
    small = Ceiling.shared(capacity, {"": 100.0, "by-state": 100.0})
    assert (small.index, small.units, small.others) == ("by-customer", 200.0, None)
    busy = Ceiling.shared(capacity, {"": 100.0, "by-customer": 0.0, "by-state": 450.0})
    assert (busy.index, busy.units, busy.others) == ("by-state", 50.0, 450.0)


def test_what_is_spent_of_each_is_held_to_its_own_ceiling() -> None:
    """A small index that one write in twenty touches leaves the table its own pace, and the index is not overrun."""
    ceiling = Ceiling.shared({"": 1000.0, "by-state": 100.0}, {})
    assert ceiling.units == 50.0
    batch = Spent(26.25, {"": 25.0, "by-state": 1.25}, 0.0)
    batches = ceiling.units / ceiling.costs(batch)
    assert batches * batch.each[""] == pytest.approx(500.0)
    assert batches * batch.each["by-state"] == pytest.approx(25.0)
    every = Spent(50.0, {"": 25.0, "by-state": 25.0}, 0.0)
    assert ceiling.units / ceiling.costs(every) * every.each["by-state"] == pytest.approx(50.0)


def test_an_index_of_which_nothing_was_known_counts_in_full() -> None:
    """It may have been made meanwhile."""
    ceiling = Ceiling.shared({"": 1000.0}, {})
    assert ceiling.costs(Spent(30.0, {"": 10.0, "new": 20.0}, 0.0)) == 20.0


def test_other_tables_count_as_if_they_were_this_one() -> None:
    """Nothing is known of their capacity."""
    assert Ceiling.shared({"": 1000.0}, {}).costs(Spent(30.0, {"": 10.0}, 20.0)) == 30.0


def test_a_maximum_of_the_authors_is_for_all_that_is_spent() -> None:
    """As it says: units a second that are never exceeded."""
    assert Ceiling(units=80.0).costs(Spent(30.0, {"": 10.0, "by-state": 20.0}, 0.0)) == 30.0
