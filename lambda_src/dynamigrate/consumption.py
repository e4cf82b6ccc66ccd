"""What a table has consumed, whoever it was, as somebody outside of it counts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

Kind = Literal["read", "write"]
# Consumption is counted by the minute; in seconds.
MINUTE: Final = 60


@dataclass(frozen=True)
class CapacityKey:
    """
    What has a count, and a capacity, of its own.

    Attributes:
        index: A global index; empty: the table itself, with its local indexes.
    """

    kind: Kind
    index: str = ""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """
    What was counted.

    Attributes:
        units: Of each capacity key the units of each whole minute, by the second of the epoch in which it begins. A minute that
            is not there is not counted yet, or nobody used it then.
        at: When that was, by the clock that minutes are told by; None: it was not said.
    """

    units: Mapping[CapacityKey, Mapping[int, float]]
    at: float | None = None


class Meter(Protocol):
    """Tells what a table and its global indexes consumed."""

    def consumed(self, table: str, capacity_keys: Sequence[CapacityKey], *, since: float, until: float) -> Counted:
        """
        The minutes from *since* to *until*, in seconds since the epoch.

        Raises:
            Exception: Any: it can't be told now, and may be asked again later.
        """
        ...
