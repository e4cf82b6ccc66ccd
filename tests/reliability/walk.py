"""A walk along every request of a run, with every fault at each."""

import logging
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from .clients import client_of, drop_tables, make_tables, own_client_of
from .faulty_transport import APPLIED_KILLED, KILLED, Fault, FaultyTransport
from .journal import Journal
from .nursery import Nursery
from .trial import Figures, Tables, Trial


@dataclass(frozen=True)
class Script:
    """
    What somebody wants to come to, one goal after the other.

    Attributes:
        fails_at_first: The migration that raises when it is first called.
        fresh: There are no state tables yet.
    """

    name: str
    goals: Sequence[str]
    fails_at_first: str | None = None
    fresh: bool = False


JOURNAL: Final = "journal"
TABLES: Final = Tables()

SCRIPTS: Final = (
    Script("five up, five down", ("up", "down")),
    Script("one fails, is repaired, and all go up", ("up",), fails_at_first="4"),
    Script("the very first run makes the tables", ("up",), fresh=True),
)


def sample(requests: int, faults: Sequence[Fault], *, every: int, own: bool = False) -> Iterator[tuple[int, Fault]]:
    """
    One of so many *requests* with one of *faults* in turn, the same ones each time; `make reliability` has all with all.

    For the function's *own* client they are others than for the SDK's.
    """
    first, turned = (every // 2, len(faults) // 2) if own else (0, 0)
    yield from zip(range(first, requests, every), cycle([*faults[turned:], *faults[:turned]]), strict=False)


class World:
    """
    The tables, a client with a transport on it, and one that nothing happens to.

    Args:
        directory: Where the journal is kept.
        attempts: How often the client sends by itself; with 1, the engine gets over all faults alone.
        own: The client is the function's own, not the SDK's.
    """

    def __init__(
        self, endpoint: str, directory: Path, *, attempts: int = 1, own: bool = False, tables: Tables = TABLES
    ) -> None:
        self.tables = tables
        self.own = own
        self._endpoint = endpoint
        self._directory = directory
        self._client = own_client_of(endpoint, attempts=attempts) if own else client_of(endpoint, attempts=attempts)
        self._observer = client_of(endpoint, attempts=3)
        self._transport = FaultyTransport(self._client)
        self._journal = Journal(directory / JOURNAL)
        make_tables(self._observer, tables.application)

    def end(self) -> None:
        """Drop the tables."""
        if self.own:
            self._client._transport.close()
        drop_tables(self._observer, *self.tables)

    def play(self, script: Script, fault: Fault | None = None, at: int = 0, *, lasting: bool = False) -> Figures:
        """Go through *script* with *fault* at request number *at*, or with *lasting* from there to the command's end."""
        self._reset(script)
        self._transport.arm(fault, at, lasting=lasting)
        trial = self._trial(script, passing=fault is None or (fault.passing and not lasting))
        return self._finish(trial, script, f"{fault} at request {at}{' and all after it' if lasting else ''}")

    def kill(self, nursery: Nursery, script: Script, fault: Fault, at: int) -> Figures:
        """Have a process go through *script* that is killed at request number *at*, and go on from there."""
        self._reset(script)
        pid = nursery.start(
            live,
            endpoint=self._endpoint,
            directory=str(self._directory),
            script=SCRIPTS.index(script),
            applied=fault.applied,
            at=at,
            own=self.own,
        )
        status = nursery.wait(pid)
        self._transport.arm(None)
        trial = self._trial(script, after_death=True)
        if status != -signal.SIGKILL:
            trial.figures.violations.append(f"the process ended with {status} and was not killed")
        figures = self._finish(trial, script, f"{fault} at request {at}", first=trial.goal)
        figures.struck = 1
        return figures

    def requests(self, script: Script) -> int:
        """How many there are without a fault."""
        return self.play(script).requests

    def _trial(self, script: Script, *, passing: bool = False, after_death: bool = False) -> Trial:
        return Trial(
            self._client,
            self._transport,
            self._observer,
            self._journal,
            tables=self.tables,
            fails_at_first=script.fails_at_first,
            passing=passing,
            after_death=after_death,
        )

    def _finish(self, trial: Trial, script: Script, what: str, *, first: str | None = None) -> Figures:
        goals = list(script.goals)
        for goal in goals[0 if first is None else goals.index(first) :]:
            trial.reach(goal)
        trial.check_end()
        figures = trial.figures
        figures.struck, figures.requests = len(self._transport.struck), len(self._transport.sent)
        where = f"{script.name}: {what} ({', '.join(self._transport.struck)})"
        figures.violations = [f"{where}: {violation}" for violation in figures.violations]
        return figures

    def _reset(self, script: Script) -> None:
        """Everything as before the first run."""
        self._journal.clear()
        drop_tables(self._observer, self.tables.state, self.tables.lock)
        if not script.fresh:
            make_tables(self._observer, self.tables.state, self.tables.lock)


def live(endpoint: str, directory: str, script: int, *, applied: bool, at: int, own: bool) -> None:
    """Go through a script in this process, which is killed at request number *at*."""
    logging.disable()
    client, chosen = own_client_of(endpoint) if own else client_of(endpoint), SCRIPTS[script]
    transport = FaultyTransport(client)
    transport.arm(APPLIED_KILLED if applied else KILLED, at)
    journal = Journal(Path(directory) / JOURNAL)
    observer = client_of(endpoint, attempts=3)
    trial = Trial(client, transport, observer, journal, tables=TABLES, fails_at_first=chosen.fails_at_first)
    for goal in chosen.goals:
        trial.reach(goal)
