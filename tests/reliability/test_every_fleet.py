"""A fault, a death or somebody else at any request of a run that goes on in a fleet."""

from collections.abc import Iterator

import pytest

from . import fleet_walk
from .faulty_transport import DEATHS, FAULTS
from .fleet_disturbances import DISTURBANCES
from .fleet_walk import FleetWorld
from .nursery import Nursery
from .trial import Figures
from .walk import sample

pytestmark = [pytest.mark.ministack, pytest.mark.slow, pytest.mark.usefixtures("quiet")]


@pytest.fixture(
    scope="module", params=["aws", "own", pytest.param("dynamodb_local_server", marks=pytest.mark.dynamodb_local)]
)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetWorld]:
    """One whose client, the SDK's or the function's own, leaves all faults to the engine."""
    own = request.param == "own"
    endpoint = request.getfixturevalue("aws" if own else request.param).endpoint_url
    world = FleetWorld(endpoint, tmp_path_factory.mktemp("fleet"), own=own)
    yield world
    world.end()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(fleet_walk.__name__) as nursery:
        yield nursery


def test_without_a_fault_it_is_one_run(world: FleetWorld) -> None:
    """Two workers take turns, each call has time for one segment, and one process closes the migration."""
    assert world.play().violations == []


def test_no_single_fault_loses_or_doubles_anything(world: FleetWorld, every: int) -> None:
    """A passing one changes nothing; after any other, somebody goes on, or the next deploy does."""
    figures = Figures()
    for at, fault in sample(world.play().requests, FAULTS, every=every, own=world.own):
        figures.add(world.play(fault, at))
    assert figures.struck == figures.trials
    assert figures.violations == []


def test_no_outage_loses_or_doubles_anything(world: FleetWorld, every: int) -> None:
    """From one request on every request of the process fails the same way."""
    figures = Figures()
    for at, fault in sample(world.play().requests, FAULTS[::-1], every=2 * every, own=world.own):
        figures.add(world.play(fault, at, lasting=True))
    assert figures.struck >= figures.trials
    assert figures.violations == []


def test_no_death_loses_or_doubles_anything(world: FleetWorld, nursery: Nursery, every: int) -> None:
    """The coordinator, or a worker, is killed (SIGKILL) at a request: before it is sent, or after it was carried out."""
    figures = Figures()
    for at, fault in sample(world.play().requests, DEATHS, every=2 * every, own=world.own):
        figures.add(world.kill(nursery, fault, at))
    assert figures.violations == []


def test_nobody_who_comes_in_between_loses_or_doubles_anything(world: FleetWorld, every: int) -> None:
    """Who wakes late, is called twice, too early or too late; who asks for fewer workers, or for an end; who writes."""
    figures = Figures()
    requests = world.play().requests
    for turn, disturbance in enumerate(DISTURBANCES):
        for at in range(2 * turn, requests, 5 * every):
            figures.add(world.disturb(disturbance, at))
    assert figures.violations == []
