"""What is found when the data is looked at again that a migration has changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from .contract.choices import Verify, is_choice

# Of the normal distribution: 95 % lie within so many standard deviations.
_DEVIATIONS: Final = 1.959964
UNSETTLED: Final = "calling it again on what it returned changes the item again"
SETTLE: Final = (
    "Say once=True, so that no item is changed twice; or return None where there is nothing to do, and nothing that is "
    "another thing each time, such as the time of day."
)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """
    What a look over the data found.

    Attributes:
        at: When it ended, ISO 8601, UTC.
        mode: ``sample`` or ``full``, as it was asked for.
        checked: Items that were looked at.
        total: Items that there are, as far as is known; *checked* where all were seen.
        would_change: Of those checked, the ones that the migration would still change, as of its end.
        failed: Of those checked, the ones of which that could not be told, or that were left out.
        settled: Items that were still in the old shape, and were changed by it.
        passes: How often the data was passed over, the first time included.
        unsettled: Of *would_change*, the ones that change once more when the migration is called on its own result.
        keys: Some of those that would change, each as JSON: ``{"orderId": "o-1"}``.
    """

    at: str
    mode: Verify
    checked: int
    total: int
    would_change: int
    failed: int = 0
    settled: int = 0
    passes: int = 1
    unsettled: int = 0
    keys: tuple[str, ...] = ()
    run_id: str = ""
    app_version: str = ""

    @property
    def whole(self) -> bool:
        """Whether every item was looked at."""
        return self.mode == "full" or self.checked >= self.total

    @property
    def clean(self) -> bool:
        """Whether nothing was found that the migration would still change, and nothing that could not be told."""
        return not (self.would_change or self.failed)

    @property
    def about_unsettled(self) -> str:
        """What is to be said, and done, where a transform wants more each time; empty: it does not."""
        if not self.unsettled:
            return ""
        return f"The transform does not settle, as {self.unsettled:,} of them show: {UNSETTLED}. {SETTLE}"

    @property
    def interval(self) -> tuple[float, float]:
        """
        Between which shares of all items the share lies that would change, with 95 % confidence.

        By Wilson's score interval, which holds for shares near 0 too. It takes items as drawn one by one; those that
        share a partition key are drawn together, so where they are alike it is wider in truth.
        """
        if self.whole or not self.checked:
            share = self.would_change / self.checked if self.checked else 0.0
            return (share, share) if self.whole else (0.0, 1.0)
        n, share, squared = self.checked, self.would_change / self.checked, _DEVIATIONS**2
        middle = (share + squared / (2 * n)) / (1 + squared / n)
        half = _DEVIATIONS * math.sqrt(share * (1 - share) / n + squared / (4 * n * n)) / (1 + squared / n)
        low = 0.0 if not self.would_change else max(0.0, middle - half)
        high = 1.0 if self.would_change == n else min(1.0, middle + half)
        return low, high

    @property
    def findings(self) -> str:
        """What was found, for a sentence: ``3 of 1,000 sampled items would still change``."""
        of = f"{self.checked:,} {'items' if self.whole else 'sampled items'}"
        told = [f"{self.would_change:,} of {of} would still change"] if self.would_change or not self.failed else []
        told += [f"of {self.failed:,} of {of} it could not be told"] if self.failed else []
        return " and ".join(told) + (f", such as {self.keys[0]}" if self.keys else "")

    def to_dict(self) -> dict[str, Any]:
        """It as JSON can say it."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"keys": list(self.keys)}

    @classmethod
    def from_dict(cls, value: object) -> Verification | None:
        """What `to_dict` made, by this version or another; None: *value* is no such thing."""
        if not isinstance(value, Mapping) or not isinstance(value.get("at"), str):
            return None
        if not is_choice(value.get("mode"), Verify) or not isinstance(keys := value.get("keys", []), list):
            return None
        known = {field.name: value[field.name] for field in fields(cls) if field.name in value}
        counts = [known.get(name) for name in ("checked", "total", "would_change")]
        if not all(type(one) is int for one in counts):
            return None
        return cls(**{**known, "keys": tuple(map(str, keys))})
