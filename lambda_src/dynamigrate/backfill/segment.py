"""One segment of the scan, and how far it got."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from .counters import Tally
from .findings import NOTHING, Findings

if TYPE_CHECKING:
    from .options import Options
    from .table import Table

# In how many parts a table can be scanned: "Scan" in the API reference.
MOST_PARTS: Final = 1_000_000
_SEGMENTS: Final = 32
_MOST_CHOSEN: Final = 512
_SEGMENTS_A_WORKER: Final = 16
_MOST_A_WORKER: Final = 32
_SEGMENT_BYTES: Final = 512 * 1024 * 1024


class Page:
    """
    A page of items that was read.

    Attributes:
        after: The key to go on from after it, once it is known, before the page is acknowledged; None: it is the last one.
        read: Items that were read in the segment up to its end; so is ``scanned``.
        found: What was found in the segment up to its end, where it was looked at once more.
        unacknowledged: Writes that are not acknowledged, and one for the page itself until it was read through.
    """

    __slots__ = ("after", "found", "read", "scanned", "unacknowledged")

    def __init__(self, tally: Tally, found: Findings, after: Any = None) -> None:
        self.after = after
        self.found = found
        self.read, self.scanned = tally.read, tally.scanned
        self.unacknowledged = 1


class Segment:
    """
    Worked on by one thread; another one may look at its `cursor` at any time.

    Attributes:
        tally: What was counted in it, in this run and those before.
        began: The same, as it was when this process got the segment.
        found: What was found in it, where its items are looked at once more.
        most: How many of its items are enough; None: all.
        lost: Another worker of a fleet has it now, so that nothing more is kept of it here.
    """

    def __init__(
        self,
        number: int,
        *,
        after: Any = None,
        done: bool = False,
        tally: Tally | None = None,
        found: Findings = NOTHING,
        most: int | None = None,
    ) -> None:
        self.number = number
        self.most = most
        self.tally = tally or Tally()
        self.found = found
        self.began = replace(self.tally)
        self.lost = False
        # One object, so that whoever looks sees all parts of one moment.
        self._acknowledged: tuple[Any, bool, int, int, Findings] = (
            after,
            done,
            self.tally.read,
            self.tally.scanned,
            found,
        )
        self._pages: deque[Page] = deque()

    @property
    def after(self) -> Any:
        """The key up to which everything is acknowledged; None: nothing is."""
        return self._acknowledged[0]

    @property
    def done(self) -> bool:
        return self._acknowledged[1]

    @property
    def is_enough(self) -> bool:
        """Whether as many of its items were looked at as are to be."""
        return self.done or (self.most is not None and self.tally.scanned >= self.most)

    def open_page(self, after: Any = None) -> Page:
        page = Page(self.tally, self.found, after)
        self._pages.append(page)
        return page

    def ack(self, *pages: Page) -> None:
        """One write of each of *pages* is acknowledged, or all of the page was read."""
        for page in pages:
            page.unacknowledged -= 1
        waiting = self._pages
        while waiting and not waiting[0].unacknowledged:
            page = waiting.popleft()
            self._acknowledged = (page.after, page.after is None, page.read, page.scanned, page.found)

    def cursor(self) -> dict[str, Any]:
        """What the checkpoint has of the segment: never more than was acknowledged."""
        after, done, read, scanned, found = self._acknowledged
        # What comes after that is read again.
        counted = {**self.tally.figures(), "read": read, "scanned": scanned}
        return {"after": after, "done": done, "tally": counted, **({"found": found.kept} if found.kept else {})}

    @staticmethod
    def is_cursor(cursor: Any) -> bool:
        """Whether `from_cursor` can read *cursor*."""
        return (
            isinstance(cursor, dict)
            and cursor.keys() >= {"after", "done", "tally"}
            and isinstance(cursor["after"], dict | None)
            and isinstance(cursor["done"], bool)
            and isinstance(cursor["tally"], dict)
            and all(isinstance(count, int | float) for count in cursor["tally"].values())
        )

    @classmethod
    def from_cursor(cls, number: int, cursor: dict[str, Any]) -> Segment:
        return cls(
            number,
            after=cursor["after"],
            done=cursor["done"],
            tally=Tally.of(cursor["tally"]),
            found=Findings.read(cursor.get("found")),
        )


def segments_for(options: Options, table: Table) -> int:
    """In how many parts *table* is scanned."""
    # Enough for all workers to end at about the same time.
    least = max(_SEGMENTS, options.workers * _SEGMENTS_A_WORKER)
    most = max(_MOST_CHOSEN, options.workers * _MOST_A_WORKER)
    return options.segments or min(max(least, table.bytes // _SEGMENT_BYTES), most)
