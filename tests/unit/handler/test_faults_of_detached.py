"""A request that fails, or whose answer is lost, as a detached migration is started and goes on."""

from itertools import count, takewhile

import pytest

from tests.unit.handler.detached_front import DetachedFront
from tests.unit.handler.detached_walk import PARTS

# The one at every third request, the other at others; `make reliability` has each at each.
_EVERY = 3


@pytest.mark.slow
@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("lost", [False, True], ids=["denied", "its answer lost"])
@pytest.mark.parametrize("part", PARTS)
def test_neither_loses_it_nor_runs_it_twice(detached: DetachedFront, part: str, *, lost: bool) -> None:
    """Wherever it is, the next deploys get it done, each page in its turn."""
    places = count(int(lost), _EVERY)
    hit = list(takewhile(bool, (PARTS[part](detached, at, lost=lost) for at in places)))
    assert len(hit) > 1, hit
