"""What came of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    What a run did.

    Attributes:
        applied: Ids done, in the order done.
        undone: Ids undone, in the order undone.
        failed: The id that failed, now dirty unless it had not begun, or None.
        pending: Ids of the source that are not applied after the run, in order, and not running either.
        running: Ids of detached ones that go on in a run of their own, whether this run started it or an earlier one.
        held: Those of *pending* that were passed over, as they are not ready.
        run_id: The run's id, the same in every record and log line of it.
        seconds: How long it took, from the moment the lock was held.
        warnings: What the run went on in spite of, a sentence for each: an applied migration whose code was changed,
            one that is held.
    """

    applied: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    failed: str | None = None
    pending: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    run_id: str = ""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the run did, undid or broke anything."""
        return bool(self.applied or self.undone or self.failed)
