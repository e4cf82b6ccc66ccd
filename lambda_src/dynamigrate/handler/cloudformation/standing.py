"""How things stand at the end of a run, in the few words of a stack's outputs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Self

from ...contract.names import IdKey, id_key
from ...migration import Migration
from ...outcome import Outcome

_NONE: Final = "none"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    Attributes:
        newest: The newest migration of this code that is applied, by its full name; ``none`` where there is none.
        counts: How many of this code's migrations are in which state: ``12 applied, 1 held``.
    """

    newest: str
    counts: str

    @classmethod
    def after(cls, migrations: Sequence[Migration], outcome: Outcome) -> Self:
        """What *outcome* says of *migrations*, those of the run's code; nothing is read for it."""
        held, running = _keys(outcome.held), _keys(outcome.running)
        pending = _keys(outcome.pending) - held
        left = held | running | pending
        applied = [one for one in migrations if one.key not in left]
        counts = {"applied": len(applied), "pending": len(pending), "held": len(held), "running": len(running)}
        told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        return cls(newest=str(applied[-1]) if applied else _NONE, counts=told or _NONE)


def _keys(ids: Collection[str]) -> set[IdKey]:
    return {id_key(one) for one in ids}
