"""What somebody else may do while a fleet is at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .fleet_machine import FleetMachine
from .trial import LEASE

if TYPE_CHECKING:
    from .fleet_walk import FleetWorld

# More than there are.
_ALL: Final = 100


@dataclass(frozen=True)
class Disturbance:
    """
    What somebody else does at the moment of one request.

    Attributes:
        act: Given the world, and the machine that is at work.
        whole: The run comes to its end all the same, and nothing fails.
        doubles: Two calls have the number of one worker.
    """

    name: str
    act: Callable[[FleetWorld, FleetMachine], None]
    whole: bool = True
    doubles: bool = False

    def __str__(self) -> str:
        return self.name


def _frozen(world: FleetWorld, machine: FleetMachine) -> None:
    """The process that is at work is taken for dead, and others carry the run out before it goes on."""
    world.other(machine).work({"first": "slice"}.get(machine.at, "fleet" if machine.at.isdigit() else machine.at))


def _frozen_for_long(world: FleetWorld, machine: FleetMachine) -> None:
    """So long that it can tell by itself that its lease is over, before a request tells it who has the lock."""
    _frozen(world, machine)
    machine.clock.turn(LEASE)


def _taken_up(world: FleetWorld, machine: FleetMachine) -> None:
    """The run is taken up, although its fleet is still at work."""
    world.other(machine).work("slice" if machine.at == "first" else "after")


def _taken_up_by_the_dead(world: FleetWorld, machine: FleetMachine) -> None:
    if machine.at.isdigit():
        world.take_up_and_die(machine)


def _called_twice(world: FleetWorld, machine: FleetMachine) -> None:
    number = int(machine.at) if machine.at.isdigit() else 1
    world.other(machine).worker(number, items=_ALL)


def _joined(world: FleetWorld, machine: FleetMachine) -> None:
    """The other worker does all that is left, or, outside of a fleet, comes too early or too late."""
    number = 1 - int(machine.at) if machine.at.isdigit() else 0
    world.other(machine).worker(number, items=_ALL)


def _narrowed(world: FleetWorld, _machine: FleetMachine) -> None:
    world.target.request_width(1)


def _stopped(world: FleetWorld, _machine: FleetMachine) -> None:
    world.target.request_stop("somebody asked it to")


DISTURBANCES: Final = (
    Disturbance("frozen for long, and others have ended the run", _frozen_for_long, whole=False),
    Disturbance("frozen until others have ended the run", _frozen, whole=False),
    Disturbance("the run is taken up under a fleet at work", _taken_up, whole=False),
    Disturbance("the run is taken up, and who did it dies", _taken_up_by_the_dead),
    Disturbance("a worker is called a second time", _called_twice, doubles=True),
    Disturbance("another worker does the rest", _joined),
    Disturbance("fewer workers are wanted", _narrowed),
    Disturbance("the run is asked to stop", _stopped, whole=False),
    Disturbance("the application writes to all items", lambda world, _: world.write()),
)
