"""
The lock: a lease that its holder renews, and that others may take over once the holder is certainly dead.

The protocol rests on three things. Every write to the lock's item is conditional on the owner's token. The beat is
compared on the waiter's own monotonic clock, so that no two clocks need agree. And whatever either side believes, a
state change carries a check of the token in its own transaction, so that a holder that lost its lock records nothing.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from ..clock import Clock, timestamp
from ..contract import LockAttr
from ..errors import LockLost
from .calls import CONDITION_FAILED, code, is_doubtful, item_of, persist, retries
from .entry import LockStatus
from .tables import StateTable

_logger = logging.getLogger(__name__)

# A waiter asks about once a second: often enough for a person, seldom enough for the table.
_POLL_SECONDS: Final = 1.0
# Three beats in a lease: two may fail before it is over.
_BEATS_A_LEASE: Final = 3
_LONGEST_JOIN: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class LeaseTerms:
    """
    What a holder says about itself.

    Attributes:
        lease: Seconds that the lock is good for without a beat.
        skew: Seconds by which two machines' clocks may differ.
        remaining: Seconds until this process has certainly ended; None: nothing ends it.
        holder: Who, in words.
    """

    lease: float
    skew: float
    holder: str
    remaining: Callable[[], float] | None = None
    request_id: str | None = None
    run_id: str | None = None


class Lease:
    """One holding of the lock: acquired, kept by beats on a thread, released."""

    def __init__(self, client: Any, table: StateTable, lock_id: str, terms: LeaseTerms, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._lock_id = lock_id
        self._terms = terms
        self._clock = clock
        self._token = secrets.token_hex(16)
        self._perhaps_ours = False
        self._lost = False
        self._given_up = False
        self._stop: str | None = None
        self._paused = False
        self._good_from = (0.0, 0.0)
        self._renewals = 0
        self._one_at_a_time = threading.RLock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def owner(self) -> str:
        """The token."""
        return self._token

    @property
    def lost(self) -> bool:
        return self._lost or self._given_up or self._overdue() > self._terms.lease

    @property
    def stop_reason(self) -> str | None:
        return self._stop

    @property
    def paused(self) -> bool:
        return self._paused

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """
        Around a request that touches the lock's item: beats and transactions at one time refuse each other.

        A courtesy, which ends after a fraction of a lease: one request that hangs must not hold up all others, and who
        is refused tries again.
        """
        mine = self._one_at_a_time.acquire(timeout=self._terms.lease / (_BEATS_A_LEASE * 4))
        try:
            yield
        finally:
            if mine:
                self._one_at_a_time.release()

    def condition(self, *, unless_stopped: bool = False) -> dict[str, Any]:
        """The ``ConditionCheck`` that lets a transaction through only while the lock is ours."""
        check: dict[str, Any] = {
            "TableName": self._table.name,
            "Key": self._table.key(self._lock_id),
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": LockAttr.OWNER.value},
            "ExpressionAttributeValues": {":owner": {"S": self._token}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if unless_stopped:
            check["ConditionExpression"] += " AND attribute_not_exists(#stop)"
            check["ExpressionAttributeNames"]["#stop"] = LockAttr.STOP.value
        return {"ConditionCheck": check}

    def refused(self, item: dict[str, Any] | None) -> None:
        """
        Take note of why a transaction with `condition` was refused: *item* is the lock's item as it is.

        Raises:
            LockLost: It is no longer ours.
        """
        found = LockStatus.read(self._lock_id, item) if item else None
        if found is None or found.owner != self._token:
            self._lost = True
            raise self.lost_error(found)
        self._stop = found.stop

    def lost_error(self, found: LockStatus | None = None) -> LockLost:
        """What a holder is told that lost the lock."""
        by = f" {found.holder or 'another driver'} has it now." if found else ""
        return LockLost(
            f"The lock '{self._lock_id}' is no longer ours, so nothing was recorded.{by}",
            next_step="See what the other run did, and run again.",
        )

    def acquire(self, wait: float) -> None:
        """
        Take the lock, waiting at most *wait* seconds for a holder that lives.

        A holder whose deadline is past is watched for one lease, however long *wait* is; if it does not beat in that
        time, it is certainly dead, and the lock is taken over.

        Raises:
            LockHeld: Somebody else has it.
            StateMissing: The table is not there.
        """
        try:
            self._acquire(wait)
        except BaseException:
            if self._perhaps_ours:
                # Nobody would beat for it, and everybody wait for it.
                self.release()
            raise

    def _acquire(self, wait: float) -> None:
        give_up = self._clock.monotonic() + wait
        watched: LockStatus | None = None
        since = 0.0
        while True:
            sent = self._clock.monotonic()
            found = self._put(watched if self._is_dead(watched, sent - since) else None)
            if found is None:
                return
            if found.request_id and found.request_id == self._terms.request_id:
                # Another delivery of our own event is at work: what we would wait for is our own work.
                raise found.held_error()
            now = self._clock.monotonic()
            beats = watched is not None and (watched.owner, watched.beat) != (found.owner, found.beat)
            if watched is None or beats:
                since = now
            watched, expired = found, self._expired(found)
            if now >= give_up and (not expired or beats):
                raise found.held_error()
            left = found.lease_ms / 1000 - (now - since) if expired else give_up - now
            # A little more than what is left, so that the next look finds it over.
            self._clock.sleep(max(0.01, min(left + 0.01, _POLL_SECONDS * random.uniform(0.5, 1.5))))  # noqa: S311

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beats from now on, and releases the lock at the end: both happen whatever the block does."""
        self._thread = threading.Thread(target=self._keep, name=f"dynamigrate-beat-{self._lock_id}", daemon=True)
        try:
            self._thread.start()
            yield
        finally:
            self._ending.set()
            # A beat that hangs must not hold up the release, which our time may be short for; it can't succeed after it.
            if self._thread.is_alive():
                self._thread.join(timeout=min(_LONGEST_JOIN, self._terms.lease))
            self.release()

    def beat(self) -> None:
        """
        Renew the lease, once. A condition that fails means that the lock is lost; any other error is raised.

        The condition is the owner alone, never the old beat: a response that got lost must not read as a lost lock.
        """
        with self.exclusive():
            sent = self._clock.monotonic(), self._clock.time()
            values: dict[str, Any] = {":owner": {"S": self._token}, ":one": {"N": "1"}}
            names = {"#owner": LockAttr.OWNER.value, "#beat": LockAttr.BEAT.value}
            # Counted by the service: one that arrives late, or twice, is a beat that nobody has seen before either.
            update = "SET #beat = #beat + :one"
            if self._terms.remaining is None:
                update += ", #deadline = :deadline"
                names["#deadline"] = LockAttr.DEADLINE_MS.value
                values[":deadline"] = {"N": str(self._deadline_ms())}
            try:
                answer = self._client.update_item(
                    TableName=self._table.name,
                    Key=self._table.key(self._lock_id),
                    UpdateExpression=update,
                    ConditionExpression="#owner = :owner",
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                    ReturnValues="ALL_NEW",
                )
            except ClientError as error:
                if code(error) == CONDITION_FAILED:
                    self._lost = True
                    return
                raise
            # An answer may have overtaken an older one.
            self._good_from = max(self._good_from, sent)
            self._renewals += 1
            found = LockStatus.read(self._lock_id, answer.get("Attributes", {}))
            self._stop, self._paused = found.stop, found.paused

    def release(self) -> None:
        """Give the lock back, if it is ours; what goes wrong is logged, never raised."""
        if self._lost:
            self._warn("lock.lost")
            return
        doubtful = False

        def delete() -> None:
            nonlocal doubtful
            try:
                self._delete()
            except Exception as error:
                doubtful = doubtful or is_doubtful(error)
                raise

        try:
            persist(self._clock, delete)
        except Exception as error:  # noqa: BLE001 - never raised, by its contract
            if not isinstance(error, ClientError) or code(error) != CONDITION_FAILED:
                # It frees itself: nobody beats for it any more.
                self._warn("lock.release_failed", exc_info=True)
            elif not doubtful and not retries(error):
                # It is another's, and stays, or was freed by force. After a lost answer it is ours that is gone.
                self._lost = True
                self._warn("lock.lost")

    def require_time(self) -> None:
        """
        Refuse to go on once the lease is over by whichever of this machine's clocks ran further.

        Raises:
            LockLost: It is over, or the lock is lost.
        """
        if self.lost:
            raise self.lost_error()

    def _put(self, dead: LockStatus | None) -> LockStatus | None:
        """Write the item where there is none, or over *dead*'s; returns whose item it is, or None: ours now."""
        sent = self._clock.monotonic(), self._clock.time()

        def put() -> None:
            condition: dict[str, Any] = {
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": self._table.key_name},
            }
            if dead is not None:
                condition = {
                    "ConditionExpression": "#owner = :owner AND #beat = :beat",
                    "ExpressionAttributeNames": {"#owner": LockAttr.OWNER.value, "#beat": LockAttr.BEAT.value},
                    "ExpressionAttributeValues": {":owner": {"S": dead.owner}, ":beat": {"N": str(dead.beat)}},
                }
            try:
                self._client.put_item(
                    TableName=self._table.name,
                    Item=self._item(),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
            except BaseException as error:
                self._perhaps_ours = self._perhaps_ours or is_doubtful(error)
                raise

        try:
            self._table.adapting(lambda: persist(self._clock, put))
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            item = item_of(error)
            if item is None:
                # The one we meant to replace was released meanwhile.
                return self._put(None)
            found = LockStatus.read(self._lock_id, item)
            if found.owner != self._token:
                self._perhaps_ours = False
                return found
            # An earlier try of this very request had succeeded, and its answer was lost.
        self._good_from = sent
        if dead is not None:
            _logger.warning(
                "lock.taken_over",
                extra={"lock_id": self._lock_id, "dead_holder": dead.holder, "dead_since": dead.acquired_at},
            )
        return None

    def _item(self) -> dict[str, Any]:
        terms = self._terms
        item: dict[str, Any] = {
            **self._table.key(self._lock_id),
            LockAttr.OWNER.value: {"S": self._token},
            LockAttr.BEAT.value: {"N": "0"},
            LockAttr.LEASE_MS.value: {"N": str(round(terms.lease * 1000))},
            LockAttr.DEADLINE_MS.value: {"N": str(self._deadline_ms())},
            LockAttr.ACQUIRED_AT.value: {"S": timestamp(self._clock.time())},
            LockAttr.HOLDER.value: {"S": terms.holder},
        }
        if terms.request_id:
            item[LockAttr.REQUEST_ID.value] = {"S": terms.request_id}
        if terms.run_id:
            item[LockAttr.RUN_ID.value] = {"S": terms.run_id}
        return item

    def _delete(self) -> None:
        self._client.delete_item(
            TableName=self._table.name,
            Key=self._table.key(self._lock_id),
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": LockAttr.OWNER.value},
            ExpressionAttributeValues={":owner": {"S": self._token}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def _keep(self) -> None:
        rhythm = self._terms.lease / _BEATS_A_LEASE
        pause = rhythm
        while not self._ending.wait(pause) and not self._lost and not self._given_up:
            before = self._renewals
            # On a thread of its own: a request that hangs must not keep the next one from being sent.
            beat = threading.Thread(
                target=self._try_to_beat, name=f"{threading.current_thread().name}-once", daemon=True
            )
            beat.start()
            beat.join(timeout=rhythm / 2)
            renewed = self._renewals > before
            # Only the lease decides when it was one too many.
            self._given_up = not renewed and self._overdue() > self._terms.lease
            pause = rhythm if renewed else 0 if beat.is_alive() else min(1.0, rhythm / 4)

    def _try_to_beat(self) -> None:
        try:
            self.beat()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next beat may succeed
            self._warn("lock.beat_failed", error=str(error))

    def _warn(self, event: str, *, exc_info: bool = False, **fields: str) -> None:
        extra = {"lock_id": self._lock_id, "holder": self._terms.holder, **fields}
        _logger.warning(event, extra=extra, exc_info=exc_info)

    def _is_dead(self, watched: LockStatus | None, stood_still: float) -> bool:
        return (
            watched is not None
            and not watched.foreign
            and self._expired(watched)
            and stood_still >= watched.lease_ms / 1000
        )

    def _expired(self, entry: LockStatus) -> bool:
        return not entry.foreign and entry.deadline_ms / 1000 + self._terms.skew < self._clock.time()

    def _overdue(self) -> float:
        """Seconds since the lease was last renewed, from before the request was sent."""
        monotonic, wall = self._good_from
        passed = self._clock.monotonic() - monotonic
        if self._terms.remaining is None:
            # A suspended machine's monotonic clock may have stood still.
            return max(passed, self._clock.time() - wall)
        return passed

    def _deadline_ms(self) -> int:
        terms = self._terms
        left = terms.lease if terms.remaining is None else terms.remaining()
        return round((self._clock.time() + left) * 1000)
