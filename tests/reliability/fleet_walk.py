"""A walk along every request of a run that goes on in a fleet, with every fault, and every disturbance, at each."""

import logging
import signal
from pathlib import Path
from typing import Any, Final
from unittest import mock

from dynamigrate import DirtyMigration, DynamoDBTarget, repair
from dynamigrate.backfill import pool
from dynamigrate.fleet import WorkerEnd
from dynamigrate.records import RunRecord
from tests.unit.fakes import FakeClock

from .clients import client_of, drop_tables, make_tables, own_client_of
from .faulty_transport import APPLIED_KILLED, CONFLICT, KILLED, Fault, FaultyTransport
from .fleet_disturbances import Disturbance
from .fleet_machine import ID, SEGMENTS, TABLES, FleetMachine
from .journal import Journal
from .nursery import Nursery
from .trial import Figures

RUN: Final = "run-1"
_AGAIN: Final = "run-2"
ITEMS: Final = 9
_JOURNAL: Final = "fleet-journal"
# By then whoever died is known to be dead.
_LATER: Final = 200.0
# Seconds. A worker whose time is up is told at once, not after a quarter of a second.
_LOOK: Final = 0.005


class FleetWorld:
    """
    The tables and clients of a walk.

    Args:
        directory: Where it is noted who was at work.
        own: The state is kept by the function's own client, not the SDK's; items are rewritten by the SDK's.
    """

    def __init__(self, endpoint: str, directory: Path, *, own: bool = False) -> None:
        self.own = own
        self._live = 0
        self._endpoint = endpoint
        self._directory = directory
        self._observer = client_of(endpoint, attempts=3)
        self._client, self._items, self._transport = _clients(endpoint, own=own)
        self._journal = Journal(directory / _JOURNAL)
        # Who came in between.
        self._others: list[FleetMachine] = []
        # Whose figures, at the end of a fleet, were not those of its segments.
        self._miscounted: list[str] = []
        # What was kept by whom nothing should be kept of.
        self._intruded: list[str] = []
        make_tables(self._observer, TABLES.application)

    def end(self) -> None:
        """Drop the tables."""
        if self.own:
            self._client._transport.close()
        drop_tables(self._observer, *TABLES)

    def play(self, fault: Fault | None = None, at: int = 0, *, lasting: bool = False) -> Figures:
        """Have the run carried out with *fault* at request number *at*, or from there to the process's end."""
        self._reset()
        self._transport.arm(fault, at, lasting=lasting)
        machine = self._machine()
        machine.after_call = self._transport.mend
        what = f"{fault} at request {at}{' and all after it' if lasting else ''}"
        return self._finish(machine, what, whole=fault is None or (fault.passing and not lasting))

    def disturb(self, disturbance: Disturbance, at: int) -> Figures:
        """Have somebody do that right before request number *at*."""
        self._reset()
        machine = self._machine()
        self._transport.arm(None)
        self._transport.before(at, lambda: disturbance.act(self, machine))
        figures = self._finish(machine, f"{disturbance} at request {at}", whole=disturbance.whole)
        figures.struck = 1
        if WorkerEnd.SUPERSEDED in machine.ends and not disturbance.doubles:
            figures.violations.append(f"{disturbance} at request {at}: another took what a worker was at work on")
        return figures

    def kill(self, nursery: Nursery, fault: Fault, at: int) -> Figures:
        """Have a process carry the run out that is killed at request number *at*; others are called in its place."""
        self._reset()
        pid = nursery.start(
            live, endpoint=self._endpoint, directory=str(self._directory), applied=fault.applied, at=at, own=self.own
        )
        status = nursery.wait(pid)
        self._transport.arm(None)
        [*_, (at_work,)] = self._journal.lines()
        following = {"first": "slice", "slice": "slice", "after": "after"}.get(at_work, "fleet")
        figures = self._finish(self._machine(), f"{fault} at request {at}, in {at_work}", whole=False, begin=following)
        if status != -signal.SIGKILL:
            figures.violations.append(f"the process ended with {status} and was not killed")
        figures.struck = 1
        return figures

    def other(self, machine: FleetMachine) -> FleetMachine:
        """Somebody who comes in between *machine*'s requests, and to whose own nothing happens."""
        other = FleetMachine(self._observer, self._observer, machine.clock, RUN)
        other.before_call = lambda: self._compare(other)
        self._others.append(other)
        return other

    def take_up_and_die(self, machine: FleetMachine) -> None:
        """Take the run up under the worker that is at work, and do no more; what that worker still keeps is a violation."""
        self.target._new_lease().take_up(RUN)
        before = self._scan(TABLES.lock)

        def compare() -> None:
            machine.after_call = lambda: None
            if (after := self._scan(TABLES.lock)) != before:
                self._intruded.append(f"a worker made {after} of {before} after its run was taken up")

        machine.after_call = compare

    @property
    def target(self) -> DynamoDBTarget:
        """As an onlooker has it."""
        return FleetMachine(self._observer, self._observer, FakeClock(), RUN).target

    def write(self) -> None:
        """Write to all items, as the application does."""
        self._live += 1
        for number in range(ITEMS):
            self._observer.update_item(
                TableName=TABLES.application,
                Key=_key(number),
                UpdateExpression="SET live = if_not_exists(live, :zero) + :one",
                ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
            )

    def _machine(self, *, run_id: str = RUN) -> FleetMachine:
        machine = FleetMachine(self._client, self._items, FakeClock(), run_id)
        machine.before_call = lambda: self._compare(machine)
        return machine

    def _compare(self, machine: FleetMachine) -> None:
        """Once all workers have ended, each segment's items are in the fleet's figures, and are in them once."""
        status = self.target.lock_status()
        if machine.at != "after" or status is None or status.fleet is None or not status.waiting:
            return
        kept = self.target.segments(ID)
        scanned = sum(kept[number]["tally"]["scanned"] for number in range(SEGMENTS) if number in kept)
        if status.fleet.figures.get("scanned", 0) != scanned:
            self._miscounted.append(f"{status.fleet.figures} of {scanned} items that were scanned")

    def _finish(self, machine: FleetMachine, what: str, *, whole: bool, begin: str = "first") -> Figures:
        figures, struck = Figures(trials=1), ""
        with mock.patch.object(pool, "_LOOK_SECONDS", _LOOK):
            try:
                machine.work(begin)
                figures.struck, figures.requests = len(self._transport.struck), len(self._transport.sent)
                struck = ", ".join(self._transport.struck)
                # What is asked about a table meets no transaction.
                whole = whole and not (what.startswith(CONFLICT.name) and struck == "DescribeTable")
                self._check(machine, figures.violations, whole=whole)
                self._check_end(machine, figures.violations)
            except AssertionError as error:
                figures.violations.append(str(error))
        figures.violations = [f"{what} ({struck}): {violation}" for violation in figures.violations]
        return figures

    def _check(self, machine: FleetMachine, found: list[str], *, whole: bool) -> None:
        """What must be so when the machine ends; *whole*: the run came to its end by itself, and no process failed."""
        runs = self._runs(RUN)
        machines = [machine, *self._others]
        ends = [one.applied for one in machines if one.applied is not None]
        scanned = [one.scanned for one in machines if one.scanned is not None]
        if whole and (ends, scanned) != ([(ID,)], [ITEMS]):
            found.append(f"the run applied {ends}, and counted {scanned} items")
        if whole and [(one.result, one.applied) for one in runs] != [("succeeded", (ID,))]:
            found.append(f"the history has the run as {runs}")
        if len(runs) > 1:
            found.append(f"the run is recorded {len(runs)} times: {runs}")
        # A worker that fails keeps what it did last once more, where it can't tell whether it had kept that.
        if self._miscounted and (whole or not machine.errors):
            found.append(f"the fleet had counted {self._miscounted}")
        found += self._intruded
        if whole and any(one.errors for one in machines):
            found.append(f"a process failed: {[one.errors for one in machines]}")
        status = self.target.lock_status()
        if status is not None and (status.waiting or whole):
            found.append(f"the lock is left behind: {status}")

    def _check_end(self, machine: FleetMachine, found: list[str]) -> None:
        """Somebody deploys again, once whoever died is known to be dead; then all is done, and done once."""
        self._transport.arm(None)
        again = self._later(machine)
        again.work()
        if [type(error) for error in again.errors] == [DirtyMigration] and not self._has_begun():
            # Whoever died had marked it as begun, and kept no checkpoint yet.
            repair(again.target, ID, "pending", clock=again.clock)
            again = self._later(again)
            again.work()
        if again.errors:
            found.append(f"the next run failed: {again.errors}")
        [*records] = self.target.records()
        if [(one.id, one.dirty, one.checkpoint) for one in records] != [(ID, False, None)]:
            found.append(f"the history is {records}")
        applied = [one.run.id for one in (*self._runs(RUN), *self._runs(_AGAIN)) if ID in one.applied]
        if len(applied) > 1:
            found.append(f"it was applied by {applied}")
        if (status := self.target.lock_status()) is not None:
            found.append(f"the lock is left behind: {status}")
        kept = [item["ID"]["S"] for item in self._scan(TABLES.lock)]
        if left := [one for one in kept if not one.startswith("run#")]:
            found.append(f"items are left behind: {left}")
        for item in self._scan(TABLES.application):
            times, live = (int(item.get(name, {"N": "0"})["N"]) for name in ("times", "live"))
            if (times, live) != (1, self._live):
                found.append(f"{item['ID']['S']} was rewritten {times} times, and has {live} of {self._live} writes")

    def _later(self, machine: FleetMachine) -> FleetMachine:
        """One that carries out the next run, long after *machine*."""
        again = self._machine(run_id=_AGAIN)
        again.clock.turn(machine.clock.monotonic() - again.clock.monotonic() + _LATER)
        return again

    def _has_begun(self) -> bool:
        return any("times" in item for item in self._scan(TABLES.application))

    def _runs(self, run_id: str) -> list[RunRecord]:
        return [one for one in self.target.runs() if one.run.id == run_id]

    def _scan(self, table: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._observer.scan(TableName=table, ConsistentRead=True)["Items"]
        return items

    def _reset(self) -> None:
        """Everything as before the first run."""
        self._journal.clear()
        self._others, self._miscounted, self._intruded, self._live = [], [], [], 0
        drop_tables(self._observer, TABLES.state, TABLES.lock)
        make_tables(self._observer, TABLES.state, TABLES.lock)
        puts = [{"PutRequest": {"Item": _key(number)}} for number in range(ITEMS)]
        self._observer.batch_write_item(RequestItems={TABLES.application: puts})


def live(endpoint: str, directory: str, *, applied: bool, at: int, own: bool) -> None:
    """Carry the run out in this process, which is killed at request number *at*."""
    logging.disable()
    client, items, transport = _clients(endpoint, own=own)
    transport.arm(APPLIED_KILLED if applied else KILLED, at)
    journal = Journal(Path(directory) / _JOURNAL)
    machine = FleetMachine(client, items, FakeClock(), RUN)
    machine.before_call = lambda: journal.note(machine.at)
    with mock.patch.object(pool, "_LOOK_SECONDS", _LOOK):
        machine.work()


def _clients(endpoint: str, *, own: bool) -> tuple[Any, Any, FaultyTransport]:
    """What keeps the state, what rewrites items, and where the requests of both can meet a fault."""
    # The author's client sends again by itself what it is asked about the table.
    items = client_of(endpoint, attempts=3)
    client = own_client_of(endpoint) if own else client_of(endpoint)
    transport = FaultyTransport(client)
    transport.join(items)
    return client, items, transport


def _key(number: int) -> dict[str, Any]:
    return {"ID": {"S": f"i{number}"}}
