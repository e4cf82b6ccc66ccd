"""One manual command, ready to be carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...history import History
from ...migration import Migration
from ...next_step import Command
from ...outcome import Outcome
from ...plan import Plan
from ...planners import Planner
from ...records import Run
from ...targets import StateTarget
from ..invocation import Invocation
from ..long_run.long_run import LongRun
from ..setup import Setup
from .arguments import Arguments


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
    setup: Setup
    invocation: Invocation

    @cached_property
    def target(self) -> StateTarget:
        return self.setup.target(self.invocation)

    @property
    def wait(self) -> float:
        """Seconds to wait for the lock, as asked for and as there is time."""
        return self.invocation.wait(self.arguments.wait)

    @property
    def confirmed(self) -> Command:
        """The same command, confirmed."""
        arguments = {name: value for name, value in self.event.items() if name != "action"}
        return Command(str(self.event["action"]), {**arguments, "confirm": True})

    def migrations(self) -> Sequence[Migration]:
        return self.setup.source.load()

    def migrate(
        self,
        planner: Planner,
        *,
        before_running: Callable[[Plan, History], None],
        notes: Mapping[str, str] | None = None,
    ) -> Outcome:
        """
        Run what *planner* decides on.

        Args:
            notes: From which a further invocation knows what to decide on; None: the run ends with this one.

        Raises:
            HandedOver: It goes on in the state machine.
            MigrationsError: As in `dynamigrate.migrate`.
        """
        long_run = LongRun(self.setup, self.invocation, notes=notes)
        return self.setup.migrate(
            self.target,
            self.invocation,
            planner=planner,
            wait=self.arguments.wait,
            run=self.run,
            before_running=before_running,
            continue_elsewhere=None if notes is None else long_run.continue_elsewhere,
        )
