"""Looks, before a run's first write, whether its tables can be restored."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .contract.choices import RestorePointSetting
from .contract.grants import RESTORE_ACTION
from .error_text import describe_error
from .errors import MigrationFailed, RunError
from .log import log_event
from .next_step import NextStep
from .plan import Plan
from .restore_point import RestorePoint, TableState

if TYPE_CHECKING:
    from .context import Environment
    from .outcome import Outcome
    from .records import Record, Run

# What stands in for the service says so where it does not know the operation: there is nothing to be restored there.
_UNKNOWN_OPERATION: Final = frozenset(
    {"UnknownOperationException", "UnknownOperation", "InvalidAction", "NotImplemented"}
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})


class NotRestorable(RunError):
    """A migration asks for a point that its tables can be restored to, and there is none. Nothing was run."""


@dataclass(frozen=True)
class _Sight:
    """
    What was seen of one table.

    Attributes:
        why: Why a migration that requires a restore point can't run; empty: it can.
        mend: What to do about that.
    """

    state: TableState
    why: str = ""
    mend: str = ""


def find_restore_point(
    plan: Plan,
    environment: Environment,
    *,
    setting: RestorePointSetting,
    run: Run,
    outcome: Outcome,
) -> RestorePoint | None:
    """
    The moment before what *plan* begins is written, with the tables that can be restored to it; None: nobody asks.

    One request for each table of the run's.

    Args:
        setting: That of migrations whose file does not say it.

    Raises:
        NotRestorable: One that is to begin requires it, and a table can't be restored, or nobody may ask.
    """
    settings = {one.migration: one.migration.restore_point or setting for one in plan if not one.resume}
    if not settings.keys() or {*settings.values()} == {"none"}:
        return None
    client, failed = _client(environment)
    tables = tuple(dict.fromkeys(environment.tables.values()))
    sights = {table: failed or _look(client, table) for table in tables}
    for migration, wanted in settings.items():
        if wanted == "required" and (why := [one for one in sights.values() if one.why]):
            raise NotRestorable(
                f"{migration} requires a restore point (restore_point), and {'; '.join(one.why for one in why)}. Nothing "
                "was run.",
                next_step=NextStep(" ".join(dict.fromkeys(one.mend for one in why))),
                outcome=outcome,
                migration_id=migration.id,
            )
        if wanted == "required" and not sights:
            raise NotRestorable(
                f"{migration} requires a restore point (restore_point), and the run is given no table to look at. "
                "Nothing was run.",
                next_step="Give the tables that it writes to, as tables={...}; or leave the setting out.",
                outcome=outcome,
                migration_id=migration.id,
            )
    region = getattr(getattr(client, "meta", None), "region_name", "")
    point = RestorePoint.before(
        environment.runtime.clock.time(),
        {table: sight.state for table, sight in sights.items()},
        region=region if isinstance(region, str) else "",
    )
    log_event(
        environment.logger,
        logging.INFO,
        "restore.noted",
        point.told,
        run_id=run.id,
        at=point.at,
        tables=dict(point.tables),
    )
    return point


def noted_before(records: Iterable[Record], run: Run) -> RestorePoint | None:
    """The one that *run* noted in another process; None: it noted none."""
    found = (one.details.restore_point for one in records if one.details.run_id == run.id)
    return next((point for point in found if point is not None), None)


def told_with(failed: MigrationFailed, point: RestorePoint | None) -> MigrationFailed:
    """*failed*, with how to get the data back as it was before."""
    if point is None or not point.hint:
        return failed
    return MigrationFailed(
        f"{failed.message} {point.hint}",
        next_step=failed.next_step,
        repair=failed.repair,
        outcome=failed.outcome,
        migration_id=failed.migration_id,
    )


def _client(environment: Environment) -> tuple[Any, _Sight | None]:
    """The client; and what is seen of every table where there is none."""
    if environment.connect is None:
        return None, _Sight("unknown", "this run has no client to ask", "Give migrate() one: dynamodb=client.")
    try:
        return environment.connect(), None
    except Exception as error:  # noqa: BLE001 - the migration that needs it will say so
        return None, _Sight("unknown", f"there is no client to ask: {describe_error(error)}", "Mend that.")


def _look(client: Any, table: str) -> _Sight:
    try:
        answer = client.describe_continuous_backups(TableName=table)
        told = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    except (AttributeError, NotImplementedError):
        # A client of another make, in the service's place.
        return _Sight("unknown")
    except Exception as error:  # noqa: BLE001 - what it means is below
        return _failed(error, table)
    if told == "ENABLED":
        return _Sight("on")
    return _Sight(
        "off",
        f"point-in-time recovery is off for {table}",
        f"Switch it on, in CDK with point_in_time_recovery_specification, and deploy that first; or run aws dynamodb "
        f"update-continuous-backups --table-name {table} --point-in-time-recovery-specification "
        "PointInTimeRecoveryEnabled=true.",
    )


def _failed(error: Exception, table: str) -> _Sight:
    response: Any = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    if code in _UNKNOWN_OPERATION:
        return _Sight("unknown")
    if code in _DENIED:
        return _Sight(
            "unknown",
            f"this role may not ask whether point-in-time recovery is on for {table}",
            f"Allow {RESTORE_ACTION} on it: the construct does so for each table in tables={{...}} where its restore_point "
            'is not "none"; else table.grant(migrations, "dynamodb:DescribeContinuousBackups").',
        )
    why = f"whether point-in-time recovery is on for {table} could not be told: {describe_error(error, 300)}"
    return _Sight("unknown", why.rstrip("."), "Mend that, and run it again.")
