"""Which changes go together into one request."""

from collections import deque
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.backfill.writing.lane import next_batch

# Characters of JSON.
LONGEST = 12_000_000


@dataclass(frozen=True, order=True)
class One:
    number: int
    key: int
    text: str = "{}"


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 8))
def test_no_two_of_one_key_are_in_a_batch_and_none_is_lost_or_overtaken(keys: list[int], most: int) -> None:
    """The later of two on one item is what it has in the end."""
    queue = deque(One(number, key) for number, key in enumerate(keys))
    sent: list[One] = []
    while queue:
        batch = next_batch(queue, most, lambda one: one.key, LONGEST)
        assert 0 < len(batch) <= most
        assert len({one.key for one in batch}) == len(batch)
        sent += batch
    assert sorted(sent) == [One(number, key) for number, key in enumerate(keys)]
    for key in set(keys):
        numbers = [one.number for one in sent if one.key == key]
        assert numbers == sorted(numbers)


def test_where_all_are_different_they_are_only_counted_off() -> None:
    """In their order."""
    queue = deque(One(number, 0) for number in range(5))
    batches = [next_batch(queue, 2, None, LONGEST) for _ in range(3)]
    assert [[one.number for one in batch] for batch in batches] == [[0, 1], [2, 3], [4]]


def test_a_request_is_no_longer_than_it_may_be() -> None:
    """Twenty-five large items are more than one request; one that is too large alone goes alone, to be refused."""
    queue = deque([One(1, 1, "x" * 7_000_000), One(2, 2, "x" * 7_000_000), One(3, 3), One(4, 4, "x" * 17_000_000)])
    batches = [next_batch(queue, 25, lambda one: one.key, LONGEST) for _ in range(3)]
    assert [[one.number for one in batch] for batch in batches] == [[1], [2, 3], [4]]
