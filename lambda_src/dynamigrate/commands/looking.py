"""The commands that look and change nothing: ``status``, ``plan``, ``history``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..clock import timestamp
from ..errors import StateMissing, StopRequested
from ..next_step import Command, NextStep
from ..plan import Action, Plan
from ..planners import MigratePlanner, Planner, StepPlanner, ToPlanner
from ..preview import Preview, preview
from ..records import RunRecord
from ..status import DirtyStatus, MigrationStatus, RunningStatus, State
from ..status import status as look
from .answers import AnswerObject, failure_view, lock_view, phase_view, restore_view, succeeded
from .call import Call
from .change_views import application_view, verified_view, waits_view
from .errors import InvalidArgument
from .rehearsing import rehearsed, require_dry_run

_RUNS = 50
# States that are counted where there are any.
_RARE = (State.HELD, State.RUNNING)


def status(call: Call) -> AnswerObject:
    """Every migration and its state, the lock, and the command to run next where there is one."""
    door = call.door
    report = look(
        call.migrations(),
        call.target,
        changed=door.policy.changed,
        phase=door.policy.phase,
        awaits_application=door.awaits_application,
    )
    return succeeded(
        **phase_view(door.policy.phase),
        current=report.current,
        counts={state.value: report.counts[state] for state in State if report.counts[state] or state not in _RARE},
        **({} if report.next_step is None else {"next": _next(report.next_step)}),
        **({"dirty": [_dirty(one) for one in report.dirty]} if report.dirty else {}),
        **({"running": [_running(one) for one in report.running]} if report.running else {}),
        **({"warnings": list(report.warnings)} if report.warnings else {}),
        **({"application": application_view(report.application)} if report.application else {}),
        **(
            {}
            if report.has_state
            else {"note": "There are no state tables yet; the first deploy or migrate makes them."}
        ),
        lock=lock_view(report.lock),
        # What a target elsewhere has to be given to find the same history.
        state=dict(door.state),
        # Last, because there may be hundreds of them.
        migrations=[_row(one) for one in report.migrations],
    )


def plan(call: Call) -> AnswerObject:
    """What ``migrate`` would do now, or ``to`` with a migration, or ``step`` with n; takes no lock."""
    arguments = call.arguments
    if arguments.migration and arguments.n is not None:
        raise InvalidArgument(
            "plan takes a migration or n, not both.",
            next_step='Give "migration" for what to would do, "n" for what step would do, none for migrate.',
        )
    require_dry_run(arguments)
    door = call.door
    phase = door.policy.phase
    planner: Planner = MigratePlanner(phase)
    if arguments.migration:
        planner = ToPlanner(arguments.migration, phase)
    elif arguments.n is not None:
        planner = StepPlanner(arguments.n, phase)
    found = preview(
        call.migrations(),
        call.target,
        planner,
        policy=door.policy,
        logger=door.run_log,
        detaches=door.detaches,
        awaits_application=door.awaits_application,
    )
    told = rehearsed(call, found) if arguments.dry_run else _costs(call, found)
    return succeeded(
        **phase_view(phase),
        **({"warnings": list(found.warnings)} if found.warnings else {}),
        actions=[_action(call, found, action, more) for action, more in zip(found.plan, told, strict=True)],
        **(
            {"held": [{"migration": one.migration.id, **waits_view(one.missing)} for one in found.held]}
            if found.held
            else {}
        ),
        pending=[migration.id for migration in found.pending],
        **(_checked(call, found.plan) if arguments.check else {}),
    )


def _action(call: Call, found: Preview, action: Action, more: Mapping[str, Any]) -> AnswerObject:
    """One action of the plan, with what is told of it beside that: what it would cost, and do."""
    migration = action.migration
    return {
        "action": action.direction.value,
        "migration": migration.id,
        "description": migration.description,
        **({"goes_on_from_its_checkpoint": True} if action.resume else {}),
        **({"detached": True} if call.door.detaches(action) else {}),
        **({"requires": list(found.unmet[migration.id])} if migration.id in found.unmet else {}),
        **waits_view(found.waits.get(migration.id, ())),
        **more,
    }


def _costs(call: Call, found: Preview) -> list[Mapping[str, Any]]:
    """What each action of the plan is going to cost; nothing of one that is no backfill."""
    if not found.plan:
        return []
    # Here, because it is loaded for nothing else.
    from ..estimating import Estimator

    estimator = Estimator(call.door.environment(call.run), found.records, stop=call.door.shortage)
    with call.door.around():
        costs = [estimator.cost(action) for action in found.plan]
    return [{} if cost is None else {"cost": cost} for cost in costs]


def _checked(call: Call, plan: Plan) -> AnswerObject:
    """What the checks of *plan* find, each; and why not all were made, where they were not."""
    told: list[AnswerObject] = []
    try:
        for one in call.door.check(plan, call.run):
            failed = {"error": failure_view(one.failure)} if one.failure else {}
            told.append(
                {"migration": one.migration.id, "passed": not failed, "seconds": round(one.seconds, 3), **failed}
            )
    except StopRequested as stop:
        return {"checks": told, "note": stop.message}
    return {"checks": told}


def history(call: Call) -> AnswerObject:
    """The newest runs that changed something or failed."""
    limit = _RUNS if call.arguments.n is None else call.arguments.n
    if limit < 1:
        raise InvalidArgument(
            f'history: "n" is {limit}, and should be how many runs to show, 1 or more.',
            next_step=NextStep("For example ", Command("history", {"n": 10}), "."),
        )
    try:
        runs = call.target.runs(limit)
    except StateMissing:
        runs = ()
    return succeeded(runs=[_run(run) for run in runs])


def _row(one: MigrationStatus) -> dict[str, Any]:
    row: dict[str, Any] = {"id": one.id, "description": one.description, "state": one.state.value}
    if one.phase == "after":
        row["phase"] = one.phase
    if one.replaces:
        row["by"] = list(one.replaces)
    row |= waits_view(one.waits)
    if (record := one.record) is not None:
        row |= {
            "applied_at": record.finished_at,
            "seconds": None if record.duration_ms is None else record.duration_ms / 1000,
            "run_id": record.details.run_id,
            "actor": record.details.actor,
            **({"cost": _cost(record.cost)} if record.cost else {}),
            **({"replaced_by": one.replaced_by.id} if one.replaced_by else {}),
            **({"restore_point": point.at} if (point := record.details.restore_point) else {}),
            **({"verified": verified_view(record.verified)} if record.verified else {}),
            **({"clean_since": record.clean_since} if record.clean_since else {}),
        }
    if one.change is not None:
        # A flag and a sentence, where it differs from what was applied.
        row |= {one.change.kind: True, "warning": one.change.warning}
    return row


def _dirty(one: DirtyStatus) -> dict[str, Any]:
    record = one.record
    return {
        "migration": record.id,
        "found": one.finding.value,
        "in": record.action.value,
        "began": record.started_at,
        **({"error": failure_view(record.failure)} if record.failure else {}),
        **restore_view(record.details.restore_point),
        **({"progress": _progress(record.progress, record.figures, record.waits_for)} if record.progress else {}),
        "next": _next(one.next_step),
    }


def _running(one: RunningStatus) -> dict[str, Any]:
    """One that goes on in a run of its own: how far it is, and who is at work on it."""
    record = one.record
    left = record.figures.get("seconds_left")
    return {
        "migration": record.id,
        "began": record.started_at,
        **({"progress": _progress(record.progress, record.figures, record.waits_for)} if record.progress else {}),
        **({} if left is None else {"done_about": timestamp(time.time() + left)}),
        "lock": lock_view(one.lock),
        "cancel": Command("cancel", {"migration": record.id, "confirm": True}).event(),
    }


def _next(step: NextStep) -> AnswerObject | str:
    """A command as the event that carries it out; anything else as its text."""
    return str(step) if step.command is None else step.command.event()


def _progress(counted: tuple[float, float], figures: Mapping[str, float], waits_for: str = "") -> dict[str, Any]:
    done, total = counted
    whole = {name: int(value) if float(value).is_integer() else round(value, 1) for name, value in figures.items()}
    return {"done": done, "total": total, **whole, **({"waits_for": waits_for} if waits_for else {})}


def _cost(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: int(value) if float(value).is_integer() else round(value, 6) for name, value in figures.items()}


def _run(record: RunRecord) -> dict[str, Any]:
    run = record.run
    return {
        "run_id": run.id,
        "started_at": record.started_at,
        "seconds": record.seconds,
        "command": run.command,
        "result": record.result,
        "applied": list(record.applied),
        "undone": list(record.undone),
        **({"failed": record.failed} if record.failed else {}),
        **restore_view(record.restore_point),
        "actor": run.actor,
        "deploy_id": run.deploy_id,
        "app_version": run.app_version,
        **({"note": record.note} if record.note else {}),
    }
