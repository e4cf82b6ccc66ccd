"""What a run itself consumed of tables, so that it is not taken for others' use."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from .consumption import MINUTE, CapacityKey, Kind

# Nobody asks for what is older.
_KEPT_SECONDS: Final = 900


class Own(NamedTuple):
    """
    Units of one minute.

    Attributes:
        least: Of requests that were sent and answered in it.
        most: And of those that were under way when it began or ended, so that they may count in its neighbour.
    """

    least: float
    most: float


class OwnConsumption:
    """
    Keeps it by the minute; threads share it.

    Attributes:
        ahead: Seconds by which the clock that minutes are told by is ahead of this machine's.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        self._guard = threading.Lock()
        # By table, kind and index.
        self._minutes: dict[tuple[str, str, str], dict[int, Own]] = {}

    def note(self, table: str, kind: Kind, units: Mapping[str, float], *, sent: float, answered: float) -> None:
        """Add *units*, by index, of a request; *sent* and *answered* by this machine's wall clock."""
        first, last = _minute(sent + self.ahead), _minute(answered + self.ahead)
        with self._guard:
            for index, more in units.items():
                minutes = self._minutes.setdefault((table, kind, index), {})
                if first == last:
                    _add(minutes, first, more, more)
                    continue
                for minute in range(first, last + MINUTE, MINUTE):
                    _add(minutes, minute, 0.0, more)

    def minute(self, table: str, capacity_key: CapacityKey, minute: int) -> Own:
        """Of the minute that begins at *minute*."""
        with self._guard:
            return self._minutes.get((table, capacity_key.kind, capacity_key.index), {}).get(minute, Own(0.0, 0.0))

    def kept(self, table: str) -> list[list[Any]]:
        """The last minutes of *table*, as JSON can say it; `restore` takes it."""
        with self._guard:
            return [
                [kind, index, minute, *own]
                for (name, kind, index), minutes in self._minutes.items()
                if name == table
                for minute, own in minutes.items()
            ]

    def restore(self, table: str, kept: Iterable[Iterable[Any]]) -> None:
        """Add what another process consumed, from its `kept`."""
        with self._guard:
            for kind, index, minute, least, most in kept:
                _add(self._minutes.setdefault((table, kind, index), {}), minute, least, most)


def _add(minutes: dict[int, Own], minute: int, least: float, most: float) -> None:
    own = minutes.get(minute)
    if own is None:
        for old in [one for one in minutes if one < minute - _KEPT_SECONDS]:
            del minutes[old]
        own = Own(0.0, 0.0)
    minutes[minute] = Own(own.least + least, own.most + most)


def _minute(moment: float) -> int:
    return int(moment // MINUTE) * MINUTE
