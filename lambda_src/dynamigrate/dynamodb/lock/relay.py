"""The lock of a run that goes on in another process: given to that process, and taken up by it."""

from __future__ import annotations

import logging
import secrets
from functools import partial
from typing import Any, Final

from ...clock import Clock
from ...continuation import Continuation
from ...contract import LockAttr
from ...errors import NothingToTakeUp
from ...fleet import Fleet
from ...log import log_event
from ...targets.lock_status import LockStatus
from ...transport.failures import may_have_happened
from .item import LeaseTerms, LockItem, NotOurs

_logger = logging.getLogger(__name__)

# The next process may look before the hand-over is written.
_POLL_SECONDS: Final = 0.5
# With less than this there would be no time to go on with the run.
_LEAST_SECONDS: Final = 5.0

_OF_A_FLEET: Final = (LockAttr.WORKERS, LockAttr.FIGURES)


class Relay:
    """
    One process's side of it: it hands over what it holds, or takes up what another one held.

    Attributes:
        token: The owner of a lock that it handed over, until somebody takes that up.
    """

    def __init__(self, item: LockItem, terms: LeaseTerms, clock: Clock) -> None:
        self._item = item
        self._terms = terms
        self._clock = clock
        # One of its own, that only the first to take it up can swap for theirs.
        self.token = secrets.token_hex(16)
        self._doubtful = False

    def hand_over(self, continuation: Continuation, until: float) -> NotOurs | None:
        """
        Write that the lock waits for whoever takes the run up; returns None once it does, else whose the item is.

        It may be sent again, after an answer that was lost: it finds its own token, or what has come of it since.
        """
        try:
            found = self._item.update(
                {
                    LockAttr.OWNER: {"S": self.token},
                    LockAttr.RUN_ID: {"S": continuation.run.id},
                    LockAttr.WAITING: {"BOOL": True},
                    LockAttr.CONTINUATION: {"S": continuation.text},
                    LockAttr.DEADLINE_MS: {"N": str(round(until * 1000))},
                    **_beginnings(continuation.fleet),
                },
                # Not what an earlier try wrote: a fleet's workers may have added to it since.
                if_owner=(self._item.owner,),
                # A process that dies without a word is known by its request's id; this one has done its part.
                remove=(LockAttr.REQUEST_ID, LockAttr.FAILURE, *(() if continuation.fleet else _OF_A_FLEET)),
                unless_stopped=True,
            )
        except BaseException as error:
            self._doubtful = self._doubtful or may_have_happened(error)
            raise
        if not isinstance(found, NotOurs) or self._is_passed_on(found, continuation):
            return None
        return found

    def _is_passed_on(self, found: NotOurs, continuation: Continuation) -> bool:
        """Whether an earlier try was carried out: *found* is what it wrote, or what has come of that."""
        status = found.status
        if status is not None and status.owner == self.token:
            # Somebody asked the run to stop since; whoever takes it up learns of it.
            return True
        if not (self._doubtful or found.resent):
            return False
        if status is None:
            # Nobody frees a lock that is held as often as a run that was taken up comes to its end.
            return True
        after = status.continuation
        return after is not None and after.run.id == continuation.run.id and after.slice > continuation.slice

    def take_up(self, run_id: str) -> tuple[LockStatus, tuple[float, float]]:
        """
        Swap the token of *run_id*'s lock for ours, where it waits, or where its holder is dead: its time is up, or it
        does not beat for one lease.

        Returns:
            The item after that, and since when the lease is good, as `acquire` has it.

        Raises:
            NothingToTakeUp: The run is over, was never handed over, or somebody else is at work on it.
            StateMissing: The table is not there.
        """
        watched: LockStatus | None = None
        since = 0.0
        while True:
            asked = self._clock.monotonic()
            found = self._item.read()
            if found is None or found.run_id != run_id:
                raise NothingToTakeUp(f"The run {run_id} is over: its lock is free, or another run's.", busy=False)
            if watched is None or watched.owner != found.owner:
                # From its answer on: nobody knows when in the time of a request it was carried out.
                watched, since = found, self._clock.monotonic()
            elif watched.beat != found.beat:
                raise _busy(found)
            dead = self._is_killed(found) or asked - since >= found.lease_ms / 1000
            if (found.waiting or dead) and found.continuation is not None:
                sent = self._clock.monotonic(), self._clock.time()
                taken = self._swap(found, found.continuation.taken_up(after_death=not found.waiting))
                if taken is not None:
                    self._tell(taken, after_death=not found.waiting)
                    return taken, sent
                watched = None
                continue
            if dead:
                raise NothingToTakeUp(f"The run {run_id} was never handed over, and its process is dead.", busy=False)
            if self._terms.remaining is not None and self._terms.remaining() < _LEAST_SECONDS:
                # Whoever called calls again, and by then its time may be up.
                raise _busy(found)
            self._clock.sleep(_POLL_SECONDS)

    def _is_killed(self, found: LockStatus) -> bool:
        """
        Whether the holder's process has been ended: its time is up. It need not be watched then, as by somebody who
        waits for the lock: whatever it still believes, it records nothing once the token is another.
        """
        return found.deadline_ms / 1000 + self._terms.skew < self._clock.time()

    def _swap(self, found: LockStatus, continuation: Continuation) -> LockStatus | None:
        """Write that the lock is ours, where it still is as it was found; returns the item, or None: it was not."""
        taken = self._item.persisting(
            partial(
                self._item.update,
                {
                    **self._item.holding(),
                    LockAttr.CONTINUATION: {"S": continuation.text},
                },
                if_owner=(found.owner, self._item.owner),
                if_beat=found.beat,
                remove=(LockAttr.WAITING,),
            )
        )
        return None if isinstance(taken, NotOurs) else taken

    def _tell(self, taken: LockStatus, *, after_death: bool) -> None:
        log_event(
            _logger,
            logging.WARNING if after_death else logging.INFO,
            "run.taken_up",
            f"The run {taken.run_id} goes on here{': the process that had it is dead' if after_death else ''}.",
            lock_id=self._item.lock_id,
            run_id=taken.run_id,
            holder=taken.holder,
            after_death=after_death,
        )


def _beginnings(fleet: Fleet | None) -> dict[LockAttr, dict[str, Any]]:
    """What the workers of *fleet* add to."""
    if fleet is None:
        return {}
    figures = {name: {"N": str(value)} for name, value in fleet.figures.items()}
    return {LockAttr.WORKERS: {"M": {}}, LockAttr.FIGURES: {"M": figures}}


def _busy(found: LockStatus) -> NothingToTakeUp:
    return NothingToTakeUp(f"The run {found.run_id} is still being carried out by {found.holder}.", busy=True)
