"""Migrations that a run passes over, as they are not ready."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .clock import timestamp
from .contract.choices import Phase
from .contract.names import IdKey
from .gate import Gate, Lack, Unmet, ready_at
from .log import log_event
from .migration import Migration
from .plan import Direction, Plan


@dataclass(frozen=True, kw_only=True)
class Held:
    """
    A migration that a run passed over, as it is not ready and says that it may be held.

    Attributes:
        missing: What it waits for; never empty.
    """

    migration: Migration
    missing: tuple[Unmet, ...]

    @property
    def ready_at(self) -> float | None:
        """When it may be ready by time alone, in seconds since the epoch; None: it takes more than time."""
        return ready_at(self.missing)

    @property
    def sentence(self) -> str:
        return f"{self.migration} is held: {'; '.join(map(str, self.missing))}."

    def log(self, logger: Any, run_id: str) -> None:
        """Say that a run goes on without it."""
        at = self.ready_at
        log_event(
            logger,
            logging.INFO,
            "migration.held",
            f"{self.sentence} The run goes on without it.",
            run_id=run_id,
            migration=self.migration.id,
            description=self.migration.description,
            missing=[str(one) for one in self.missing],
            **({} if at is None else {"ready_at": timestamp(at)}),
        )


def hold_back(
    plan: Plan,
    gate_for: Callable[[Callable[[IdKey], bool]], Gate],
    applied: Iterable[IdKey],
    phase: Phase | None,
) -> tuple[Plan, tuple[Held, ...]]:
    """
    *plan* without those that may be held and can't become ready in this run, and these.

    Args:
        gate_for: Makes the gate, with what tells whether a migration is applied.
        applied: What is applied before the plan.
    """
    done, actions, held = set(applied), [], []
    gate = gate_for(done.__contains__)
    for action in plan:
        migration = action.migration
        if action.direction is Direction.UNDO:
            done.discard(migration.key)
        elif action.resume or migration.if_not_ready != "hold":
            done.add(migration.key)
        elif left := beyond(migration, gate.missing(migration), phase):
            held.append(Held(migration=migration, missing=left))
            continue
        else:
            done.add(migration.key)
        actions.append(action)
    if not held:
        return plan, ()
    return Plan(tuple(actions), note=plan.note), tuple(held)


def beyond(migration: Migration, missing: Sequence[Unmet], phase: Phase | None) -> tuple[Unmet, ...]:
    """What of *missing* a run of *phase* can't bring about itself."""
    # It looks over the work, and what is found clean is ready, unless it has to be so for some time.
    looks_over = phase != "before" and not migration.soak
    return tuple(one for one in missing if not (looks_over and one.lack is Lack.CLEAN))
