"""What a process gives the commands that somebody has it carry out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from ..explanation import Explanation
from ..history import History
from ..outcome import Outcome
from ..plan import Action, Plan
from ..planners import Planner
from ..records import Run
from ..sources import Source
from ..targets import StateTarget
from ..validation import Policy

if TYPE_CHECKING:
    from ..checks import CheckResult
    from ..context import Environment


class FrontDoor(Protocol):
    """
    One call of a process: of a Lambda function, or of a command line.

    Attributes:
        run_id: That of the run that a command begins.
        actor: Who asks, in words, for the records.
        app_version: The application's version, for the records; empty: not known.
        policy: What a plan does with what it did not expect, and whose phase's migrations run.
        awaits_application: As `Runtime` has it.
        state: The names of the two tables and of the lock, as ``status`` tells them.
        log: Takes the lines about commands, and *run_log* those about runs.
    """

    @property
    def run_id(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def app_version(self) -> str: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def awaits_application(self) -> bool | None: ...
    @property
    def state(self) -> Mapping[str, str]: ...
    @property
    def source(self) -> Source: ...
    @property
    def target(self) -> StateTarget: ...
    @property
    def log(self) -> Any: ...
    @property
    def run_log(self) -> Any: ...
    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        ...

    def wait(self, seconds: float) -> float:
        """*seconds* to wait for the lock, or as many of them as there are."""
        ...

    def shortage(self) -> str | None:
        """That nothing further should begin, in words; None: there is time."""
        ...

    def detaches(self, action: Action) -> bool:
        """Whether *action* would go on in a run of its own."""
        ...

    def around(self) -> AbstractContextManager[None]:
        """A block in which code of the user's runs; what it leaves behind in the process is put back."""
        ...

    def about(self, migration_id: str) -> AbstractContextManager[None]:
        """A block whose lines are about that migration."""
        ...

    def environment(self, run: Run, migration: str = "") -> Environment:
        """What a function of *migration* is given that is called outside of a run; empty: of several."""
        ...

    def check(self, plan: Plan, run: Run) -> Iterator[CheckResult]:
        """
        Run the checks of *plan*, as far as there is time.

        Raises:
            StopRequested: There is no more.
        """
        ...

    def migrate(
        self,
        planner: Planner,
        *,
        wait: float,
        run: Run,
        before_running: Callable[[Plan, History], None],
        notes: Mapping[str, str] | None = None,
    ) -> Outcome:
        """
        Run what *planner* decides on.

        Args:
            wait: Seconds to wait for the lock.
            notes: From which another process knows what to decide on; None: the run ends with this one.

        Raises:
            HandedOver: It goes on in another process.
            MigrationsError: As in `dynamigrate.migrate`.
        """
        ...

    def explain(self, error: BaseException) -> Explanation:
        """What a person needs to know about *error*, as somebody at this front door can act on it."""
        ...

    def failed(self, error: BaseException, command: str) -> None:
        """Log that *command* ended with *error*."""
        ...
