"""One manual command, ready to be carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..history import History
from ..migration import Migration
from ..next_step import Command
from ..outcome import Outcome
from ..plan import Plan
from ..planners import Planner
from ..records import Run
from ..targets import StateTarget
from .arguments import Arguments
from .front_door import FrontDoor


@dataclass(frozen=True, kw_only=True)
class Call:
    """
    A command with what carries it out.

    Attributes:
        event: The event as it was given.
        run: Who runs this, for the records.
    """

    event: Mapping[str, object]
    arguments: Arguments
    run: Run
    door: FrontDoor

    @property
    def target(self) -> StateTarget:
        return self.door.target

    @property
    def wait(self) -> float:
        """Seconds to wait for the lock, as asked for and as there is time."""
        return self.door.wait(self.arguments.wait)

    @property
    def confirmed(self) -> Command:
        """The same command, confirmed."""
        arguments = {name: value for name, value in self.event.items() if name != "action"}
        return Command(str(self.event["action"]), {**arguments, "confirm": True})

    def migrations(self) -> Sequence[Migration]:
        return self.door.source.load()

    def migrate(
        self,
        planner: Planner,
        *,
        before_running: Callable[[Plan, History], None],
        notes: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Run what *planner* decides on, as `FrontDoor.migrate` has it."""
        return self.door.migrate(
            planner, wait=self.arguments.wait, run=self.run, before_running=before_running, notes=notes
        )
