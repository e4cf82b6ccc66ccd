"""The commands that look and change nothing: ``status``, ``plan``, ``history``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ...changes import Change, changes, warnings
from ...contract.names import IdKey, id_key
from ...errors import StateMissing
from ...migration import Migration
from ...next_step import Command, NextStep
from ...plan import Direction
from ...planners import MigratePlanner, Planner, StepPlanner, ToPlanner
from ...planning import make_plan
from ...records import Record, RunRecord
from ...squash import pending, replacements
from ...targets.lock_status import LockStatus
from ..errors import InvalidArgument
from .answers import AnswerObject, failure_view, lock_view, succeeded
from .call import Call

_RUNS = 50
# What old code can't go on with, after a rollback, is no crash: a repair would throw its checkpoints away.
_DEPLOY = "Deploy the code that has it again: it goes on from its checkpoint."


def status(call: Call) -> AnswerObject:
    """Every migration and its state, the lock, and the command to run next where there is one."""
    migrations = {migration.key: migration for migration in call.migrations()}
    settings = call.setup.settings
    note: AnswerObject = {}
    try:
        records = {record.key: record for record in call.target.records()}
        lock = call.target.lock_status()
    except StateMissing:
        records, lock = {}, None
        note = {"note": "There are no state tables yet; the first deploy or migrate makes them."}
    standing = replacements(migrations.values())
    found = {
        one.record.key: one
        for one in changes([*migrations.values()], [*records.values()], call.setup.settings.policy.changed)
    }
    rows = [
        _row(migrations.get(key), records.get(key), standing.get(key), records.keys()) | _told(found.get(key))
        for key in sorted(migrations.keys() | records.keys())
    ]
    states = [row["state"] for row in rows]
    broken = [record for record in records.values() if record.dirty]
    runs = call.target.runs() if broken else ()
    dirty = [_dirty(record, migrations, lock, runs) for record in broken]
    applied = [row["id"] for row in rows if row["state"] in ("applied", "missing")]
    if dirty:
        following: AnswerObject = {"next": dirty[0]["next"]}
    elif "pending" in states:
        following = {"next": {"action": "migrate"}}
    else:
        following = {}
    return succeeded(
        current=applied[-1] if applied else None,
        counts={state: states.count(state) for state in ("applied", "pending", "dirty", "missing")},
        **following,
        **({"dirty": dirty} if dirty else {}),
        **({"warnings": [one.warning for one in found.values()]} if found else {}),
        **note,
        lock=lock_view(lock),
        # What a target is told that is to find the same history from elsewhere.
        state={
            "table_name": settings.table_name,
            "lock_table_name": settings.lock_table_name,
            "lock_id": settings.lock_id,
        },
        # Last, because there may be hundreds of them.
        migrations=rows,
    )


def plan(call: Call) -> AnswerObject:
    """What ``migrate`` would do now, or ``to`` with a migration, or ``step`` with n; takes no lock."""
    arguments = call.arguments
    if arguments.migration and arguments.n is not None:
        raise InvalidArgument(
            "plan takes a migration or n, not both.",
            next_step='Give "migration" for what to would do, "n" for what step would do, none for migrate.',
        )
    planner: Planner = MigratePlanner()
    if arguments.migration:
        planner = ToPlanner(arguments.migration)
    elif arguments.n is not None:
        planner = StepPlanner(arguments.n)
    records, migrations = call.records(), call.migrations()
    policy = call.setup.settings.policy
    actions = make_plan(migrations, records, planner, policy, call.setup.logs.run)
    told = warnings(tuple(changes(migrations, records, policy.changed)))
    return succeeded(
        **({"warnings": list(told)} if told else {}),
        actions=[
            {
                "action": action.direction.value,
                "migration": action.migration.id,
                "description": action.migration.description,
                **({"goes_on_from_its_checkpoint": True} if action.resume else {}),
            }
            for action in actions
        ],
        pending=[migration.id for migration in pending(migrations, records)],
    )


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


def _row(
    migration: Migration | None, record: Record | None, replaced_by: Migration | None, known: Collection[IdKey]
) -> dict[str, Any]:
    if record is None:
        return _unrecorded(migration, known) if migration else {}
    state = "dirty" if record.dirty else "applied" if migration or replaced_by else "missing"
    description = migration.description if migration else record.details.description
    return {
        "id": record.id,
        "description": description,
        "state": state,
        "applied_at": record.finished_at,
        "seconds": None if record.duration_ms is None else record.duration_ms / 1000,
        "run_id": record.details.run_id,
        "actor": record.details.actor,
        **({"replaced_by": replaced_by.id} if replaced_by and not migration else {}),
    }


def _told(change: Change | None) -> dict[str, Any]:
    """A flag and a sentence, of one that is not what was applied."""
    return {} if change is None else {change.kind: True, "warning": change.warning}


def _unrecorded(migration: Migration, known: Collection[IdKey]) -> dict[str, Any]:
    row = {"id": migration.id, "description": migration.description}
    if migration.replaces and all(id_key(one) in known for one in migration.replaces):
        return {**row, "state": "applied", "by": list(migration.replaces)}
    return {**row, "state": "pending"}


def _dirty(
    record: Record, known: dict[IdKey, Migration], lock: LockStatus | None, runs: Sequence[RunRecord]
) -> dict[str, Any]:
    """
    What is known of one that began and did not finish, and the command to run next.

    It has *failed* where it left an error; *crashed* where its run left nothing at all, so its process must have died;
    and what became of it is *unknown* where its run went on to tell of itself, but could not record this.
    """
    running = lock is not None and lock.run_id is not None and lock.run_id == record.details.run_id
    resumable = record.resumable
    if running:
        found = "running"
        following: AnswerObject | str = {"action": "status"}
    else:
        told = any(run.run.id == record.details.run_id for run in runs)
        found = "failed" if record.failure else "stopped at its checkpoint" if resumable else "crashed"
        if found == "crashed" and told:
            found = "unknown"
        settled = "applied" if record.action is Direction.UNDO else "pending"
        following = {"action": "repair", "migration": record.id, "as": settled, "confirm": True}
        if resumable:
            following = {"action": "migrate"} if record.key in known else _DEPLOY
    return {
        "migration": record.id,
        "found": found,
        "in": record.action.value,
        "began": record.started_at,
        **({"error": failure_view(record.failure)} if record.failure else {}),
        **({"progress": _progress(record.progress, record.figures)} if record.progress else {}),
        "next": following,
    }


def _progress(counted: tuple[float, float], figures: Mapping[str, float]) -> dict[str, Any]:
    done, total = counted
    whole = {name: int(value) if float(value).is_integer() else round(value, 1) for name, value in figures.items()}
    return {"done": done, "total": total, **whole}


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
        "actor": run.actor,
        "deploy_id": run.deploy_id,
        "app_version": run.app_version,
        **({"note": record.note} if record.note else {}),
    }
