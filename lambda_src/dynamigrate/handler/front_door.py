"""One invocation of the function, as manual commands use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ..explanation import Explanation
from ..history import History
from ..outcome import Outcome
from ..plan import Action, Plan
from ..planners import Planner
from ..records import Run
from ..sources import Source
from ..targets import StateTarget
from ..validation import Policy
from .explanation import explain
from .invocation import Invocation
from .long_run.long_run import LongRun
from .setup import Setup
from .surroundings import put_back

if TYPE_CHECKING:
    from ..checks import CheckResult
    from ..context import Environment

# "Every call by a custom widget to Lambda includes a widgetContext element", as the CloudWatch user guide says.
_WIDGET_CONTEXT: Final = "widgetContext"


class LambdaDoor:
    """The function's `FrontDoor`: its settings, and the time that this invocation has."""

    def __init__(self, setup: Setup, invocation: Invocation) -> None:
        self._setup = setup
        self._invocation = invocation
        self.run_id = invocation.run_id
        self.actor = invocation.actor
        self.log = setup.logs.events
        self.run_log = setup.logs.run

    @property
    def app_version(self) -> str:
        return self._setup.settings.app_version

    @property
    def policy(self) -> Policy:
        return self._setup.settings.policy

    @property
    def awaits_application(self) -> bool:
        return self._setup.settings.awaits_application

    @property
    def state(self) -> Mapping[str, str]:
        settings = self._setup.settings
        return {
            "table_name": settings.table_name,
            "lock_table_name": settings.lock_table_name,
            "lock_id": settings.lock_id,
        }

    @property
    def source(self) -> Source:
        return self._setup.source

    @cached_property
    def target(self) -> StateTarget:
        return self._setup.target(self._invocation)

    @property
    def elapsed(self) -> float:
        return self._invocation.elapsed

    def wait(self, seconds: float) -> float:
        return self._invocation.wait(seconds)

    def shortage(self) -> str | None:
        return self._invocation.shortage()

    def detaches(self, action: Action) -> bool:
        return self._setup.detaches(action)

    def around(self) -> AbstractContextManager[None]:
        return put_back()

    @contextmanager
    def about(self, migration_id: str) -> Iterator[None]:
        self._setup.logs.set_migration(migration_id)
        try:
            yield
        finally:
            self._setup.logs.set_migration(None)

    def environment(self, run: Run, migration: str = "") -> Environment:
        return self._setup.environment(self._invocation, run=run, migration=migration)

    def check(self, plan: Plan, run: Run) -> Iterator[CheckResult]:
        return self._setup.check(plan, self.target, self._invocation, run)

    def migrate(
        self,
        planner: Planner,
        *,
        wait: float,
        run: Run,
        before_running: Callable[[Plan, History], None],
        notes: Mapping[str, str] | None = None,
    ) -> Outcome:
        long_run = LongRun(self._setup, self._invocation, notes=notes)
        return self._setup.migrate(
            self.target,
            self._invocation,
            planner=planner,
            wait=wait,
            run=run,
            before_running=before_running,
            continue_elsewhere=None if notes is None else long_run.continue_elsewhere,
        )

    def explain(self, error: BaseException) -> Explanation:
        return explain(error)

    def failed(self, error: BaseException, command: str) -> None:
        self._setup.logs.failed(error, command=command, seconds=self._invocation.elapsed)


def respond(event: object, context: Any, setup: Setup) -> dict[str, Any]:
    """Carry out the command that *event* is, as `commands.registry.respond` has it."""
    # Here, because events of CloudFormation's are answered without.
    from ..commands import registry

    invocation = Invocation.begin(context)
    setup.logs.begin(run_id=invocation.run_id, request_id=invocation.request_id)
    return registry.respond(_as_sent(event), LambdaDoor(setup, invocation))


def _as_sent(event: object) -> object:
    """*event* without what CloudWatch adds to whatever a button of a dashboard's widget sends."""
    if not isinstance(event, dict) or not isinstance(event.get(_WIDGET_CONTEXT), dict):
        return event
    return {name: value for name, value in event.items() if name != _WIDGET_CONTEXT}
