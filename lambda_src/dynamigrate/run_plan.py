"""What a run is going to do, decided under its lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from .contract.choices import Phase
from .history import History
from .migration import Migration
from .opening import deployed_application, records_of
from .plan import Plan
from .planners import Planner
from .planning import make_plan
from .records import Application, Record, Run
from .reporters import AfterPlan, BeforePlan, Reporter
from .runtime import Runtime
from .validation import Policy, applied_after

if TYPE_CHECKING:
    from .context import Environment
    from .held import Held
    from .readiness import Readiness
    from .run_state import RunState
    from .targets import HeldLock, StateTarget, Target
    from .verifiable import VerifyOrder
    from .verification import Verification


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """
    Attributes:
        migrations: All that the source has.
        records: The history that the plan was made from.
        application: The one that is deployed; None: none was noted, or nothing depends on it.
        held: What the plan leaves out, as it is not ready.
        phase: The run's; None: it is both.
    """

    migrations: Sequence[Migration]
    records: tuple[Record, ...]
    plan: Plan
    application: Application | None
    held: tuple[Held, ...]
    phase: Phase | None

    @property
    def catches_up(self) -> bool:
        """Whether the run looks over what was not found clean since the application was deployed."""
        # What nobody else has noted is nobody's to look over; and who goes back, in a rollback maybe, has no time for it.
        return self.phase != "before" and self.application is not None and not self.plan.undone

    @property
    def _look_of(self) -> str:
        """
        What the run's looks are a part of. One may take longer than a run may, and the next run goes on with it: what was
        seen while one application was deployed is so until another one is.
        """
        application = self.application
        return "" if application is None else f"the deploy {application.deploy_id} at {application.at}"

    @property
    def is_due(self) -> bool:
        """Whether work has to be looked over, or counts as clean from now on, as the application is deployed."""
        if not self.catches_up:
            return False
        from .catch_up import due

        return bool(due(self.migrations, self.records))

    def readiness(
        self, target: Target, lock: HeldLock, environment: Environment, run_state: RunState, *, run: Run, dry_run: bool
    ) -> Readiness | None:
        """What tells the run what its migrations wait for; None: nothing waits, and nothing is to be looked over."""
        after = self.catches_up and not dry_run
        if not after and not any(action.is_gated for action in self.plan):
            return None
        from .catch_up import CatchUp
        from .readiness import Readiness
        from .verifying import verify

        runtime = environment.runtime
        catch_up = None
        # A target of the user's own may not keep what is found.
        if hasattr(target, "note_clean"):
            kept = cast("StateTarget", target)

            def look(migration: Migration, record: Record, order: VerifyOrder) -> Verification:
                return verify(
                    migration, record, kept, environment, run=run, order=order, lock=lock, look_of=self._look_of
                )

            catch_up = CatchUp(
                kept,
                look,
                run_state,
                migrations=self.migrations,
                after=after,
                run_id=run.id,
                clock=runtime.clock,
                logger=environment.logger,
            )
        return Readiness(
            target,
            run_state,
            migrations=self.migrations,
            catch_up=catch_up,
            application=self.application,
            awaited=bool(runtime.awaits_application),
            now=runtime.clock.time,
            logger=environment.logger,
            run_id=run.id,
        )


def depends_on_application(migrations: Sequence[Migration], records: Sequence[Record], phase: Phase | None) -> bool:
    """Whether a run of *phase* may have to know which application is deployed."""
    begun = {record.key for record in records}
    return any(one.requires and one.key not in begun for one in migrations) or (
        phase != "before" and any(one.verified is not None and one.clean_since is None for one in records)
    )


def plan_run(
    migrations: Sequence[Migration],
    target: Target,
    planner: Planner,
    policy: Policy,
    *,
    create: Callable[[], None],
    reporter: Reporter,
    run: Run,
    runtime: Runtime,
    logger: Any,
) -> PlannedRun:
    """
    Plan a run, its lock held.

    Args:
        create: Creates the target's tables where they are missing, or raises.

    Raises:
        MigrationsError: There can be no plan; nothing was run.
    """
    clock = runtime.clock
    started = clock.monotonic()
    plan: Plan | None = None
    error: BaseException | None = None
    try:
        reporter.before_plan(BeforePlan(run=run))
        planner = runtime.before_planning() or planner
        records = records_of(target, create)
        plan = make_plan(migrations, records, planner, policy, logger)
        application: Application | None = None
        held: tuple[Held, ...] = ()
        if depends_on_application(migrations, records, policy.phase):
            # Here, because most runs have nothing that depends on it.
            from .gate import gate_of
            from .held import hold_back

            application = deployed_application(target, awaited=runtime.awaits_application)
            gate_for = partial(
                gate_of,
                migrations,
                records,
                application=application,
                awaited=bool(runtime.awaits_application),
                now=clock.time(),
                looks=True,
            )
            applied = {record.key for record in records if not record.dirty}
            plan, held = hold_back(plan, gate_for, applied, policy.phase)
        runtime.before_running(plan, History(applied_after(records), records))
    except BaseException as raised:
        error = raised
        raise
    finally:
        reporter.after_plan(AfterPlan(run=run, plan=plan, seconds=clock.monotonic() - started, error=error))
    return PlannedRun(
        migrations=migrations,
        records=records,
        plan=plan,
        application=application,
        held=held,
        phase=policy.phase,
    )
