"""
The reliability figures.

    python -m tests.reliability          every fault at every request, deaths, chaos, the model test
    python -m tests.reliability chaos    chaos on the lock alone
    python -m tests.reliability fleets   chaos on fleets alone
"""

# ruff: noqa: T201 - it prints what it found: that is its job

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from types import ModuleType

import boto3
from moto import mock_aws

from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import ACCESS_KEY, REGION, SECRET_KEY
from tests.unit.handler import detached_walk, long_run_walk

from . import chaos, fleet_chaos, fleet_walk, relay_walk, walk
from .faulty_transport import DEATHS, FAULTS, Fault
from .fleet_disturbances import DISTURBANCES
from .fleet_processes import WORKERS
from .fleet_walk import FleetWorld
from .nursery import Nursery
from .relay_walk import RelayWorld
from .test_model import MemoryMachine, dynamodb_machine, play
from .trial import Figures, Tables
from .walk import SCRIPTS, Script, World


def _chaos(endpoint: str, options: argparse.Namespace) -> int:
    report = chaos.Chaos(
        endpoint,
        commits=options.commits,
        troubles=options.troubles,
        seconds=options.seconds,
        workers=options.workers,
        seed=options.seed,
        fenced=not options.unfenced,
    ).run()
    fence = ", without the fence" if options.unfenced else ""
    print(f"chaos: {report.seconds:.0f} seconds, {options.workers} processes{fence}")
    for name, value in chaos.lines(report):
        print(f"  {name:<40}{value:>8}")
    for error in report.errors:
        print(f"  {error}")
    return report.violations


def _fleet_chaos(endpoint: str, options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as directory:
        report = fleet_chaos.FleetChaos(
            endpoint, Path(directory), seconds=options.fleet_seconds, seed=options.seed
        ).run()
    print(f"chaos on fleets: {report.seconds:.0f} seconds, {WORKERS} workers each")
    for name, value in fleet_chaos.lines(report):
        print(f"  {name:<42}{value:>8}")
    for violation in report.violations:
        print(f"  {violation}")
    return len(report.violations)


def _walks(endpoint: str, directory: Path) -> Iterator[tuple[str, Figures]]:
    """Every fault at every request of every script, one kind of walk after the other."""
    yield from _without_retries(World(endpoint, directory), once="once, without the SDK's retries")
    alone = World(endpoint, directory, own=True)
    yield from _without_retries(alone, ", by the function's own client", once="once, without the own client's retries")
    usual = World(endpoint, directory, attempts=3, tables=Tables("usual", "usual-lock", "usual-application"))
    yield "once, with the SDK's retries", _walk(usual, [fault for fault in FAULTS if fault.passing])
    usual.end()
    own = World(endpoint, directory, attempts=3, own=True, tables=Tables("own", "own-lock", "own-application"))
    yield "once, by the function's own client", _walk(own, FAULTS)
    own.end()
    yield from _relays(endpoint, directory)
    yield from _fleets(endpoint, directory)
    for part in long_run_walk.PARTS:
        yield f"denied, or its answer lost, in a long run's {part}", _front_door(long_run_walk, part, "a long run")
    for part in detached_walk.PARTS:
        name = "a detached migration"
        yield f"denied, or its answer lost, in {name}'s {part}", _front_door(detached_walk, part, name)


def _without_retries(world: World, by: str = "", *, once: str) -> Iterator[tuple[str, Figures]]:
    """By a client that leaves all faults to the engine."""
    yield once, _walk(world, FAULTS)
    yield f"from there to the end of the command{by}", _walk(world, FAULTS, lasting=True)
    total = Figures()
    with Nursery(walk.__name__) as nursery:
        for script, at in _places(world):
            for fault in DEATHS:
                total.add(world.kill(nursery, script, fault, at))
    yield f"SIGKILL{by}", total
    world.end()


def _front_door(walked: ModuleType, part: str, name: str) -> Figures:
    """Each request that the front door sends in that part of a walk is denied, or loses its answer."""
    total = Figures()
    with walked.front() as front:
        for lost in False, True:
            for at in count():
                try:
                    if not walked.PARTS[part](front, at, lost=lost):
                        break
                except AssertionError as error:
                    what = "its answer lost" if lost else "denied"
                    total.violations.append(f"{name}'s {part}: request {at}, {what}: {error}")
                total.add(Figures(trials=1, struck=1))
    return total


def _relays(endpoint: str, directory: Path) -> Iterator[tuple[str, Figures]]:
    """The same of a run that goes on in one process after the other."""
    for name, own in ("", False), (", by the function's own client", True):
        world = RelayWorld(endpoint, directory, own=own)
        once, lasting, killed = Figures(), Figures(), Figures()
        with Nursery(relay_walk.__name__) as nursery:
            for at in range(world.relay().requests):
                for fault in FAULTS:
                    once.add(world.relay(fault, at))
                    lasting.add(world.relay(fault, at, lasting=True))
                for fault in DEATHS:
                    killed.add(world.kill_relay(nursery, fault, at))
        world.end()
        yield f"handed over: once{name}", once
        yield f"handed over: from there to the end of the process{name}", lasting
        yield f"handed over: SIGKILL{name}", killed


def _fleets(endpoint: str, directory: Path) -> Iterator[tuple[str, Figures]]:
    """The same of a run that goes on in a fleet, by the function's own client, and what others may do at each request."""
    world = FleetWorld(endpoint, directory, own=True)
    once, lasting, killed, disturbed = Figures(), Figures(), Figures(), Figures()
    with Nursery(fleet_walk.__name__) as nursery:
        for at in range(world.play().requests):
            for fault in FAULTS:
                once.add(world.play(fault, at))
                lasting.add(world.play(fault, at, lasting=True))
            for fault in DEATHS:
                killed.add(world.kill(nursery, fault, at))
            for disturbance in DISTURBANCES:
                disturbed.add(world.disturb(disturbance, at))
    world.end()
    yield "a fleet: once", once
    yield "a fleet: from there to the end of the process", lasting
    yield "a fleet: SIGKILL", killed
    yield "a fleet: somebody else at that moment", disturbed


def _places(world: World) -> list[tuple[Script, int]]:
    return [(script, at) for script in SCRIPTS for at in range(world.requests(script))]


def _walk(world: World, faults: Sequence[Fault], *, lasting: bool = False) -> Figures:
    total = Figures()
    for script, at in _places(world):
        for fault in faults:
            total.add(world.play(script, fault, at, lasting=lasting))
    return total


def _faults(endpoint: str) -> int:
    began, violations = time.monotonic(), []
    print(f"faults: {len(FAULTS)} kinds and {len(DEATHS)} deaths, at each request of {len(SCRIPTS)} scripts")
    print(f"  {'':<40}{'faults':>8}{'struck':>8}{'runs':>8}{'repairs':>8}{'waits':>8}{'violations':>12}")
    with tempfile.TemporaryDirectory() as directory:
        for name, figures in _walks(endpoint, Path(directory)):
            row = (figures.trials, figures.struck, figures.runs, figures.repairs, figures.waits)
            print(f"  {name:<40}{''.join(f'{one:>8,}' for one in row)}{len(figures.violations):>12}", flush=True)
            violations += figures.violations
    print(f"  {time.monotonic() - began:.0f} seconds")
    for violation in violations:
        print(f"  {violation}")
    return len(violations)


def _model() -> int:
    print("model: random code, histories, commands and deaths", flush=True)
    play(MemoryMachine, examples=1000, steps=30)
    print(f"  {'commands over MemoryTarget':<40}{MemoryMachine.steps:>8,}")
    print(f"  {'deaths under way':<40}{MemoryMachine.deaths:>8,}", flush=True)
    with mock_aws():
        client = boto3.client(
            "dynamodb", region_name=REGION, aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY
        )
        machine = dynamodb_machine(client)
        play(machine, examples=150, steps=30)
    print(f"  {'commands over DynamoDBTarget':<40}{machine.steps:>8,}")
    print(f"  {'deaths under way':<40}{machine.deaths:>8,}")
    print(f"  {'differences from the model':<40}{0:>8}")
    return 0


def _all(endpoint: str, options: argparse.Namespace) -> int:
    # Ten thousands of runs that fail on purpose have much to log.
    logging.disable()
    return _faults(endpoint) + _chaos(endpoint, options) + _fleet_chaos(endpoint, options) + _model()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description="The reliability figures.")
    parser.add_argument("part", nargs="?", choices=("all", "chaos", "fleets"), default="all")
    parser.add_argument("--commits", type=int, default=1000, help="stop after so many (%(default)s)")
    parser.add_argument("--troubles", type=int, default=60, help="freezes and kills, at least (%(default)s)")
    parser.add_argument("--seconds", type=float, default=900, help="stop after so long (%(default)s)")
    parser.add_argument("--fleet-seconds", type=float, default=60, help="for chaos on fleets (%(default)s)")
    parser.add_argument("--workers", type=int, default=5, help="processes that contend (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what is done to whom (%(default)s)")
    parser.add_argument(
        "--unfenced", action="store_true", help="leave out the lock's condition, to see updates get lost"
    )
    parser.add_argument("--endpoint", help="of a DynamoDB on this machine; the embedded AWS unless given")
    options = parser.parse_args(arguments)
    run = {"chaos": _chaos, "fleets": _fleet_chaos, "all": _all}[options.part]
    if options.endpoint:
        return min(1, run(options.endpoint, options))
    with LocalAws.start() as aws:
        return min(1, run(aws.endpoint_url, options))


if __name__ == "__main__":
    sys.exit(main())
