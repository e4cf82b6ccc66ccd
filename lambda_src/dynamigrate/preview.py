"""What a run would do now. Takes no lock and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .changes import changes, warnings
from .history import known_records
from .migration import Migration
from .plan import Action, Direction, Plan
from .planners import MigratePlanner, Planner
from .planning import make_plan
from .records import Record
from .requirements import unmet
from .safe_logger import safe_logger
from .squash import pending
from .validation import Policy

if TYPE_CHECKING:
    from .targets import StateTarget


_DEFAULTS: Final = Policy()
_logger = safe_logger(logging.getLogger(__name__))


@dataclass(frozen=True, kw_only=True)
class Preview:
    """
    Attributes:
        plan: What would run, in order.
        records: The history that it was made from.
        pending: All that waits for a run, whether the plan has it or not.
        warnings: A sentence for each migration that is not what was applied.
        unmet: What migrations of the plan require that is neither applied nor done in time by the plan; by their ids.
    """

    plan: Plan
    records: tuple[Record, ...]
    pending: tuple[Migration, ...]
    warnings: tuple[str, ...] = ()
    unmet: Mapping[str, Sequence[str]] = field(default_factory=dict)


def preview(
    migrations: Sequence[Migration],
    target: StateTarget,
    planner: Planner | None = None,
    *,
    policy: Policy = _DEFAULTS,
    logger: Any = None,
    detaches: Callable[[Action], bool] = lambda _action: False,
) -> Preview:
    """
    What *planner*, which is `MigratePlanner` unless given, decides on; where there are no tables yet, none are made.

    Args:
        detaches: Whether an action would go on in a run of its own.

    Raises:
        MigrationsError: As `migrate` raises where it can't make a plan.
    """
    records = known_records(target)
    plan = make_plan(migrations, records, planner or MigratePlanner(), policy, logger or _logger)
    applied = {record.key for record in records if not record.dirty}
    missing: dict[str, Sequence[str]] = {}
    for action in plan:
        if action.direction is Direction.UNDO:
            applied.discard(action.migration.key)
            continue
        if not action.resume and (found := unmet(action.migration, migrations, applied.__contains__)):
            missing[action.migration.id] = found
        if not detaches(action):
            applied.add(action.migration.key)
    return Preview(
        plan=plan,
        records=records,
        unmet=missing,
        pending=pending(migrations, records),
        warnings=warnings(tuple(changes(migrations, records, policy.changed))),
    )
