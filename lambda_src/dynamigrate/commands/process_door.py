"""A process of a person's own, such as a command line, as manual commands use it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..contract.choices import CHECK_LIMIT, OnFailure, RestorePointSetting
from ..engine import migrate
from ..explanation import Explanation, explain
from ..history import History
from ..log import duration_text, log_event
from ..outcome import Outcome
from ..plan import Action, Plan
from ..planners import Planner
from ..records import Run
from ..reporters import Reporter
from ..run_ids import new_run_id
from ..runtime import Runtime
from ..safe_logger import safe_logger
from ..sources import Source
from ..targets import StateTarget
from ..validation import Policy

if TYPE_CHECKING:
    from ..alarms import Alarms
    from ..checks import CheckResult
    from ..consumption import Meter
    from ..context import Environment

# What it takes is named here, too, for those who make one.
__all__ = ["Policy", "ProcessDoor", "new_run_id"]


@dataclass(kw_only=True)
class ProcessDoor:
    """
    The `FrontDoor` of one command in a process that has no end of its own. Nothing in it goes on elsewhere: a detached
    migration runs as any other, and a fleet is one worker.

    Attributes:
        client: What migrations get as ``ctx.dynamodb``; None: the target's own client.
        state: The names of the two tables and of the lock, as ``status`` tells them.
        run_id: The target has to be given the same, so that whoever looks sees that the lock is this run's.
        interrupted: Why the run should stop at its next safe point, in words; None: it should not.
        hint_at: What would mend an error that is not the engine's own, in words that fit where this process runs.
        otherwise: The next step where nothing else is known.
        reporter, measure, meter, alarms, prices, on_failure, check_limit, restore_point, tables, params: As `migrate` has
            them.
    """

    source: Source
    target: StateTarget
    actor: str
    state: Mapping[str, str]
    client: Any = None
    tables: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    on_failure: OnFailure = "stop"
    check_limit: float = CHECK_LIMIT
    restore_point: RestorePointSetting = "none"
    prices: Mapping[str, float] | None = None
    awaits_application: bool | None = None
    app_version: str = ""
    reporter: Reporter | None = None
    measure: Callable[[Mapping[str, float]], None] = lambda _figures: None
    meter: Meter | None = None
    alarms: Alarms | None = None
    interrupted: Callable[[], str | None] = lambda: None
    hint_at: Callable[[BaseException], str] = lambda _error: ""
    otherwise: str = "Its traceback is in the log."
    log: Any = field(default_factory=lambda: safe_logger(logging.getLogger("dynamigrate.commands")))
    run_log: Any = field(default_factory=lambda: safe_logger(logging.getLogger("dynamigrate.run")))
    run_id: str = field(default_factory=new_run_id)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        if self.client is None:
            self.client = getattr(self.target, "client", None)

    @property
    def elapsed(self) -> float:
        return round(time.monotonic() - self._began, 3)

    def wait(self, seconds: float) -> float:
        return seconds

    def shortage(self) -> str | None:
        return self.interrupted()

    def detaches(self, action: Action) -> bool:
        return False

    def around(self) -> AbstractContextManager[None]:
        return nullcontext()

    def about(self, migration_id: str) -> AbstractContextManager[None]:
        return nullcontext()

    def environment(self, run: Run, migration: str = "") -> Environment:
        # Here, as below: most commands need none.
        from ..context import Environment

        return Environment(
            connect=None if self.client is None else lambda: self.client,
            tables=self.tables,
            params=self.params,
            logger=self.run_log,
            measure=self.measure,
            meter=self.meter,
            alarms=self.alarms,
            prices=self.prices,
            runtime=Runtime(run=run),
        )

    def check(self, plan: Plan, run: Run) -> Iterator[CheckResult]:
        from ..checks import due, run_checks

        return run_checks(
            due(plan), self.environment(run), self.target, run_id=run.id, limit=self.check_limit, dry_run=True
        )

    def migrate(
        self,
        planner: Planner,
        *,
        wait: float,
        run: Run,
        before_running: Callable[[Plan, History], None],
        notes: Mapping[str, str] | None = None,
    ) -> Outcome:
        try:
            return self._migrate(planner, wait=wait, run=run, before_running=before_running)
        except (KeyboardInterrupt, GeneratorExit) as error:
            # It is loaded by then. The answer says which migration is left dirty.
            from ..step import interruption

            if (failed := interruption(error)) is None:
                raise
            raise failed from error

    def _migrate(
        self, planner: Planner, *, wait: float, run: Run, before_running: Callable[[Plan, History], None]
    ) -> Outcome:
        return migrate(
            self.source,
            self.target,
            planner=planner,
            reporter=self.reporter,
            wait=wait,
            out_of_order=self.policy.out_of_order,
            missing=self.policy.missing,
            changed=self.policy.changed,
            phase=self.policy.phase,
            on_failure=self.on_failure,
            check_limit=self.check_limit,
            restore_point=self.restore_point,
            dynamodb=self.client,
            tables=self.tables,
            params=self.params,
            logger=self.run_log,
            measure=self.measure,
            meter=self.meter,
            alarms=self.alarms,
            prices=self.prices,
            runtime=Runtime(
                run=run,
                before_running=before_running,
                awaits_application=self.awaits_application,
                interrupted=self.interrupted,
            ),
        )

    def explain(self, error: BaseException) -> Explanation:
        return explain(error, hint_at=self.hint_at, otherwise=self.otherwise)

    def failed(self, error: BaseException, command: str) -> None:
        told = self.explain(error)
        log_event(
            self.log,
            logging.ERROR,
            "run.finished",
            f"The run failed after {duration_text(self.elapsed)}: {told.message}",
            exc_info=told.traceback,
            command=command,
            result="failed",
            error_type=told.type,
            error=told.message,
            seconds=self.elapsed,
        )
