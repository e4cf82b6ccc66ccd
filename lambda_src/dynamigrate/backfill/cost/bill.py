"""What a checkpoint has of a backfill's cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Bill:
    """
    Attributes:
        estimated: The figures of what the backfill that is under way was thought to cost.
        spent: Those of the finished ones that the same function called before it, in all.
    """

    estimated: Mapping[str, float] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, saved: Any) -> Self:
        """From a checkpoint; older code kept nothing of it."""
        if not isinstance(saved, dict):
            return cls()
        return cls(estimated=_numbers(saved.get("estimated")), spent=_numbers(saved.get("spent")))

    def written(self) -> dict[str, Any]:
        """For a checkpoint."""
        kept = {"estimated": dict(self.estimated), "spent": dict(self.spent)}
        return {name: figures for name, figures in kept.items() if figures}


def _numbers(kept: Any) -> dict[str, float]:
    if not isinstance(kept, dict):
        return {}
    return {name: value for name, value in kept.items() if isinstance(value, int | float)}
