"""From what the source has and what the history says, the plan of a run. Changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from .errors import MigrationsError
from .history import History
from .migration import Migration
from .plan import Plan
from .planners import Planner
from .records import Record
from .safe_logger import safe_logger
from .squash import to_plan
from .validation import Policy, applied_after, applied_before, check, unfinished

_logger = safe_logger(logging.getLogger(__name__))
_DEFAULTS: Final = Policy()


def make_plan(
    migrations: Sequence[Migration],
    records: Sequence[Record],
    planner: Planner,
    policy: Policy = _DEFAULTS,
    logger: Any = _logger,
) -> Plan:
    """
    The plan of a run: what earlier runs left to finish, then what *planner* decides on. Changes nothing.

    What is left to finish counts as part of the plan where it is what the plan would begin with: an undo that stopped
    at its checkpoint is finished by asking for the same undo again, and nothing more is undone. To find that out, the
    planner is asked once more, about the history before it.

    Raises:
        MigrationsError: There can be no such plan, for one of the reasons that `migrate` names.
    """
    resumed = unfinished(records, migrations, policy.phase)
    there = to_plan(migrations, records)
    plan = _with_resumed(resumed, planner, there, records) if resumed else None
    if plan is None:
        plan = resumed + planner.plan(there, History(applied_after(records), records))
    check(plan, migrations, records, policy, logger)
    return plan


def _with_resumed(
    resumed: Plan, planner: Planner, migrations: Sequence[Migration], records: Sequence[Record]
) -> Plan | None:
    """The plan made as if *resumed* had not begun, if it is what that plan begins with."""
    try:
        plan = planner.plan(migrations, History(applied_before(records), records))
    except MigrationsError:
        return None
    begun = [(action.direction, action.migration) for action in resumed]
    if [(action.direction, action.migration) for action in plan.actions[: len(begun)]] != begun:
        return None
    return resumed + Plan(plan.actions[len(begun) :])
