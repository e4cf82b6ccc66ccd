"""A fault at any request of a run that goes on in one process after the other."""

from collections.abc import Iterator

import pytest

from . import relay_walk
from .faulty_transport import DEATHS, FAULTS
from .nursery import Nursery
from .relay_walk import RelayWorld
from .trial import Figures
from .walk import sample

pytestmark = [pytest.mark.ministack, pytest.mark.slow, pytest.mark.usefixtures("quiet")]


@pytest.fixture(
    scope="module", params=["aws", "own", pytest.param("dynamodb_local_server", marks=pytest.mark.dynamodb_local)]
)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayWorld]:
    """One whose client, the SDK's or the function's own, leaves all faults to the engine."""
    own = request.param == "own"
    endpoint = request.getfixturevalue("aws" if own else request.param).endpoint_url
    world = RelayWorld(endpoint, tmp_path_factory.mktemp("relay"), own=own)
    yield world
    world.end()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(relay_walk.__name__) as nursery:
        yield nursery


def test_without_a_fault_it_is_one_run(world: RelayWorld) -> None:
    """In several processes, one of which stops at a checkpoint."""
    figures = world.relay()
    assert figures.violations == []


def test_no_single_fault_splits_doubles_or_loses_a_run(world: RelayWorld, every: int) -> None:
    """A passing one changes nothing; after any other, one process goes on or the lock is free."""
    figures = Figures()
    for at, fault in sample(world.relay().requests, FAULTS, every=every, own=world.own):
        figures.add(world.relay(fault, at))
    assert figures.struck == figures.trials
    assert figures.violations == []


def test_no_outage_splits_doubles_or_loses_a_run(world: RelayWorld, every: int) -> None:
    """From one request on every request of the process fails the same way."""
    figures = Figures()
    for at, fault in sample(world.relay().requests, FAULTS[::-1], every=2 * every, own=world.own):
        figures.add(world.relay(fault, at, lasting=True))
    assert figures.struck >= figures.trials
    assert figures.violations == []


def test_no_death_splits_doubles_or_loses_a_run(world: RelayWorld, nursery: Nursery, every: int) -> None:
    """The process is killed (SIGKILL) at a request: before it is sent, or after the service has carried it out."""
    figures = Figures()
    for at, fault in sample(world.relay().requests, DEATHS, every=2 * every, own=world.own):
        figures.add(world.kill_relay(nursery, fault, at))
    assert figures.violations == []
