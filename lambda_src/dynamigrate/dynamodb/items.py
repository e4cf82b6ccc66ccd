"""Records and runs as items of the state tables, in DynamoDB's own notation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ..contract import ItemKey, MigrationAttr
from ..contract.names import is_id
from ..errors import MigrationsError
from ..plan import Direction
from ..records import Details, Failure, Record, Run, RunRecord

# An item holds 400 KB in all; what is told of an error should not crowd out the checkpoint.
_LONGEST_MESSAGE: Final = 8_000


def detail_attributes(details: Details) -> dict[str, Any]:
    """What of *details* is there to be written."""
    texts = {
        MigrationAttr.DESCRIPTION: details.description,
        MigrationAttr.CHECKSUM: details.checksum,
        MigrationAttr.RUN_ID: details.run_id,
        MigrationAttr.ACTOR: details.actor,
        MigrationAttr.APP_VERSION: details.app_version,
    }
    return {name.value: {"S": text} for name, text in texts.items() if text}


def failure_attribute(failure: Failure) -> dict[str, Any]:
    return {
        "M": {
            "type": {"S": failure.type},
            "message": {"S": failure.message[:_LONGEST_MESSAGE]},
            "where": {"S": failure.where},
        }
    }


def progress_attribute(done: int, total: int, figures: Mapping[str, float]) -> dict[str, Any]:
    # Sixteen digits are what a float has, and what a number in an item may have more of.
    return {"M": {name: {"N": f"{value:.16g}"} for name, value in {**figures, "done": done, "total": total}.items()}}


def item_id(item: Mapping[str, Any]) -> str:
    """The partition key, whatever it is called."""
    value = item.get(ItemKey.OURS) or item.get(ItemKey.GO) or {}
    return str(value.get("S", ""))


def read_record(table: str, item: Mapping[str, Any]) -> Record:
    """
    Raises:
        MigrationsError: The item is no migration's.
    """
    migration_id = item_id(item)
    if not is_id(migration_id):
        raise MigrationsError(
            f"The table {table} has an item {migration_id!r}, which is no migration.",
            next_step="Check that this is the table of migrations, and not one of the application's.",
        )
    dirty = item.get(MigrationAttr.DIRTY) or item.get(MigrationAttr.DIRTY_GO) or {}
    duration = item.get(MigrationAttr.DURATION_MS)
    checkpoint = _text(item, MigrationAttr.CHECKPOINT)
    progress = item.get(MigrationAttr.PROGRESS, {}).get("M")
    return Record(
        id=migration_id,
        dirty=bool(dirty.get("BOOL", False)),
        details=Details(
            description=_text(item, MigrationAttr.DESCRIPTION),
            checksum=_text(item, MigrationAttr.CHECKSUM),
            run_id=_text(item, MigrationAttr.RUN_ID),
            actor=_text(item, MigrationAttr.ACTOR),
            app_version=_text(item, MigrationAttr.APP_VERSION),
        ),
        action=Direction(_text(item, MigrationAttr.ACTION) or Direction.DO),
        started_at=_text(item, MigrationAttr.STARTED_AT),
        finished_at=_text(item, MigrationAttr.FINISHED_AT),
        duration_ms=int(duration["N"]) if duration else None,
        failure=_failure(item),
        checkpoint=None if checkpoint is None else json.loads(checkpoint),
        progress=(int(progress["done"]["N"]), int(progress["total"]["N"])) if progress else None,
        figures={name: float(value["N"]) for name, value in (progress or {}).items() if name not in ("done", "total")},
    )


def run_item(record: RunRecord) -> dict[str, Any]:
    """All of *record* but its key."""
    run = record.run
    texts = {
        "RunId": run.id,
        "Actor": run.actor,
        "DeployId": run.deploy_id,
        "AppVersion": run.app_version,
        "Command": run.command,
        "StartedAt": record.started_at,
        "Result": record.result,
        "Failed": record.failed,
        "Note": record.note[:_LONGEST_MESSAGE],
    }
    return {
        **{name: {"S": text} for name, text in texts.items() if text},
        "DurationMs": {"N": str(round(record.seconds * 1000))},
        "Applied": {"L": [{"S": one} for one in record.applied]},
        "Undone": {"L": [{"S": one} for one in record.undone]},
    }


def read_run(item: Mapping[str, Any]) -> RunRecord:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(str(one["S"]) for one in item.get(name, {}).get("L", ()))

    def text(name: str) -> str:
        return _text(item, name) or ""

    return RunRecord(
        run=Run(
            id=text("RunId"),
            actor=text("Actor"),
            deploy_id=text("DeployId"),
            app_version=text("AppVersion"),
            command=text("Command"),
        ),
        started_at=text("StartedAt"),
        seconds=int(item.get("DurationMs", {}).get("N", 0)) / 1000,
        result=text("Result"),
        applied=texts("Applied"),
        undone=texts("Undone"),
        failed=_text(item, "Failed"),
        note=text("Note"),
    )


def _failure(item: Mapping[str, Any]) -> Failure | None:
    parts = item.get(MigrationAttr.ERROR, {}).get("M")
    if not parts:
        return None
    return Failure(**{name: str(parts.get(name, {}).get("S", "")) for name in ("type", "message", "where")})


def _text(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name, {}).get("S")
    return None if value is None else str(value)
