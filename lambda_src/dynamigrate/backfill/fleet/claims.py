"""The segments of one worker of a fleet."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from ...fleet import Part
from ..segment import Segment

if TYPE_CHECKING:
    from ...targets.fleets import Member

# Of so many it is asked at one time whose they are.
_WINDOW: Final = 100


class Claims:
    """
    Takes segments that nobody works on, first of the worker's own share, then what others have left of theirs: so that
    workers seldom want the same one. Threads call `take`.

    Attributes:
        wanted: How many threads want one at this moment.

    Args:
        token: That of the backfill's checkpoint: cursors with another one are of a backfill that was given up.
    """

    def __init__(self, member: Member, token: str) -> None:
        self._member = member
        self._token = token
        fleet = member.fleet
        own = [number for number in range(fleet.parts) if number % fleet.workers == member.number]
        others = [number for number in range(fleet.parts) if number % fleet.workers != member.number]
        random.shuffle(own)
        random.shuffle(others)
        # Taken from the end.
        self._left = others + own
        self._seen: dict[int, Part] = {}
        self._passes = 0
        self._busy: list[int] = []
        self._guard, self._counting = threading.Lock(), threading.Lock()
        self._taken: dict[int, Segment] = {}
        # For threads that wait for one.
        self._ready: list[Segment] = []
        self._error: BaseException | None = None
        self.wanted = 0

    @property
    def taken(self) -> list[Segment]:
        """Those that are this worker's, finished ones too, until `forget`."""
        return list(self._taken.values())

    def take(self) -> Segment | None:
        """
        Raises:
            LockLost: The fleet is over.
            Exception: They could not be taken. What has failed once is not tried again, for no thread.
        """
        self._want(1)
        try:
            with self._guard:
                return self._take()
        finally:
            self._want(-1)

    def _take(self) -> Segment | None:
        if self._error is not None:
            raise self._error
        try:
            while not self._ready:
                if not self._seen and not self._look():
                    return None
                self._claim_some()
        except BaseException as error:
            self._error = error
            raise
        return self._ready.pop()

    def _claim_some(self) -> None:
        """At one time one for each thread that waits: each claim is a transaction with the lock's item."""
        some = {number: self._seen.pop(number) for number in list(self._seen)[: self.wanted]}
        claimed = self._member.claim(some)
        for number, part in some.items():
            if number in claimed:
                self._taken[number] = segment = self._segment(number, part.cursor)
                self._ready.append(segment)
            else:
                self._busy.append(number)

    def _want(self, more: int) -> None:
        with self._counting:
            self.wanted += more

    def take_earlier(self) -> None:
        """Take all that an earlier process of this worker has not finished, though nobody is to work on it here."""
        parts = self._member.parts(range(self._member.fleet.parts))
        earlier = {
            number: part
            for number, part in parts.items()
            if part.owner and self._member.is_free(part) and not self._is_done(part.cursor)
        }
        for number in self._member.claim(earlier):
            self._taken[number] = self._segment(number, earlier[number].cursor)

    def lose(self, numbers: Iterable[int]) -> None:
        """They are another worker's now."""
        for number in numbers:
            self._taken.pop(number).lost = True

    def forget(self, numbers: Iterable[int]) -> None:
        """They are finished, and that is kept."""
        for number in numbers:
            self._taken.pop(number, None)

    def _look(self) -> bool:
        """Find segments that nobody works on; returns whether there are any."""
        while self._left or self._look_again():
            some = [self._left.pop() for _ in range(min(_WINDOW, len(self._left)))]
            parts = self._member.parts(some)
            for number in some:
                part = parts[number]
                if self._is_done(part.cursor) or number in self._taken:
                    continue
                if self._member.is_free(part):
                    self._seen[number] = part
                else:
                    self._busy.append(number)
            if self._seen:
                return True
        return False

    def _look_again(self) -> bool:
        """Once more at those that others worked on: they may have been given back."""
        if self._passes or not self._busy:
            return False
        self._passes += 1
        self._left, self._busy = self._busy, []
        return True

    def _is_done(self, cursor: Any) -> bool:
        return self._is_ours(cursor) and cursor["done"]

    def _is_ours(self, cursor: Any) -> bool:
        return Segment.is_cursor(cursor) and cursor.get("token") == self._token

    def _segment(self, number: int, cursor: Any) -> Segment:
        return Segment.from_cursor(number, cursor) if self._is_ours(cursor) else Segment(number)
