"""Who holds the lock, read from its item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...clock import Clock
from ...continuation import Continuation
from ...contract import LockAttr
from ...fleet import FleetStatus, WorkerFailure
from ...rate_order import RateOrder
from ...targets.lock_status import LockStatus
from ..attributes import count_of, map_of, number_of, text_of
from ..read import item
from ..state_tables import StateTable

# A lease of years is none, and after the year 9999 there is no time of day.
_MOST: Final = {LockAttr.BEAT: 10**15, LockAttr.LEASE_MS: 10**10, LockAttr.DEADLINE_MS: 253_402_300_799_000}

_MOST_WORKERS: Final = 10_000


def look(client: Any, table: StateTable, lock_id: str, clock: Clock) -> LockStatus | None:
    """
    Who holds the lock at this moment; None: nobody.

    Raises:
        StateMissing: The table is not there.
    """
    found = item(client, table, lock_id, clock)
    return read_status(lock_id, found) if found else None


def read_status(lock_id: str, item: Mapping[str, Any]) -> LockStatus:
    """
    From an item in DynamoDB's own notation; an attribute that makes no sense counts as missing.

    Where one of those that tell whether the holder lives makes none, the lock is `foreign`: it is never taken over.
    """

    def text(name: str) -> str | None:
        return text_of(item, name)

    counts = {name: count_of(item, name, most=most) for name, most in _MOST.items()}
    continuation = Continuation.read(text(LockAttr.CONTINUATION) or "")
    odd = any(value is None and name in item for name, value in counts.items())
    return LockStatus(
        lock_id=lock_id,
        owner=text(LockAttr.OWNER) or "",
        beat=counts[LockAttr.BEAT] or 0,
        lease_ms=0 if odd else counts[LockAttr.LEASE_MS] or 0,
        deadline_ms=counts[LockAttr.DEADLINE_MS] or 0,
        acquired_at=text(LockAttr.ACQUIRED_AT),
        holder=text(LockAttr.HOLDER) or "",
        # Who is delivered twice has to know its own run, also where that goes on elsewhere.
        request_id=text(LockAttr.REQUEST_ID) or (continuation.of_request if continuation else "") or None,
        run_id=text(LockAttr.RUN_ID),
        stop=text(LockAttr.STOP) or ("it was asked to" if LockAttr.STOP in item else None),
        paused=LockAttr.PAUSE in item,
        rate=RateOrder.read(text(LockAttr.RATE) or ""),
        continuation=continuation,
        waiting=LockAttr.WAITING in item,
        fleet=_fleet(item) if LockAttr.WORKERS in item else None,
    )


def _fleet(item: Mapping[str, Any]) -> FleetStatus:
    words, figures = map_of(item, LockAttr.WORKERS) or {}, map_of(item, LockAttr.FIGURES) or {}
    return FleetStatus(
        workers={int(number): text_of(words, number) or "" for number in words if number.isdecimal()},
        figures={name: value for name in figures if (value := number_of(figures, name)) is not None},
        width=count_of(item, LockAttr.WIDTH, most=_MOST_WORKERS),
        failure=WorkerFailure.read(text_of(item, LockAttr.FAILURE) or ""),
    )
