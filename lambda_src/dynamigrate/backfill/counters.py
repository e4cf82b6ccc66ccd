"""What a backfill counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields


@dataclass(slots=True)
class Tally:
    """
    Counts of one segment, or of all.

    Attributes:
        read: Items that were read and given to transform, or skipped as done.
        scanned: Items that the service looked at, those that the filter left out too.
        written: Items that were changed, and other items that were put or deleted.
        conflicts: Writes that were refused because the item had changed meanwhile.
        gone: Items that somebody deleted meanwhile.
        failed: Items that were skipped because transform or the service refused them.
        throttles: Requests and writes that the service had no capacity for.
        retries: Requests that were sent again for other reasons.
        requests: In all.
        read_units: Capacity units that reads consumed; ``write_units``: those that writes did.
    """

    read: int = 0
    scanned: int = 0
    written: int = 0
    conflicts: int = 0
    gone: int = 0
    failed: int = 0
    throttles: int = 0
    retries: int = 0
    requests: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    def figures(self) -> dict[str, float]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, figures: Mapping[str, float]) -> Tally:
        """A tally with these *figures*, which this version or another one kept."""
        return cls(**{field.name: figures[field.name] for field in fields(cls) if field.name in figures})  # type: ignore[arg-type]

    def after(self, earlier: Tally) -> Tally:
        """With what was counted in *earlier* passes. What is left out is so in each of them, and counts once."""
        total = Tally.sum((self, earlier))
        total.failed = max(self.failed, earlier.failed)
        return total

    def less(self, earlier: Tally) -> Tally:
        """What was counted since *earlier*."""
        return Tally(**{name: count - getattr(earlier, name) for name, count in self.figures().items()})

    @classmethod
    def sum(cls, tallies: Iterable[Tally]) -> Tally:
        total = cls()
        for tally in tallies:
            for field in fields(cls):
                setattr(total, field.name, getattr(total, field.name) + getattr(tally, field.name))
        return total
