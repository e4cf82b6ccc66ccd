"""The workers of a fleet, as their work sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol

from ..fleet import Fleet, FleetStatus, Part, WorkerFailure
from .locking import HeldLock

NO_PARTS: Final[Mapping[int, Mapping[str, float]]] = MappingProxyType({})


class Member(Protocol):
    """One worker of a fleet, as its work sees it. Whatever it writes is refused once the fleet is over."""

    @property
    def fleet(self) -> Fleet:
        """The fleet."""
        ...

    @property
    def number(self) -> int:
        """The worker's own number, from 0."""
        ...

    @property
    def status(self) -> FleetStatus:
        """What the fleet said of itself when it was looked at last."""
        ...

    @property
    def lock(self) -> HeldLock:
        """The run's lock, as a worker has it."""
        ...

    def look_if_due(self) -> bool:
        """
        Look at the fleet every few seconds, however often this is called; returns whether it did. What goes wrong is
        logged.
        """
        ...

    def active(self) -> frozenset[int]:
        """The numbers of the workers that give signs of life, without this one."""
        ...

    def parts(self, numbers: Sequence[int]) -> dict[int, Part]:
        """Those parts, as they are; what has not begun is there, too."""
        ...

    def is_free(self, part: Part) -> bool:
        """Whether `claim` may be tried: it is nobody's, of an earlier fleet, or of this worker's own earlier process."""
        ...

    def claim(self, parts: Mapping[int, Part]) -> set[int]:
        """
        Make those of *parts* this worker's own that are still as they were seen; returns their numbers.

        Raises:
            LockLost: The fleet is over.
        """
        ...

    def save(
        self,
        cursors: Mapping[int, Any],
        figures: Mapping[str, float],
        word: str,
        *,
        by_part: Mapping[int, Mapping[str, float]] = NO_PARTS,
    ) -> set[int]:
        """
        Keep how far parts got, and what is new; returns the numbers of the parts that are not this worker's any more,
        of which nothing was kept.

        Args:
            figures: What was counted since the last time; added to that of the others.
            word: What the worker says of itself to its siblings.
            by_part: What was counted in each of those parts since the last time; kept where its cursor is.

        Raises:
            LockLost: The fleet is over; nothing was kept.
        """
        ...

    def give_back(self, numbers: Sequence[int]) -> None:
        """Have others take those parts."""
        ...

    def leave(self) -> None:
        """Not to be counted any more."""
        ...

    def fail(self, failure: WorkerFailure) -> None:
        """Have all stop because of *failure*; the first one counts."""
        ...


class Fleets(Protocol):
    """What a run that is handed over to a fleet needs of a target."""

    def join(self, run_id: str, number: int) -> Member | None:
        """Become that worker of the fleet which has the run; None: there is no such fleet or worker, or none any more."""
        ...

    def request_width(self, workers: int) -> bool:
        """Have at most so many workers of a fleet be at work; returns whether there is a run to ask for it."""
        ...
