"""What a run would do now. Takes no lock and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from .changes import changes, warnings
from .clock import SystemClock
from .gate import Unmet, gate_of
from .held import Held, beyond, hold_back
from .history import known_records
from .migration import Migration
from .opening import deployed_application
from .plan import Action, Direction, Plan
from .planners import MigratePlanner, Planner
from .planning import make_plan
from .records import Record
from .run_plan import depends_on_application
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
        waits: What migrations of the plan wait for; by their ids. A run would end before them.
        held: Those that a run would pass over, as they are not ready.
    """

    plan: Plan
    records: tuple[Record, ...]
    pending: tuple[Migration, ...]
    warnings: tuple[str, ...] = ()
    unmet: Mapping[str, Sequence[str]] = field(default_factory=dict)
    waits: Mapping[str, Sequence[Unmet]] = field(default_factory=dict)
    held: tuple[Held, ...] = ()


def preview(
    migrations: Sequence[Migration],
    target: StateTarget,
    planner: Planner | None = None,
    *,
    policy: Policy = _DEFAULTS,
    logger: Any = None,
    detaches: Callable[[Action], bool] = lambda _action: False,
    awaits_application: bool | None = None,
) -> Preview:
    """
    What *planner*, which is `MigratePlanner` unless given, decides on; where there are no tables yet, none are made.

    Args:
        detaches: Whether an action would go on in a run of its own.
        awaits_application: As `Runtime` has it.

    Raises:
        MigrationsError: As `migrate` raises where it can't make a plan.
    """
    records = known_records(target)
    plan = make_plan(migrations, records, planner or MigratePlanner(policy.phase), policy, logger or _logger)
    application = None
    if depends_on_application(migrations, records, policy.phase):
        application = deployed_application(target, awaited=awaits_application)
    awaited, now = bool(awaits_application), SystemClock().time()
    gate_for = partial(gate_of, migrations, records, application=application, awaited=awaited, now=now)
    applied = {record.key for record in records if not record.dirty}
    plan, held = hold_back(plan, gate_for, applied, policy.phase)
    missing: dict[str, Sequence[str]] = {}
    waits: dict[str, Sequence[Unmet]] = {}
    gate = gate_for(applied.__contains__)
    for action in plan:
        migration = action.migration
        if action.direction is Direction.UNDO:
            applied.discard(migration.key)
            continue
        if action.is_gated:
            if found := gate.not_applied(migration):
                missing[migration.id] = found
            if left := beyond(migration, gate.missing(migration), policy.phase):
                waits[migration.id] = left
        if not detaches(action):
            applied.add(migration.key)
    return Preview(
        plan=plan,
        records=records,
        unmet=missing,
        waits=waits,
        held=held,
        pending=pending(migrations, records),
        warnings=warnings(tuple(changes(migrations, records, policy.changed))),
    )
