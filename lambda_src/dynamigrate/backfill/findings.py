"""What is found when items are looked at once more."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

# Enough to see what they have in common.
MOST_KEYS: Final = 5
_LONGEST_KEY: Final = 300


@dataclass(frozen=True, kw_only=True)
class Findings:
    """
    What was found in some part of a table.

    Attributes:
        would_change: Items of which transform still wants something.
        unsettled: Of those, the ones of which it wants something once more when it has it.
        failed: Items of which that can't be told, because transform raises.
        keys: A few of those that would change, each as JSON.
    """

    would_change: int = 0
    unsettled: int = 0
    failed: int = 0
    keys: tuple[str, ...] = ()

    def plus(self, other: Findings) -> Findings:
        if other is NOTHING:
            return self
        return Findings(
            would_change=self.would_change + other.would_change,
            unsettled=self.unsettled + other.unsettled,
            failed=self.failed + other.failed,
            keys=(*self.keys, *other.keys)[:MOST_KEYS],
        )

    @classmethod
    def sum(cls, findings: Iterable[Findings]) -> Findings:
        total = NOTHING
        for one in findings:
            total = total.plus(one)
        return total

    @property
    def kept(self) -> dict[str, Any]:
        """It as a cursor has it: what is not nothing."""
        counts = {"would_change": self.would_change, "unsettled": self.unsettled, "failed": self.failed}
        return {name: count for name, count in counts.items() if count} | (
            {"keys": list(self.keys)} if self.keys else {}
        )

    @classmethod
    def read(cls, kept: Any) -> Findings:
        """What `kept` made; nothing, where it is something else."""
        if not isinstance(kept, dict):
            return NOTHING
        counts = {name: kept.get(name, 0) for name in ("would_change", "unsettled", "failed")}
        keys = kept.get("keys", [])
        if not all(type(count) is int for count in counts.values()) or not isinstance(keys, list):
            return NOTHING
        return cls(**counts, keys=tuple(map(str, keys)))


NOTHING: Final = Findings()


def key_text(key: Mapping[str, Mapping[str, Any]]) -> str:
    """
    A *key* in DynamoDB's notation, as JSON for a person: ``{"orderId": "o-1", "line": 3}``. Binary is text in base64.
    """
    parts = []
    for name, value in key.items():
        [(kind, one)] = value.items()
        parts.append(
            f"{json.dumps(name, ensure_ascii=False)}: {one if kind == 'N' else json.dumps(one, ensure_ascii=False)}"
        )
    text = f"{{{', '.join(parts)}}}"
    return text if len(text) <= _LONGEST_KEY else f"{text[:_LONGEST_KEY]}…"
