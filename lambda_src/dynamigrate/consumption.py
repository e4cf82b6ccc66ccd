"""What a table consumes: all of it, as a meter counts it, and what a run itself consumed."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol

Kind = Literal["read", "write"]
# Consumption is counted by the minute; in seconds.
MINUTE: Final = 60
# Nobody asks for older minutes.
_KEPT_SECONDS: Final = 900


@dataclass(frozen=True)
class CapacityKey:
    """
    Names a table or a global index: each has a capacity of its own, and a count of what is consumed of it.

    Attributes:
        index: A global index; empty: the table itself, with its local indexes.
    """

    kind: Kind
    index: str = ""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """
    What a meter counted.

    Attributes:
        units: The units of each whole minute, by capacity key and by the second of the epoch in which the minute
            begins. A minute that is missing was not counted yet, or nothing was used in it.
        at: The time of the count, by the clock that tells the minutes; None: the meter did not say.
    """

    units: Mapping[CapacityKey, Mapping[int, float]]
    at: float | None = None


class Meter(Protocol):
    """Tells what a table and its global indexes consumed, whoever used them."""

    def consumed(self, table: str, capacity_keys: Sequence[CapacityKey], *, since: float, until: float) -> Counted:
        """
        What was consumed in the minutes from *since* to *until*, in seconds since the epoch.

        Raises:
            Exception: Of any class: it can't be told now, and may be asked again later.
        """
        ...


class Own(NamedTuple):
    """
    Units that a run consumed in one minute.

    Attributes:
        least: By requests that were sent and answered in it.
        most: With those that were under way when it began or ended, so that they may count in its neighbour.
    """

    least: float
    most: float


_NOTHING: Final = Own(0.0, 0.0)


class OwnConsumption:
    """
    What a run itself consumed, by the minute, so that it is not taken for others' use. Threads share it.

    Where several processes work beside each other, what its siblings consumed is the run's own too: each `hear`s of it.

    Attributes:
        ahead: Seconds by which the clock that counts the minutes is ahead of this machine's.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        self._guard = threading.Lock()
        # By table, kind and index.
        self._minutes: dict[tuple[str, str, str], dict[int, Own]] = {}
        self._siblings: dict[tuple[str, str, str], dict[int, Own]] = {}
        self._heard_until: dict[str, float] = {}

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
        """What was consumed in the minute that begins at *minute*, by siblings too."""
        name = (table, capacity_key.kind, capacity_key.index)
        with self._guard:
            own, siblings = (one.get(name, {}).get(minute, _NOTHING) for one in (self._minutes, self._siblings))
        return Own(own.least + siblings.least, own.most + siblings.most)

    def known_until(self, table: str) -> float:
        """The moment, by the clock that counts the minutes, up to which all is known that was consumed of *table*."""
        return self._heard_until.get(table, math.inf)

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

    def hear(self, table: str, kept: Iterable[Iterable[Iterable[Any]]], *, until: float) -> None:
        """
        Take what siblings consumed, from the `kept` of each, in place of all that they said before.

        Args:
            kept: Of every process but this one that is at work now or was in the last quarter of an hour.
            until: The moment, by the clock that counts the minutes, at which the oldest of them was told by a sibling
                that is still at work.
        """
        siblings: dict[tuple[str, str, str], dict[int, Own]] = {}
        for one in kept:
            for kind, index, minute, least, most in one:
                _add(siblings.setdefault((table, kind, index), {}), minute, least, most)
        with self._guard:
            others = {name: minutes for name, minutes in self._siblings.items() if name[0] != table}
            self._siblings = others | siblings
            self._heard_until[table] = until


def _add(minutes: dict[int, Own], minute: int, least: float, most: float) -> None:
    own = minutes.get(minute)
    if own is None:
        for old in [one for one in minutes if one < minute - _KEPT_SECONDS]:
            del minutes[old]
        own = _NOTHING
    minutes[minute] = Own(own.least + least, own.most + most)


def _minute(moment: float) -> int:
    return int(moment // MINUTE) * MINUTE
