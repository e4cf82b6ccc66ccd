"""A fault at every request of a run, and the way back with nothing but the normal commands."""

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from local_aws import LocalAws

from . import walk
from .nursery import Nursery
from .trial import Figures, Tables
from .walk import SCRIPTS, Script, World
from .wire import CONFLICT, DEATHS, FAULTS, LOST, NO_ROUTE, SERVER_ERROR, THROTTLED, Fault

pytestmark = [pytest.mark.ministack, pytest.mark.slow]

scripts = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name.replace(" ", "-"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Hundreds of runs that fail on purpose have much to log."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def world(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One whose client leaves all faults to the engine."""
    world = World(aws.endpoint_url, tmp_path_factory.mktemp("walk"))
    yield world
    world.end()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(walk.__name__) as nursery:
        yield nursery


def _diagonals(world: World, script: Script, faults: tuple[Fault, ...], number: int) -> Iterator[tuple[int, Fault]]:
    """
    Each request with *number* of the faults, and each fault at some requests: `make reliability` has all with all.
    """
    for at in range(world.requests(script)):
        for shift in range(number):
            yield at, faults[(at * (number + 1) + shift) % len(faults)]


@scripts
def test_no_single_fault_leaves_a_lie_a_lock_or_a_riddle(world: World, script: Script) -> None:
    """A passing one fails no command; after any other, migrate and repair are enough."""
    figures = Figures()
    for at, fault in _diagonals(world, script, FAULTS, 2):
        figures.add(world.play(script, fault, at))
    assert figures.struck == figures.trials
    assert figures.violations == []


@scripts
def test_no_outage_leaves_a_lie_or_a_riddle(world: World, script: Script) -> None:
    """From one request on every request of the command fails the same way; then it is over."""
    figures = Figures()
    for at, fault in _diagonals(world, script, FAULTS, 1):
        figures.add(world.play(script, fault, at, lasting=True))
    assert figures.struck >= figures.trials
    assert figures.violations == []


@scripts
def test_no_death_leaves_a_lie_or_a_lock_past_its_deadline(world: World, nursery: Nursery, script: Script) -> None:
    """The process is killed (SIGKILL) at a request: before it is sent, or after the service has carried it out."""
    figures = Figures()
    for at, fault in islice(_diagonals(world, script, DEATHS, 1), None, None, 2):
        figures.add(world.kill(nursery, script, fault, at))
    assert figures.violations == []


def test_the_sdks_own_retries_change_nothing(aws: LocalAws, tmp_path: Path) -> None:
    """Whether the SDK or the engine sends a request again, a passing fault fails no command."""
    tables = Tables("usual", "usual-lock", "usual-application")
    world = World(aws.endpoint_url, tmp_path, attempts=3, tables=tables)
    figures = Figures()
    try:
        for at, fault in _diagonals(world, SCRIPTS[0], (LOST, NO_ROUTE, SERVER_ERROR, THROTTLED, CONFLICT), 1):
            figures.add(world.play(SCRIPTS[0], fault, at))
    finally:
        world.end()
    assert figures.struck == figures.trials
    assert figures.violations == []
