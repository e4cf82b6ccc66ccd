"""One run: lock, make sure that the state can be kept, plan, run, unlock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .changes import changes, warnings
from .contract.choices import (
    CHECK_LIMIT,
    Changed,
    Missing,
    OnFailure,
    OutOfOrder,
    Phase,
    RestorePointSetting,
    check_choice,
)
from .contract.prices import check_prices
from .dynamodb_client import require_plain_client
from .errors import InvalidSetting
from .handover import Handover
from .lifecycle import tell_nobody
from .opening import creation, in_memory, locked
from .outcome import Outcome
from .planners import MigratePlanner, Planner
from .precautions import Precautions
from .recorder import RunRecorder
from .records import Run
from .reporters import LogReporter, Reporter, SafeReporter
from .run_ids import new_run_id
from .run_plan import plan_run
from .run_state import RunState
from .runtime import Runtime
from .safe_logger import safe_logger
from .squash import to_plan
from .under_way import noted
from .validation import Policy

if TYPE_CHECKING:
    from .alarms import Alarms
    from .consumption import Meter
    from .sources import Source
    from .targets import Target

_logger = safe_logger(logging.getLogger(__name__))


def migrate(
    source: Source,
    target: Target,
    *,
    planner: Planner | None = None,
    reporter: Reporter | None = None,
    wait: float = 0,
    out_of_order: OutOfOrder = "error",
    missing: Missing = "error",
    changed: Changed = "warn",
    on_failure: OnFailure = "stop",
    phase: Phase | None = None,
    check_limit: float = CHECK_LIMIT,
    restore_point: RestorePointSetting = "none",
    dynamodb: Any = None,
    tables: Mapping[str, str] = MappingProxyType({}),
    params: Mapping[str, str] = MappingProxyType({}),
    logger: Any = None,
    measure: Callable[[Mapping[str, float]], None] = lambda _figures: None,
    meter: Meter | None = None,
    alarms: Alarms | None = None,
    prices: Mapping[str, float] | None = None,
    dry_run: bool = False,
    runtime: Runtime | None = None,
) -> Outcome:
    """
    Run what *planner* decides on, in its order and under the target's lock, until all is done or one migration fails.

    The target's tables are created where they are missing, unless the history may be in others: that is so for a folder
    where the target's tables were not named. With nothing to do a `DynamoDBTarget` sends three requests: acquire, read,
    release.

    Args:
        planner: What to run; all of *phase* that is pending, unless another is given.
        reporter: Hears of every step, beside the log.
        wait: Seconds to wait for a lock that somebody else holds.
        out_of_order: ``allow``: a pending migration may be older than the newest applied one.
        missing: ``ignore``: what is applied may be unknown to the source.
        changed: What it means that the code of an applied migration has changed: ``warn``, ``error`` or ``ignore``.
        on_failure: ``undo``: when a migration fails, its own ``undo`` runs, and then those of what this run had
            applied, newest first; where one is missing or fails, nothing older is undone. A dry run ends with the failure.
        phase: ``before`` or ``after``: the run is that phase's, before the application is deployed or after it, and goes on
            with what runs of this phase left unfinished. None: it is both, one after the other.
        check_limit: Seconds that each migration's check may take.
        restore_point: What it means, where a migration's file does not say it, whether the tables can be restored to the
            moment before the first write: ``required``: nothing runs where they can't; ``note``: it is asked and kept;
            ``none``: it is not asked.
        dynamodb: What migrations get as ``ctx.dynamodb``; the target's own client unless another is given.
        tables: What migrations get as ``ctx.tables``: logical name to physical name.
        params: What migrations get as ``ctx.params``.
        logger: What migrations get as ``ctx.logger``, and what the run's own lines go to.
        measure: Called every few seconds with the figures of a migration's progress.
        meter: Tells backfills what others use of a table, so that they leave it to them: a `CloudWatchMeter`. Without
            one they take up to half of its capacity, whatever others use.
        alarms: Tells backfills with ``throttle_on`` in which state those alarms are: a `CloudWatchAlarms`.
        prices: Dollars a million request units on demand, such as ``{"read": 0.125, "write": 0.625}``, for what backfills say
            of their cost. Without them they take those that they know.
        dry_run: Change nothing, and take no lock: plan, report the plan, and call only those migration functions
            that have ``supports_dry_run = True``, with ``ctx.dry_run`` set. The outcome says what would be done.
        runtime: What the process that runs this gives: its time, and who takes part. A script needs none.

    Returns:
        What was done, and what is still pending. Where the plan was empty, no run is recorded.

    Raises:
        NoMigrationsAvailable: The source is empty.
        StateMissing: The tables are not there, and the history may be elsewhere; nothing was made or run.
        LockHeld: Somebody else has the lock; nothing was read or run.
        DirtyMigration: An earlier run left one half done; nothing was run.
        StaleMigration, MigrationNotFound, MigrationNotUndoable, StepOutOfRange, ChangedMigration, InvalidMigration:
            The plan can't be; nothing was run.
        MigrationAlreadyExists: What is applied under an id is another migration, by its description; nothing was run.
        MigrationRunning: It would undo one that is at work in a run of its own; nothing was run.
        CheckFailed: Checks of what was to be done failed; nothing was run.
        NotRestorable: One requires that its tables can be restored, and one can't be; nothing was run.
        MigrationFailed: A migration failed; the error's outcome has what was done before it.
        RequirementNotMet: The run ended before a migration, as one that it requires is not applied, or not found clean for as
            long as it says.
        NotVerified: What an earlier migration did could not be looked over, or not be settled; the run ended there.
        RunUnfinished: The run stopped between migrations or at a checkpoint; run it again.
        HandedOver: It stopped there, and goes on in another process, where *runtime* has one.
        NothingToTakeUp: *runtime* takes a run up that is over, or somebody else's; nothing was read or run.
        LockLost: The lock was lost during the run; nothing was recorded after that.
        InvalidSetting: An option has an unknown value.
    """
    policy = Policy(out_of_order=out_of_order, missing=missing, changed=changed, phase=phase)
    if not wait >= 0:
        raise InvalidSetting(f"wait={wait!r} is not possible.", next_step="Give seconds: 0 or more.")
    check_choice("on_failure", on_failure, OnFailure)
    check_prices(prices)
    precautions = Precautions(check_limit=check_limit, restore_point=restore_point)
    require_plain_client(dynamodb)
    runtime = runtime or Runtime()
    clock, run = runtime.clock, runtime.run or Run(id=new_run_id())
    logger = safe_logger(logger or logging.getLogger("dynamigrate.run"))
    told = SafeReporter([LogReporter(logger, dry_run=dry_run), *([reporter] if reporter else [])], _logger)
    client = dynamodb if dynamodb is not None else getattr(target, "client", None)
    migrations = source.load()
    create = creation(source, target)
    with ExitStack() as stack:
        if dry_run:
            runtime = replace(runtime, before_planning=lambda: None, tell=tell_nobody)
            target = in_memory(target, create)
            create = target.create
        else:
            stack.enter_context(noted())
        lock = stack.enter_context(target.take_up(run.id) if runtime.takes_up else locked(target, wait, create))
        handover = Handover(target, lock, runtime, run)
        handover.require_open()
        recorder = RunRecorder(target, run, clock, began=handover.began, tell=runtime.tell)
        with handover.planning(recorder):
            planned = plan_run(
                migrations,
                target,
                planner or MigratePlanner(phase),
                policy,
                create=create,
                reporter=told,
                run=run,
                runtime=runtime,
                logger=logger,
            )
        records, plan = planned.records, planned.plan
        before = None if handover.before is None else handover.before.completed(records)
        run_state = RunState(
            to_plan(migrations, records),
            records,
            run=run,
            clock=clock,
            began=clock.monotonic() - (clock.time() - handover.began),
            warnings=warnings(tuple(changes(migrations, records, changed))),
            continuation=before,
            tell=runtime.tell,
        )
        for one in planned.held:
            run_state.held(one, again=before is not None)
            one.log(logger, run.id)
        if not plan and before is None and not planned.is_due:
            return run_state.outcome()
        # Not before: a run with nothing to do needs neither.
        from .context import Environment
        from .runner import Runner

        environment = Environment(
            connect=runtime.connect or (None if client is None else lambda: client),
            tables=tables,
            params=params,
            logger=logger,
            measure=measure,
            meter=meter,
            alarms=alarms,
            prices=prices,
            runtime=runtime,
        )
        runner = Runner(
            target,
            lock,
            environment,
            run_state,
            records=records,
            run=run,
            reporter=told,
            on_failure=on_failure,
            dry_run=dry_run,
            readiness=planned.readiness(target, lock, environment, run_state, run=run, dry_run=dry_run),
            precautions=precautions,
        )
        with recorder.recorded(run_state), handover.passing_on(run_state, lambda: runner.out_of_time and not dry_run):
            return runner.apply(plan)
