"""A walk along every request of a run, with every fault at each."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .journal import Journal
from .trial import Figures, Tables, Trial
from .wire import FAULTS, Fault, Wire


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


SCRIPTS: Final = (
    Script("five up, five down", ("up", "down")),
    Script("one fails, is repaired, and all go up", ("up",), fails_at_first="4"),
    Script("the very first run makes the tables", ("up",), fresh=True),
)


class World:
    """
    The tables, and two clients: one with a wire on it, and one that nothing happens to.

    Args:
        client: Nobody else may use it.
    """

    def __init__(self, client: Any, observer: Any, directory: Path) -> None:
        self.client = client
        self.observer = observer
        self.wire = Wire(client)
        self.tables = Tables()
        self.journal = Journal(directory / "journal")
        self._make(self.tables.application)

    def reset(self, script: Script) -> None:
        """Everything as before the first run."""
        self.journal.clear()
        names = set(self.observer.list_tables()["TableNames"])
        for name in (self.tables.state, self.tables.lock):
            if script.fresh and name in names:
                self.observer.delete_table(TableName=name)
            elif not script.fresh and name not in names:
                self._make(name)
            elif not script.fresh:
                for item in self.observer.scan(TableName=name)["Items"]:
                    self.observer.delete_item(TableName=name, Key={"ID": item["ID"]})

    def play(self, script: Script, fault: Fault | None, at: int, *, lasting: bool = False, alone: bool = True) -> Figures:
        """
        Go through *script* with *fault* at request number *at*.

        Args:
            alone: The engine has to get over a passing fault without the SDK's retries.
        """
        self.reset(script)
        self.wire.arm(fault, at, lasting=lasting)
        trial = Trial(
            self.client,
            self.wire,
            self.observer,
            self.journal,
            tables=self.tables,
            fails_at_first=script.fails_at_first,
            passing=fault is None or (fault.passing and not lasting),
        )
        for goal in script.goals:
            trial.reach(goal)
        trial.check_end()
        figures = trial.figures
        figures.struck, figures.requests = len(self.wire.struck), len(self.wire.sent)
        where = f"{script.name}: {fault} at request {at}{' and all after it' if lasting else ''} ({', '.join(self.wire.struck)})"
        figures.violations = [f"{where}: {violation}" for violation in figures.violations]
        return figures

    def walk(
        self, script: Script, faults: Sequence[Fault] = FAULTS, *, lasting: bool = False, step: int = 1
    ) -> Figures:
        """Each of *faults* at each request of *script*, or at each *step*\\ th."""
        total = self.play(script, None, 0)
        for at in range(0, total.requests, step):
            for fault in faults:
                total.add(self.play(script, fault, at, lasting=lasting))
        return total

    def _make(self, name: str) -> None:
        self.observer.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        )
