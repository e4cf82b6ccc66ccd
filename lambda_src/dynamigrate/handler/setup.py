"""What all invocations of one process share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ..continuation import Continuation
from ..contract.choices import OnFailure
from ..engine import migrate
from ..history import History
from ..outcome import Outcome
from ..plan import Action, Direction, Plan
from ..planners import Planner
from ..records import Run
from ..reporters import SafeReporter
from ..runtime import ContinueElsewhere, Runtime
from ..sources import Source
from ..sources.folder import FolderSource
from ..targets import StateTarget
from ..transport.readiness import awaited
from .clients import Clients
from .invocation import Invocation
from .logs import Logs, MigrationKey
from .long_run.kept_events import KeptEvents
from .meter import LazyAlarms, LazyMeter
from .metrics import ProgressMetrics
from .own_target import dynamodb_target
from .run_reports import RunReports
from .settings import Settings
from .surroundings import put_back

if TYPE_CHECKING:
    from ..checks import CheckResult
    from ..context import Environment
    from ..fleet import WorkerEnd
    from ..targets.fleets import Member
    from .detached.executions import Executions


# Seconds from the call of the function. A grant is mostly everywhere within seconds, and rarely takes longer than this.
LATE_SECONDS: Final = 60.0


class Setup:
    """
    Settings, source, clients and log, each made when it is first needed.

    Args:
        environ: The environment's variables.
        target_for: Makes an invocation's target.
        sleep: Waits between two tries to send an answer.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        clients: Clients | None = None,
        logs: Logs | None = None,
        target_for: Callable[[Settings, Invocation, Any], StateTarget] = dynamodb_target,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._environ = environ
        self._target_for = target_for
        self.clients = clients or Clients(environ)
        self.logs = logs or Logs()
        self.sleep = sleep
        self.reports = RunReports(environ, bus=lambda: self.clients.events, log=self.logs.events)

    @cached_property
    def settings(self) -> Settings:
        """
        The settings, read once.

        Raises:
            InvalidSetting: A variable has an impossible value.
        """
        settings = Settings.read(self._environ)
        self.logs.set_level(settings.log_level)
        return settings

    @cached_property
    def source(self) -> FolderSource:
        return FolderSource(self.settings.migrations_folder)

    def target(self, invocation: Invocation) -> StateTarget:
        return self._target_for(self.settings, invocation, self.clients.state)

    @cached_property
    def kept_events(self) -> KeptEvents:
        return KeptEvents(lambda: self.clients.ssm, self.settings.events_path, key=self.settings.events_key)

    def executions(self, invocation: Invocation) -> Executions:
        """Those in which detached migrations go on, as that invocation may start them."""
        # Here, because only a run that starts a detached migration, or goes on with one, needs it.
        from .detached.executions import Executions

        return Executions(
            lambda: self.clients.stepfunctions,
            self.settings.detached_machine_arn,
            patience=lambda: min(LATE_SECONDS - invocation.elapsed, invocation.remaining() - invocation.reserve),
            sleep=self.sleep,
        )

    def detaches(self, action: Action) -> bool:
        """Whether *action* would go on in a run of its own."""
        return (
            bool(self.settings.detached_machine_arn) and action.migration.detached and action.direction is Direction.DO
        )

    def brief_target(self, invocation: Invocation) -> StateTarget:
        """A target whose requests give up in seconds."""
        return self._target_for(self.settings, invocation, self.clients.brief_state)

    def _limit(self, invocation: Invocation) -> float:
        """When a run that begins here must have ended, wherever it goes on, in seconds since the epoch."""
        return time.time() - invocation.elapsed + self.settings.run_limit

    def _awaited(self, table: str) -> str:
        """What has to be waited for before *table* can be used, as `Runtime.awaited` says it."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return awaited(self.clients.state.describe_table(TableName=table)["Table"])
        except (ClientError, BotoCoreError):
            # What keeps it from being looked at may not keep a migration from using it, or from making it.
            return ""

    def migrate(
        self,
        target: StateTarget,
        invocation: Invocation,
        *,
        planner: Planner,
        wait: float,
        run: Run,
        before_planning: Callable[[], Planner | None] = lambda: None,
        before_running: Callable[[Plan, History], None] = lambda _plan, _history: None,
        source: Source | None = None,
        on_failure: OnFailure | None = None,
        continue_elsewhere: ContinueElsewhere | None = None,
        continuation: Continuation | None = None,
    ) -> Outcome:
        """
        Call `dynamigrate.migrate` with what the construct set and the time that this invocation has.

        Args:
            source: The migrations; all of the function's, unless given. So is *on_failure* the function's own.
            continue_elsewhere: As `Runtime` has it; left out where there is no state machine.
            continuation: What the run did in other invocations; None: it begins here.

        Raises:
            MigrationsError: As in `dynamigrate.migrate`.
        """
        settings = self.settings
        metrics = ProgressMetrics(settings.stack_name)
        # One that is gone on with came from a machine of its own.
        has_machine = bool(settings.machine_arn or continuation)
        runtime = self._runtime(
            invocation,
            run=run,
            before_planning=before_planning,
            before_running=before_running,
            takes_up=continuation is not None,
            limit=self._limit(invocation) if continuation is None else continuation.ends,
            continue_elsewhere=continue_elsewhere if has_machine else None,
            fleets=has_machine,
            awaits_application=settings.awaits_application,
            launcher=self.executions(invocation) if settings.detached_machine_arn else None,
        )
        told = self.reports.begin(run, goes_on=continuation is not None)
        try:
            with put_back():
                outcome = migrate(
                    source or self.source,
                    target,
                    planner=planner,
                    reporter=SafeReporter([MigrationKey(self.logs), metrics, *told], self.logs.events),
                    wait=invocation.wait(wait),
                    out_of_order=settings.policy.out_of_order,
                    missing=settings.policy.missing,
                    changed=settings.policy.changed,
                    phase=settings.phase,
                    on_failure=on_failure or settings.on_failure,
                    check_limit=settings.check_limit,
                    restore_point=settings.restore_point,
                    tables=settings.tables,
                    params=settings.params,
                    logger=self.logs.run,
                    measure=metrics.measure,
                    meter=LazyMeter(lambda: self.clients.cloudwatch),
                    alarms=self._alarms,
                    prices=settings.prices,
                    runtime=runtime,
                )
        except (KeyboardInterrupt, GeneratorExit) as error:
            # It is loaded by then: nobody sits at this process to interrupt it, so a migration's code raised this.
            from ..step import interruption

            if (failed := interruption(error)) is None:
                raise
            raise failed from error
        finally:
            self.reports.over()
        self.reports.finished(outcome)
        return outcome

    def work(self, member: Member, continuation: Continuation, invocation: Invocation) -> WorkerEnd:
        """
        Do *member*'s share of what its fleet does, as `FleetWorker.work` has it.

        Raises:
            Exception: The fleet's state could not be read or written.
        """
        from ..dynamodb.retries import is_passing
        from ..fleet_worker import FleetWorker

        environment = self.environment(
            invocation.until(continuation.ends), run=continuation.run, migration=member.fleet.migration
        )
        self.logs.set_migration(member.fleet.migration)
        try:
            with put_back():
                return FleetWorker(
                    self.source,
                    self.target(invocation),
                    member,
                    environment,
                    run_id=continuation.run.id,
                    is_passing=is_passing,
                ).work()
        finally:
            self.logs.set_migration(None)

    def environment(self, invocation: Invocation, *, run: Run, migration: str) -> Environment:
        """What a function of *migration* is given that works outside of a run's own process, or beside all runs."""
        from ..context import Environment

        self.reports.begin(run, goes_on=True)
        return Environment(
            connect=lambda: self.clients.dynamodb,
            tables=self.settings.tables,
            params=self.settings.params,
            logger=self.logs.run,
            measure=ProgressMetrics(self.settings.stack_name, migration=migration).measure,
            meter=LazyMeter(lambda: self.clients.cloudwatch),
            alarms=self._alarms,
            prices=self.settings.prices,
            runtime=self._runtime(invocation, run=run),
        )

    def check(self, plan: Plan, target: StateTarget, invocation: Invocation, run: Run) -> Iterator[CheckResult]:
        """
        Run the checks of *plan*, as far as there is time.

        Raises:
            StopRequested: There is no more.
        """
        from ..checks import due, run_checks

        return run_checks(
            due(plan),
            self.environment(invocation, run=run, migration=""),
            target,
            run_id=run.id,
            limit=self.settings.check_limit,
            stop=invocation.shortage,
            dry_run=True,
        )

    @property
    def _alarms(self) -> LazyAlarms:
        return LazyAlarms(lambda: self.clients.alarms, lambda: self.clients.cloudwatch)

    def _runtime(self, invocation: Invocation, *, run: Run, **more: Any) -> Runtime:
        """What this process gives a run in that invocation."""
        return Runtime(
            run=run,
            remaining=invocation.remaining,
            reserve=invocation.reserve,
            connect=lambda: self.clients.dynamodb,
            around=put_back,
            witness=self.clients.witness,
            awaited=self._awaited,
            whose_time=invocation.whose_time,
            tell=self.reports.tell,
            **more,
        )
