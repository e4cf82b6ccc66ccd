"""
Chaos on a fleet: its processes are killed, frozen, called twice and too late, while the application writes.

Each item is to be rewritten once, by whichever process, and is stamped for it; so what two did to it, or none, is seen in it
at the end. The application adds to each item meanwhile, and counts what it added.
"""

import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from dynamigrate import DynamoDBTarget, repair
from dynamigrate.targets.lock_status import LockStatus

from . import fleet_processes
from .clients import client_of, drop_tables, make_tables
from .fleet_processes import ID, JOURNAL, SKEW, TABLES, WORKERS, Application, coordinate, key, target_of, work_beside
from .journal import Journal
from .nursery import Nursery

# In a row, which rewrite nothing. On a busy machine a process may be over before it has begun, so each time that nothing came
# of a run, who has the next one to itself is troubled less.
_MOST_IDLE_RUNS: Final = 20


@dataclass
class FleetReport:
    """
    What came of it.

    Attributes:
        calls: How many processes there were.
        violations: What should not be.
    """

    seconds: float = 0.0
    rounds: int = 0
    runs: int = 0
    fleets: int = 0
    calls: int = 0
    kills: int = 0
    freezes: int = 0
    doubles: int = 0
    widths: int = 0
    writes: int = 0
    violations: list[str] = field(default_factory=list)


class FleetChaos:
    """
    Runs one backfill after the other, each in fleets whose processes are in trouble, until time is up.

    Args:
        items: How many each backfill rewrites.
        seed: Of what is done to whom.
    """

    def __init__(self, endpoint: str, directory: Path, *, seconds: float, items: int = 400, seed: int = 1) -> None:
        self.report = FleetReport()
        self._endpoint = endpoint
        self._directory = directory
        self._seconds = seconds
        self._items = items
        self._chance = random.Random(seed)
        self._client = client_of(endpoint, attempts=3)
        self._journal = Journal(directory / JOURNAL)
        self._pids: list[int] = []
        self._frozen: list[int] = []
        self._idle = 0

    def run(self) -> FleetReport:
        """Returns once all processes are gone, whatever happened."""
        began = time.monotonic()
        try:
            with Nursery(fleet_processes.__name__) as nursery:
                while not self.report.rounds or time.monotonic() - began < self._seconds:
                    self._round(nursery)
                    self.report.rounds += 1
        finally:
            drop_tables(self._client, *TABLES)
        self.report.seconds = time.monotonic() - began
        return self.report

    def _round(self, nursery: Nursery) -> None:
        drop_tables(self._client, *TABLES)
        make_tables(self._client, *TABLES)
        self._journal.clear()
        for start in range(0, self._items, 25):
            puts = [{"PutRequest": {"Item": key(n)}} for n in range(start, min(start + 25, self._items))]
            self._client.batch_write_item(RequestItems={TABLES.application: puts})
        with Application(self._endpoint, self._items) as application:
            rewritten = self._idle = 0
            for number in count():
                self._go_on_with_late_runs(nursery)
                if any(record.dirty and not record.resumable for record in self._target.records()):
                    # Whoever died had marked it as begun, and kept no checkpoint yet.
                    repair(self._target, ID, "pending", wait=10)
                self._deploy(nursery, f"run-{number}")
                before, rewritten = rewritten, sum("times" in item for item in _scan(self._client, TABLES.application))
                self._idle = 0 if rewritten > before else self._idle + 1
                if any(not record.dirty for record in self._target.records()) or self._idle == _MOST_IDLE_RUNS:
                    break
            self._end_all(nursery)
        self.report.writes += sum(application.added)
        self._audit(application)

    @property
    def _target(self) -> DynamoDBTarget:
        return target_of(self._client)

    def _deploy(self, nursery: Nursery, run_id: str) -> None:
        """One run, as the state machine has it carried out."""
        self.report.runs += 1
        self._coordinator(nursery, run_id, takes_up=False)
        self._machine(nursery, run_id)

    def _go_on_with_late_runs(self, nursery: Nursery) -> None:
        """
        Carry out a run whose first process was given up while it slept: it has taken the lock since, and starts the
        machine that it hands the run over to.
        """
        while (status := self._target.lock_status()) is not None and not self._died_at_first(status):
            self._machine(nursery, status.run_id or "")
            time.sleep(0.05)

    def _machine(self, nursery: Nursery, run_id: str) -> None:
        """What goes on with a run once its first process has ended, or was given up."""
        while (status := self._target.lock_status()) is not None and status.run_id == run_id:
            if self._died_at_first(status):
                # As the responder does: should it wake, it hands nothing over that nobody would take up.
                self._target.request_stop("its machine has ended")
                return
            if status.continuation is None:
                time.sleep(0.05)
                continue
            if status.waiting and status.continuation.fleet:
                self._fleet(nursery, run_id, status.continuation.fleet.workers)
            self._coordinator(nursery, run_id, takes_up=True)

    def _died_at_first(self, status: LockStatus) -> bool:
        """Whether the first function has not handed its run over, and its time is up."""
        return status.continuation is None and time.time() > status.deadline_ms / 1000 + SKEW

    def _coordinator(self, nursery: Nursery, run_id: str, *, takes_up: bool) -> None:
        calls = [self._start(nursery, coordinate, run_id=run_id, takes_up=takes_up, directory=str(self._directory))]
        if takes_up and self._chance.random() < 0.2:
            self.report.doubles += 1
            calls += [self._start(nursery, coordinate, run_id=run_id, takes_up=True, directory=str(self._directory))]
        while any(not nursery.ended(pid) for pid in calls if pid not in self._frozen):
            time.sleep(0.02)
            if self._chance.random() < 0.02 / (1 + self._idle):
                self._trouble(nursery, self._chance.choice(calls))

    def _fleet(self, nursery: Nursery, run_id: str, workers: int) -> None:
        """All workers, until each has ended, or was given up."""
        self.report.fleets += 1
        children = {
            self._start(nursery, work_beside, run_id=run_id, number=number): number for number in range(workers)
        }
        while children:
            time.sleep(self._chance.uniform(0.02, 0.15))
            for pid in list(children):
                if pid in self._frozen:
                    # Its time is up, as far as anybody knows.
                    del children[pid]
                elif nursery.ended(pid):
                    number = children.pop(pid)
                    if pid in self._pids and self._reap(nursery, pid) != 0 and self._chance.random() < 0.8:
                        children[self._start(nursery, work_beside, run_id=run_id, number=number)] = number
            if children:
                self._disturb(nursery, run_id, self._chance.choice(sorted(children)), children)

    def _disturb(self, nursery: Nursery, run_id: str, pid: int, children: dict[int, int]) -> None:
        what = self._chance.random()
        if what < 0.25:
            self._trouble(nursery, pid)
        elif what < 0.4:
            self.report.widths += 1
            self._target.request_width(self._chance.randint(1, WORKERS))
        elif what < 0.5:
            # As Step Functions does where it lost the answer. Nobody waits for this one.
            self.report.doubles += 1
            self._start(nursery, work_beside, run_id=run_id, number=children[pid])
        elif what < 0.55 and self._frozen:
            # Who was given up comes back.
            os.kill(self._frozen.pop(0), signal.SIGCONT)

    def _trouble(self, nursery: Nursery, pid: int) -> None:
        if pid in self._frozen or nursery.ended(pid):
            return
        if self._chance.random() < 0.5:
            self.report.kills += 1
            os.kill(pid, signal.SIGKILL)
        else:
            self.report.freezes += 1
            os.kill(pid, signal.SIGSTOP)
            self._frozen.append(pid)

    def _start(self, nursery: Nursery, function: Any, **arguments: Any) -> int:
        self.report.calls += 1
        pid = nursery.start(function, endpoint=self._endpoint, **arguments)
        self._pids.append(pid)
        return pid

    def _reap(self, nursery: Nursery, pid: int) -> int:
        self._pids.remove(pid)
        return nursery.wait(pid)

    def _end_all(self, nursery: Nursery) -> None:
        """Who is frozen wakes, and finds that all is over."""
        while self._frozen:
            os.kill(self._frozen.pop(), signal.SIGCONT)
        for pid in list(self._pids):
            self._reap(nursery, pid)

    def _audit(self, application: Application) -> None:
        if application.error is not None:
            self.report.violations.append(f"the application failed: {application.error!r}")
        scanned = [int(line[1]) for line in self._journal.lines() if line[0] == "scanned"]
        self.report.violations += audit(self._client, added=application.added, scanned=scanned)


def audit(client: Any, *, added: Sequence[int], scanned: Sequence[int]) -> list[str]:
    """
    What should not be, once all is over.

    Args:
        added: What the application has added to each item.
        scanned: How many items the backfill had counted, each time that it found itself done.
    """
    found = []
    target = target_of(client)
    if [(one.id, one.dirty) for one in target.records()] != [(ID, False)]:
        found.append(f"the history is {target.records()}")
    applied = [one.run.id for one in target.runs() if ID in one.applied]
    if len(applied) > 1:
        found.append(f"it was applied by {applied}")
    found += [f"{one} of {len(added)} items were counted" for one in scanned if one != len(added)]
    if left := [key for item in _scan(client, TABLES.lock) if not (key := item["ID"]["S"]).startswith("run#")]:
        found.append(f"items are left behind: {left}")
    for item in _scan(client, TABLES.application):
        number = int(item["ID"]["S"])
        times, live = (int(item.get(name, {"N": "0"})["N"]) for name in ("times", "live"))
        if (times, live) != (1, added[number]):
            found.append(f"item {number} was rewritten {times} times, and has {live} of {added[number]} writes")
    return found


def _scan(client: Any, table: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def lines(report: FleetReport) -> list[tuple[str, str]]:
    """The figures, with their names."""
    return [
        ("backfills", str(report.rounds)),
        ("runs, one after the other", str(report.runs)),
        ("fleets", str(report.fleets)),
        ("processes", str(report.calls)),
        ("kills (SIGKILL)", str(report.kills)),
        ("freezes (SIGSTOP)", str(report.freezes)),
        ("calls beside the one that counts", str(report.doubles)),
        ("changes of the width", str(report.widths)),
        ("writes of the application meanwhile", f"{report.writes:,}"),
        ("items lost, doubled or overwritten; others", str(len(report.violations))),
    ]
