"""Which changes go together into one request."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.backfill.batch import next_batch


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 8))
def test_no_two_of_one_key_are_in_a_batch_and_none_is_lost_or_overtaken(keys: list[int], most: int) -> None:
    """The later of two on one item is what it has in the end."""
    queue = deque(enumerate(keys))
    sent: list[tuple[int, int]] = []
    while queue:
        batch = next_batch(queue, most, lambda one: one[1])
        assert 0 < len(batch) <= most
        assert len({key for _, key in batch}) == len(batch)
        sent += batch
    assert sorted(sent) == list(enumerate(keys))
    for key in set(keys):
        numbers = [number for number, one in sent if one == key]
        assert numbers == sorted(numbers)


def test_where_all_are_different_they_are_only_counted_off() -> None:
    """In their order."""
    queue = deque("abcde")
    assert [next_batch(queue, 2, None) for _ in range(3)] == [["a", "b"], ["c", "d"], ["e"]]
