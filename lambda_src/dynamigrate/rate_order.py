"""How fast a backfill is to go, as somebody asked for while it runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Self


@dataclass(frozen=True, kw_only=True)
class RateOrder:
    """
    Capacity units a second that hold instead of a backfill's own ceilings, for a while.

    Attributes:
        read_units: For reads; None: as without it. So is *write_units* for writes.
        until: When it ends by itself, in seconds since the epoch.
        by: Who asked for it, in words.
    """

    read_units: float | None
    write_units: float | None
    until: float
    by: str

    @property
    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From what `text` wrote, or newer code; None: something else wrote it."""
        try:
            written = json.loads(text)
            order = cls(**{one.name: written[one.name] for one in fields(cls)})
        except (ValueError, TypeError, KeyError):
            return None
        units = (order.read_units, order.write_units)
        whole = isinstance(order.by, str) and isinstance(order.until, int | float)
        return (
            order if whole and all(one is None or (isinstance(one, int | float) and one > 0) for one in units) else None
        )
