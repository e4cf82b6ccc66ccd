"""Taking the lock: at once, after a wait, or over from a holder that is certainly dead."""

from __future__ import annotations

import random
from typing import Final

from ...clock import Clock
from ...targets.lock_status import LockStatus
from .item import LeaseTerms, LockItem

# A waiter asks about once a second: often enough for a person, seldom enough for the table.
_POLL_SECONDS: Final = 1.0


def acquire(item: LockItem, terms: LeaseTerms, wait: float, clock: Clock) -> tuple[float, float]:
    """
    Take the lock, waiting at most *wait* seconds for a holder that lives.

    A holder whose deadline is past is watched for one lease, however long *wait* is; if it does not beat in that time,
    it is certainly dead, and the lock is taken over. Both count: the deadline is the holder's own clock's, and the
    lease is measured on ours.

    Returns:
        Since when the lease is good, from before the request was sent: the monotonic clock's time and the wall clock's.

    Raises:
        LockHeld: Somebody else has it.
        StateMissing: The table is not there.
    """
    give_up = clock.monotonic() + wait
    watched: LockStatus | None = None
    since = 0.0
    while True:
        sent = clock.monotonic(), clock.time()
        dead = _is_dead(watched, sent[0] - since, expired=watched is not None and _expired(watched, terms, clock))
        found = item.put(watched if dead else None)
        if found is None:
            return sent
        if found.request_id and found.request_id == terms.request_id:
            # Another delivery of our own event is at work: what we would wait for is our own work.
            raise found.held_error()
        now = clock.monotonic()
        beats = watched is not None and (watched.owner, watched.beat) != (found.owner, found.beat)
        if watched is None or beats:
            since = now
        watched, expired = found, _expired(found, terms, clock)
        if now >= give_up and (not expired or beats):
            raise found.held_error()
        left = found.lease_ms / 1000 - (now - since) if expired else give_up - now
        # A little more than what is left, so that the next look finds it over.
        clock.sleep(max(0.01, min(left + 0.01, _POLL_SECONDS * random.uniform(0.5, 1.5))))  # noqa: S311 - no secret


def _is_dead(watched: LockStatus | None, stood_still: float, *, expired: bool) -> bool:
    return watched is not None and expired and stood_still >= watched.lease_ms / 1000


def _expired(entry: LockStatus, terms: LeaseTerms, clock: Clock) -> bool:
    return not entry.foreign and entry.deadline_ms / 1000 + terms.skew < clock.time()
