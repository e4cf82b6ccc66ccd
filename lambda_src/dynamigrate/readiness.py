"""What a run does about migrations that are not ready: it fails, or passes them over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .catch_up import CatchUp
from .contract.choices import Phase
from .contract.names import IdKey
from .gate import Gate, Lack, Missing, gate_of
from .held import Held, hold_back
from .migration import Migration
from .next_step import Command, NextStep
from .outcome import Outcome
from .plan import Plan
from .records import Application, Record
from .requirements import RequirementNotMet
from .run_state import RunState
from .runtime import Runtime

if TYPE_CHECKING:
    from .targets import Target


class Readiness:
    """
    One run's view of it.

    Args:
        catch_up: Looks over what has to be looked over; None: the target does not keep what is found.
        application: The one that is deployed; None: none was noted.
        awaited: Whether somebody will note it.
    """

    def __init__(
        self,
        target: Target,
        run_state: RunState,
        *,
        catch_up: CatchUp | None,
        application: Application | None,
        awaited: bool,
        now: Callable[[], float],
        logger: Any,
        run_id: str,
    ) -> None:
        self._logger = logger
        self._run_id = run_id
        self._target = target
        self._run_state = run_state
        self._catch_up = catch_up
        self._application = application
        self._awaited = awaited
        self._now = now

    def catch_up(self, records: Sequence[Record]) -> None:
        """
        Look over what is due in *records*.

        Raises:
            NotVerified, StopRequested, LockLost: As `CatchUp.carry_out`.
        """
        if self._catch_up is not None:
            self._catch_up.carry_out(records)

    def admits(self, migration: Migration, *, looks: bool) -> bool:
        """
        Whether *migration* may begin; one that may not, and may be held, is noted as held.

        Args:
            looks: Whether, where nothing else is missing, what it requires is looked over once more.

        Raises:
            RequirementNotMet: It may not begin, and may not be held.
            NotVerified, StopRequested, LockLost: As `CatchUp.require_clean`.
        """
        missing = self._missing(migration, looks=looks)
        if missing and migration.if_not_ready == "fail":
            raise not_met(migration, missing, self._run_state.outcome())
        if missing:
            held = Held(migration=migration, missing=tuple(missing))
            self._run_state.held(held)
            held.log(self._logger, self._run_id)
        return not missing

    def _missing(self, migration: Migration, *, looks: bool) -> list[Missing]:
        gate = self._gate()
        missing = gate.missing(migration)
        if not looks or self._catch_up is None:
            return missing
        if any(one.lack is Lack.CLEAN for one in missing):
            # It may have been applied by this very run.
            self.catch_up(self._target.records())
            gate = self._gate()
            missing = gate.missing(migration)
        return missing or self._catch_up.require_clean(gate.verified(migration))

    def _gate(self) -> Gate:
        state = self._run_state
        return Gate(
            state.migrations,
            # Read anew: what the run has just looked over is in it.
            self._target.records(),
            is_applied=state.is_applied,
            is_running=state.is_running,
            application=self._application,
            awaited=self._awaited,
            now=self._now(),
            looks=True,
        )


def held_back(
    plan: Plan,
    migrations: Sequence[Migration],
    records: Sequence[Record],
    *,
    application: Application | None,
    runtime: Runtime,
    phase: Phase | None,
) -> tuple[Plan, tuple[Held, ...]]:
    """*plan* without those that may be held and can't become ready in this run, and these."""
    if not any(action.is_gated and action.migration.if_not_ready == "hold" for action in plan):
        return plan, ()

    def gate_for(is_applied: Callable[[IdKey], bool]) -> Gate:
        return gate_of(
            migrations,
            records,
            is_applied=is_applied,
            application=application,
            awaited=runtime.awaits_application,
            now=runtime.clock.time(),
            looks=True,
        )

    return hold_back(plan, gate_for, {record.key for record in records if not record.dirty}, phase)


def not_met(migration: Migration, missing: Sequence[Missing], outcome: Outcome) -> RequirementNotMet:
    """The error that ends a run before *migration*."""
    more_than_applied = any(one.lack is not Lack.APPLIED for one in missing)
    hold = (
        ' To have deploys pass it over until then, say if_not_ready = "hold" in its file.' if more_than_applied else ""
    )
    held = f"; of these held until they are ready: {', '.join(outcome.held)}" if outcome.held else ""
    return RequirementNotMet(
        f"{migration} requires {', and '.join(f'{one.requirement}, which {one.state}' for one in missing)}. "
        f"Applied in this run: {', '.join(outcome.applied) or 'none'}; "
        f"pending: {', '.join(outcome.pending) or 'none'}{held}.",
        next_step=NextStep(
            f"Deploy {migration} {missing[-1].when}; a deploy without it goes through. ",
            Command("status"),
            f" shows how far it is.{hold}",
        ),
        outcome=outcome,
        migration_id=migration.id,
    )
