"""What a run that failed takes back, where it is to."""

from __future__ import annotations

from typing import Protocol

from .errors import MigrationFailed, MigrationsError
from .migration import Migration
from .next_step import NextStep
from .run_state import RunState


class Undo(Protocol):
    """Undoes one migration, the one of that *number* among *total*."""

    def __call__(self, migration: Migration, *, number: int, total: int, after_failure: bool) -> None: ...


def undo_all(broken: Migration, failed: MigrationFailed, run_state: RunState, undo: Undo) -> MigrationFailed:
    """
    Undo *broken*, then what this run had applied, newest first. Where one can't be undone, nothing older is: the older
    ones are what it was built on.

    Returns:
        The error to raise: *failed*, and what was undone for it and what was not.
    """
    waiting = [*reversed(run_state.applied_here())]
    if run_state.has_begun(broken):
        waiting.insert(0, broken)
    total = len(waiting)
    undone: list[str] = []
    why = ""
    while waiting:
        try:
            undo(waiting[0], number=len(undone) + 1, total=total, after_failure=waiting[0] is broken)
        except MigrationsError as error:
            why = error.message
            break
        undone.append(str(waiting.pop(0)))
    told = f"Undone: {', '.join(undone)}." if undone else ""
    if waiting:
        told += f" Not undone: {', '.join(map(str, waiting))}, because {why}"
    next_step, repair = failed.next_step, failed.repair
    if broken not in waiting:
        cause, repair = failed.__cause__, None
        mend = cause.next_step if isinstance(cause, MigrationsError) and not cause.repair else ""
        next_step = NextStep(mend, " Then run it again.") if mend else NextStep("Correct the code, and run it again.")
    return MigrationFailed(
        f"{failed.message} {told.strip()}",
        next_step=next_step,
        repair=repair,
        outcome=run_state.outcome(),
        migration_id=failed.migration_id,
    )
