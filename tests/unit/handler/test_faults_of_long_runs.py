"""A request that fails, or whose answer is lost, in a run that goes on in the state machine."""

from itertools import count, takewhile

import pytest

from tests.unit.handler.long_run_front import LongRunFront
from tests.unit.handler.long_run_walk import PARTS

# The one at every other request, the other at those between them; `make reliability` has each at each.
_EVERY = 2


@pytest.mark.usefixtures("silence")
@pytest.mark.parametrize("lost", [False, True], ids=["denied", "its answer lost"])
@pytest.mark.parametrize("part", PARTS)
def test_leaves_one_answer(long: LongRunFront, part: str, *, lost: bool) -> None:
    """Wherever it is, and nothing that nobody would take away."""
    places = count(int(lost), _EVERY)
    hit = list(takewhile(bool, (PARTS[part](long, at, lost=lost) for at in places)))
    assert len(hit) > 2, hit
