"""What a run does about migrations that are not ready: it fails, or passes them over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .catch_up import CatchUp
from .gate import Gate, Lack, Unmet
from .held import Held
from .migration import Migration
from .next_step import Command, NextStep
from .outcome import Outcome
from .records import Application, Record
from .requirements import RequirementNotMet
from .run_state import RunState

if TYPE_CHECKING:
    from .targets import Target


class Readiness:
    """
    One run's view of it.

    Args:
        migrations: All that the source has.
        catch_up: Looks over what has to be looked over; None: the target does not keep what is found.
        application: The one that is deployed; None: none was noted.
        awaited: Whether somebody will note it.
    """

    def __init__(
        self,
        target: Target,
        run_state: RunState,
        *,
        migrations: Sequence[Migration],
        catch_up: CatchUp | None,
        application: Application | None,
        awaited: bool,
        now: Callable[[], float],
        logger: Any,
        run_id: str,
    ) -> None:
        self._migrations = migrations
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

    def _missing(self, migration: Migration, *, looks: bool) -> list[Unmet]:
        gate = self._gate()
        missing = gate.missing(migration)
        if not looks or self._catch_up is None:
            return missing
        if any(one.lack is Lack.CLEAN for one in missing):
            # It may have been applied by this very run.
            self.catch_up(self._target.records())
            gate = self._gate()
            missing = gate.missing(migration)
        return missing or self._catch_up.require_clean(gate.verified(migration), soak=migration.soak)

    def _gate(self) -> Gate:
        state = self._run_state
        return Gate(
            self._migrations,
            # Read anew: what the run has just looked over is in it.
            self._target.records(),
            is_applied=state.is_applied,
            is_running=state.is_running,
            application=self._application,
            awaited=self._awaited,
            now=self._now(),
            looks=True,
        )


def not_met(migration: Migration, missing: Sequence[Unmet], outcome: Outcome) -> RequirementNotMet:
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
