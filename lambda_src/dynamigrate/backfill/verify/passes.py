"""Passes over a table, one after the other, until one of them finds nothing to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...clock import timestamp
from ...log import counted
from ...verification import Verification
from ..counters import Tally
from ..errors import BackfillError
from ..findings import Findings
from ..segment import Segment


class Passes(Protocol):
    """
    Where it is kept which pass is under way, and how far it got.

    Attributes:
        number: Its number, from 1.
        earlier: What was counted in those before it.
        settled: Of that, the items that a pass after the first changed.
    """

    number: int
    earlier: Tally
    settled: int

    @property
    def segments(self) -> Sequence[Segment]: ...

    @property
    def tally(self) -> Tally:
        """What was counted in the pass that is under way."""
        ...

    def next_pass(self, number: int) -> None:
        """Begin the pass of that *number*; the one before it is done."""
        ...


def begin_another(passes: Passes, *, most: int, what: str, later: bool = False) -> bool:
    """
    Begin one more pass, where the one that is done changed something; returns whether it did.

    Args:
        most: How many there may be after the first.
        what: What they pass over, in words.
        later: Whether it is looked over again by itself, when nobody writes the old shape any more. Then that is soon
            enough, as until then somebody may always have written it since.

    Raises:
        BackfillError: They were so many, each found something to change, and it is not looked over again. Run again, it
            goes on with as many more.
    """
    tally, number = passes.tally, passes.number
    if not tally.written:
        return False
    if number <= most:
        passes.next_pass(number + 1)
        return True
    if later:
        return False
    keys = Findings.sum(segment.found for segment in passes.segments).keys
    passes.next_pass(2)
    such_as = f", such as {', '.join(keys)}" if keys else ""
    further = "one further pass" if most == 1 else f"{most} further passes"
    raise BackfillError(
        f"{what} is not settled after {further}: the last one still changed {counted(tally.written, 'item')}{such_as}.",
        next_step="Somebody goes on writing what it changes, or transform wants something else each time. Have the "
        "application's new code deployed first, or this migration run after it; then run it again, and it goes on. "
        "passes= allows for more of them.",
    )


def settled(passes: Passes, *, now: float) -> Verification:
    """
    What is known of the data after the last pass, at the time *now*. Where that changed something all the same, as much
    may have come since: it is not clean.
    """
    tally = passes.tally
    found = Findings.sum(segment.found for segment in passes.segments)
    return Verification(
        at=timestamp(now),
        mode="full",
        checked=tally.scanned,
        total=tally.scanned,
        would_change=round(tally.written),
        keys=found.keys if tally.written else (),
        failed=tally.failed,
        settled=passes.settled,
        passes=passes.number,
    )


def found_now(passes: Passes, *, now: float) -> Verification:
    """What a pass that changed nothing has found, at the time *now*."""
    found = Findings.sum(segment.found for segment in passes.segments)
    scanned = passes.tally.scanned
    return Verification(
        at=timestamp(now),
        mode="full",
        checked=scanned,
        total=scanned,
        would_change=found.would_change,
        failed=found.failed,
        unsettled=found.unsettled,
        keys=found.keys,
    )
