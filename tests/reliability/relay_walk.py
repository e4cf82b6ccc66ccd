"""A walk along every request of a run that goes on in one process after the other, with every fault at each."""

import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from dynamigrate import DynamoDBTarget, MigrationFailed, migrate
from dynamigrate.continuation import Continuation
from dynamigrate.errors import HandedOver, NothingToTakeUp
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from dynamigrate.targets import HeldLock
from tests.unit.fakes import MORNING, FakeClock

from .clients import client_of, own_client_of
from .faulty_transport import APPLIED_KILLED, KILLED, Fault, FaultyTransport
from .journal import Journal
from .nursery import Nursery
from .trial import IDS, LEASE, SKEW, Figures, Tables, source
from .walk import JOURNAL, SCRIPTS, World

RUN: Final = Run(id="run-1")
LIMIT: Final = MORNING + 3000
TABLES: Final = Tables("relay", "relay-lock", "relay-application")
# How often a process may ask for its time: enough to begin two migrations, and to stop at a checkpoint of the third.
_LOOKS: Final = 3
_MOST_PROCESSES: Final = 12


class Machine:
    """What calls one process after the other, and goes on calling where one fails or dies."""

    def __init__(self, client: Any, journal: Journal, tables: Tables) -> None:
        self.errors: list[BaseException] = []
        self.applied: tuple[str, ...] = ()
        self._client = client
        self._source = source(journal, tables)
        self._tables = tables
        self._clock = FakeClock()

    def work(self, *, takes_up: bool = False, after_each: Callable[[], None] = lambda: None) -> None:
        """Have processes carry the run out, until there is nothing to take up."""
        for _ in range(_MOST_PROCESSES):
            try:
                self.applied = self._process(takes_up=takes_up)
            except HandedOver:
                pass
            except NothingToTakeUp as nothing:
                if not nothing.busy:
                    return
            except BaseException as error:
                self.errors.append(error)
            else:
                return
            after_each()
            takes_up = True
        raise AssertionError(f"the run has not come to its end after {_MOST_PROCESSES} processes")

    def _process(self, *, takes_up: bool) -> tuple[str, ...]:
        looks = iter([100.0] * _LOOKS)
        runtime = Runtime(
            run=RUN,
            clock=self._clock,
            remaining=lambda: next(looks, 0.0),
            reserve=5,
            limit=LIMIT,
            takes_up=takes_up,
            continue_elsewhere=_hand_over,
        )
        target = DynamoDBTarget(
            self._client,
            table_name=self._tables.state,
            lock_table_name=self._tables.lock,
            lease=LEASE,
            skew=SKEW,
            clock=self._clock,
            remaining=lambda: 100.0,
            run_id=RUN.id,
        )
        return migrate(self._source, target, runtime=runtime).applied


class RelayWorld(World):
    """The tables and clients of a walk, for a run in several processes."""

    def __init__(self, endpoint: str, directory: Path, *, own: bool = False) -> None:
        super().__init__(endpoint, directory, own=own, tables=TABLES)

    def relay(self, fault: Fault | None = None, at: int = 0, *, lasting: bool = False) -> Figures:
        """Have the machine carry the run out with *fault* at request number *at*, or from there to the process's end."""
        self._reset(SCRIPTS[0])
        self._transport.arm(fault, at, lasting=lasting)
        machine = Machine(self._client, self._journal, self.tables)
        machine.work(after_each=self._transport.mend)
        figures = Figures(trials=1, struck=len(self._transport.struck), requests=len(self._transport.sent))
        what = f"{fault} at request {at}{' and all after it' if lasting else ''} ({', '.join(self._transport.struck)})"
        passing = fault is None or (fault.passing and not lasting)
        # The second migration's own request is not the engine's to send again.
        own = any(isinstance(error, MigrationFailed) and error.migration_id == "2" for error in machine.errors)
        self._check(machine, figures, what, whole=passing and not own)
        return figures

    def kill_relay(self, nursery: Nursery, fault: Fault, at: int) -> Figures:
        """Have a process carry the run out, as far as it goes, that is killed at request number *at*; others go on."""
        self._reset(SCRIPTS[0])
        pid = nursery.start(
            live, endpoint=self._endpoint, directory=str(self._directory), applied=fault.applied, at=at, own=self.own
        )
        status = nursery.wait(pid)
        self._transport.arm(None)
        machine = Machine(self._client, self._journal, self.tables)
        machine.work(takes_up=True)
        figures = Figures(trials=1, struck=1)
        if status != -signal.SIGKILL:
            figures.violations.append(f"the process ended with {status} and was not killed")
        self._check(machine, figures, f"{fault} at request {at}", whole=False)
        return figures

    def _check(self, machine: Machine, figures: Figures, what: str, *, whole: bool) -> None:
        """What must be so in the end; *whole*: the run came to its end by itself, and no process failed."""
        found = figures.violations
        target = self._seen()
        records = [one for one in target.runs() if one.run.id == RUN.id]
        if whole and machine.applied != IDS:
            found.append(f"the run applied {machine.applied}")
        if whole and [(one.result, one.applied) for one in records] != [("succeeded", IDS)]:
            found.append(f"the history has the run as {records}")
        if len(records) > 1:
            found.append(f"the run is recorded {len(records)} times: {records}")
        if whole and machine.errors:
            found.append(f"a process failed: {machine.errors}")
        status = target.lock_status()
        if status is not None and status.waiting:
            found.append("the lock waits for nobody")
        # Somebody deploys again: after a lease and a margin at most everything can be brought to its end.
        self._transport.arm(None)
        trial = self._trial(SCRIPTS[0], after_death=True)
        trial._clock.turn(machine._clock.monotonic() - trial._clock.monotonic() + 100)
        trial.reach("up")
        trial.check_end()
        found.extend(trial.figures.violations)
        figures.violations = [f"{what}: {violation}" for violation in found]

    def _seen(self) -> DynamoDBTarget:
        return DynamoDBTarget(
            self._observer, table_name=self.tables.state, lock_table_name=self.tables.lock, clock=FakeClock()
        )


def live(endpoint: str, directory: str, *, applied: bool, at: int, own: bool) -> None:
    """Carry the run out in this process, which is killed at request number *at*."""
    logging.disable()
    client = own_client_of(endpoint) if own else client_of(endpoint)
    FaultyTransport(client).arm(APPLIED_KILLED if applied else KILLED, at)
    Machine(client, Journal(Path(directory) / JOURNAL), TABLES).work()


def _hand_over(lock: HeldLock, continuation: Continuation) -> str:
    lock.hand_over(continuation, until=LIMIT)
    return "the next process"
