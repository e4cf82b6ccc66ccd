"""A fault at any request of a run, and the way back with nothing but the normal commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamigrate_local_aws import LocalAws

from . import walk
from .faulty_transport import CONFLICT, DEATHS, FAULTS, LOST, NO_ROUTE, SERVER_ERROR, THROTTLED
from .nursery import Nursery
from .trial import Figures, Tables
from .walk import SCRIPTS, Script, World, sample

pytestmark = [pytest.mark.ministack, pytest.mark.slow, pytest.mark.usefixtures("quiet")]

scripts = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name.replace(" ", "-"))


@pytest.fixture(
    scope="module", params=["aws", "own", pytest.param("dynamodb_local_server", marks=pytest.mark.dynamodb_local)]
)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One whose client, the SDK's or the function's own, leaves all faults to the engine."""
    own = request.param == "own"
    endpoint = request.getfixturevalue("aws" if own else request.param).endpoint_url
    world = World(endpoint, tmp_path_factory.mktemp("walk"), own=own)
    yield world
    world.end()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(walk.__name__) as nursery:
        yield nursery


@scripts
def test_no_single_fault_leaves_a_lie_a_lock_or_a_riddle(world: World, script: Script, every: int) -> None:
    """A passing one fails no command; after any other, migrate and repair are enough."""
    figures = Figures()
    for at, fault in sample(world.requests(script), FAULTS, every=every, own=world.own):
        figures.add(world.play(script, fault, at))
    assert figures.struck == figures.trials
    assert figures.violations == []


@scripts
def test_no_outage_leaves_a_lie_or_a_riddle(world: World, script: Script, every: int) -> None:
    """From one request on every request of the command fails the same way; then it is over."""
    figures = Figures()
    for at, fault in sample(world.requests(script), FAULTS[::-1], every=2 * every, own=world.own):
        figures.add(world.play(script, fault, at, lasting=True))
    assert figures.struck >= figures.trials
    assert figures.violations == []


@scripts
def test_no_death_leaves_a_lie_or_a_lock_past_its_deadline(
    world: World, nursery: Nursery, script: Script, every: int
) -> None:
    """The process is killed (SIGKILL) at a request: before it is sent, or after the service has carried it out."""
    figures = Figures()
    for at, fault in sample(world.requests(script), DEATHS, every=3 * every, own=world.own):
        figures.add(world.kill(nursery, script, fault, at))
    assert figures.violations == []


@pytest.mark.parametrize("own", [False, True], ids=["the SDK's", "the function's own"])
def test_a_clients_retries_change_nothing(aws: LocalAws, tmp_path: Path, own: bool) -> None:
    """Whether the client or the engine sends a request again, a passing fault fails no command."""
    tables = Tables("usual", "usual-lock", "usual-application")
    world = World(aws.endpoint_url, tmp_path, attempts=3, own=own, tables=tables)
    figures = Figures()
    try:
        passing = (LOST, NO_ROUTE, SERVER_ERROR, THROTTLED, CONFLICT)
        for at, fault in sample(world.requests(SCRIPTS[0]), passing, every=4, own=own):
            figures.add(world.play(SCRIPTS[0], fault, at))
    finally:
        world.end()
    assert figures.struck == figures.trials
    assert figures.violations == []
