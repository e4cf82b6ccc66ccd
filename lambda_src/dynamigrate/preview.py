"""What a run would do now. Takes no lock and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .changes import changes, warnings
from .history import known_records
from .migration import Migration
from .plan import Plan
from .planners import MigratePlanner, Planner
from .planning import make_plan
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
        pending: All that waits for a run, whether the plan has it or not.
        warnings: A sentence for each migration that is not what was applied.
    """

    plan: Plan
    pending: tuple[Migration, ...]
    warnings: tuple[str, ...] = ()


def preview(
    migrations: Sequence[Migration],
    target: StateTarget,
    planner: Planner | None = None,
    *,
    policy: Policy = _DEFAULTS,
    logger: Any = None,
) -> Preview:
    """
    What *planner*, which is `MigratePlanner` unless given, decides on; where there are no tables yet, none are made.

    Raises:
        MigrationsError: As `migrate` raises where it can't make a plan.
    """
    records = known_records(target)
    return Preview(
        plan=make_plan(migrations, records, planner or MigratePlanner(), policy, logger or _logger),
        pending=pending(migrations, records),
        warnings=warnings(tuple(changes(migrations, records, policy.changed))),
    )
