"""What the tests of dry runs share."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _small_heap() -> Iterator[None]:
    """
    A dry run looks through all objects of its process for what it left behind. Those of a function are soon looked through;
    those that thousands of tests have imported took half a second each time.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def own_heap() -> Iterator[None]:
    """None of them is left out, as in a function."""
    gc.unfreeze()
    yield
    gc.freeze()
