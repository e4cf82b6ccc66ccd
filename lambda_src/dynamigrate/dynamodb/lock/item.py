"""The lock's item, as its holder writes it. Every write is conditional on the holder's token."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from ...clock import Clock, timestamp
from ...contract import LockAttr
from ...log import log_event
from ...targets.lock_status import LockStatus
from ...transport.failures import may_have_happened
from ..retries import CONDITION_FAILED, code, item_of, retries, retrying
from ..state_tables import StateTable
from .status import look, read_status

T = TypeVar("T")

_logger = logging.getLogger(__name__)


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


@dataclass(frozen=True)
class NotOurs:
    """
    The item was not ours to write: it is *status*'s, or is gone.

    Attributes:
        resent: The SDK had sent the request before, so that may have been carried out.
    """

    status: LockStatus | None
    resent: bool = False


class LockItem:
    """
    One holder's side of the item.

    Attributes:
        owner: The token.
        perhaps_ours: Whether a write may have been carried out although its answer was lost.
    """

    def __init__(self, client: Any, table: StateTable, lock_id: str, terms: LeaseTerms, clock: Clock) -> None:
        self.owner = secrets.token_hex(16)
        self.perhaps_ours = False
        self.lock_id = lock_id
        self._client = client
        self._table = table
        self._terms = terms
        self._clock = clock

    def put(self, dead: LockStatus | None = None) -> LockStatus | None:
        """
        Write it where there is none, or over *dead*'s; returns whose it is, or None: ours now.

        Raises:
            StateMissing: The table is not there.
        """

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
                    Item=self._attributes(),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
            except BaseException as error:
                self.perhaps_ours = self.perhaps_ours or may_have_happened(error)
                raise

        try:
            self._table.adapting(lambda: retrying(self._client, self._clock, put))
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            there = item_of(error)
            if there is None:
                # The one we meant to replace was released meanwhile.
                return self.put()
            found = read_status(self.lock_id, there)
            if found.owner != self.owner:
                self.perhaps_ours = False
                return found
            # An earlier try of this very request had succeeded, and its answer was lost.
        if dead is not None:
            log_event(
                _logger,
                logging.WARNING,
                "lock.taken_over",
                f"The lock was taken over from {dead.holder or 'a holder without a name'}, which is dead: "
                f"it had it since {dead.acquired_at or 'nobody knows when'}.",
                lock_id=self.lock_id,
                dead_holder=dead.holder,
                dead_since=dead.acquired_at,
            )
        return None

    def read(self) -> LockStatus | None:
        """
        Whose it is; None: nobody's.

        Raises:
            StateMissing: The table is not there.
        """
        return look(self._client, self._table, self.lock_id, self._clock)

    def renew(self) -> LockStatus | NotOurs:
        """
        One beat; returns the item after it, or whose it is if it is not ours.

        The condition is the owner alone, never the old beat: a response that got lost must not read as a lost lock.
        """
        deadline = {} if self._terms.remaining is not None else {LockAttr.DEADLINE_MS: {"N": str(self._deadline_ms())}}
        return self.update(deadline, if_owner=(self.owner,))

    def update(
        self,
        written: Mapping[LockAttr, dict[str, Any]],
        *,
        if_owner: tuple[str, ...],
        if_beat: int | None = None,
        remove: tuple[LockAttr, ...] = (),
        unless_stopped: bool = False,
    ) -> LockStatus | NotOurs:
        """
        Write to it, once, with a beat; returns the item after that, or whose it is if the condition is not met.

        Args:
            written: Attributes and what they are to be.
            if_owner: The tokens that it may have. After an answer that was lost it has the one that was written.
            if_beat: The beat that it must have, unless it has our token already.
            unless_stopped: Only where nobody asked its holder to stop.
        """
        names = {"#owner": LockAttr.OWNER.value, "#beat": LockAttr.BEAT.value}
        owners = {f":owner{number}": {"S": token} for number, token in enumerate(if_owner)}
        values: dict[str, Any] = {":one": {"N": "1"}, **owners}
        # Counted by the service: one that arrives late, or twice, is a beat that nobody has seen before either.
        sets = ["#beat = #beat + :one"]
        for number, (name, value) in enumerate(written.items()):
            alias = "#owner" if name is LockAttr.OWNER else f"#s{number}"
            names[alias], values[f":s{number}"] = name.value, value
            sets.append(f"{alias} = :s{number}")
        update = f"SET {', '.join(sets)}"
        if remove:
            names |= {f"#r{number}": name.value for number, name in enumerate(remove)}
            update += f" REMOVE {', '.join(f'#r{number}' for number in range(len(remove)))}"
        condition = f"#owner IN ({', '.join(owners)})"
        if if_beat is not None:
            values |= {":beat": {"N": str(if_beat)}, ":own": {"S": self.owner}}
            condition += " AND (#beat = :beat OR #owner = :own)"
        if unless_stopped:
            names["#stop"] = LockAttr.STOP.value
            condition += " AND attribute_not_exists(#stop)"
        try:
            answer = self._client.update_item(
                TableName=self._table.name,
                Key=self._table.key(self.lock_id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                # Who lost the lock learns from the same request who has it.
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if code(error) == CONDITION_FAILED:
                return self._not_ours(error)
            raise
        return read_status(self.lock_id, answer.get("Attributes", {}))

    def delete(self, *also: str) -> NotOurs | None:
        """
        Give it back; returns None once it is gone, else what stands there, which stays.

        After a request whose answer was lost, an item that is gone is gone by our own hand.

        Args:
            also: Other tokens under which it is ours.
        """
        doubtful = False
        owners = {f":owner{number}": {"S": token} for number, token in enumerate((self.owner, *also))}

        def delete() -> None:
            nonlocal doubtful
            try:
                self._client.delete_item(
                    TableName=self._table.name,
                    Key=self._table.key(self.lock_id),
                    ConditionExpression=f"#owner IN ({', '.join(owners)})",
                    ExpressionAttributeNames={"#owner": LockAttr.OWNER.value},
                    ExpressionAttributeValues=owners,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except Exception as error:
                doubtful = doubtful or may_have_happened(error)
                raise

        try:
            retrying(self._client, self._clock, delete)
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            if doubtful or retries(error):
                # An earlier try deleted it; whoever has the lock now took it after that.
                return None
            return self._not_ours(error)
        return None

    def _not_ours(self, error: ClientError) -> NotOurs:
        there = item_of(error)
        return NotOurs(read_status(self.lock_id, there) if there else None, resent=retries(error) > 0)

    def condition(self, *, unless_stopped: bool = False) -> dict[str, Any]:
        """The ``ConditionCheck`` that lets a transaction through only while the item is ours."""
        check: dict[str, Any] = {
            "TableName": self._table.name,
            "Key": self._table.key(self.lock_id),
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": LockAttr.OWNER.value},
            "ExpressionAttributeValues": {":owner": {"S": self.owner}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if unless_stopped:
            check["ConditionExpression"] += " AND attribute_not_exists(#stop)"
            check["ExpressionAttributeNames"]["#stop"] = LockAttr.STOP.value
        return {"ConditionCheck": check}

    def persisting(self, send: Callable[[], T]) -> T:
        """What *send* returns, which is called again where its failure is a passing one."""
        return self._table.adapting(lambda: retrying(self._client, self._clock, send))

    def holding(self) -> dict[LockAttr, dict[str, Any]]:
        """What the item says while we hold it."""
        terms = self._terms
        return {
            LockAttr.OWNER: {"S": self.owner},
            LockAttr.LEASE_MS: {"N": str(round(terms.lease * 1000))},
            LockAttr.DEADLINE_MS: {"N": str(self._deadline_ms())},
            LockAttr.ACQUIRED_AT: {"S": timestamp(self._clock.time())},
            LockAttr.HOLDER: {"S": terms.holder},
        }

    def _attributes(self) -> dict[str, Any]:
        terms = self._terms
        attributes: dict[str, Any] = {
            **self._table.key(self.lock_id),
            **{name.value: value for name, value in self.holding().items()},
            LockAttr.BEAT.value: {"N": "0"},
        }
        if terms.request_id:
            attributes[LockAttr.REQUEST_ID.value] = {"S": terms.request_id}
        if terms.run_id:
            attributes[LockAttr.RUN_ID.value] = {"S": terms.run_id}
        return attributes

    def _deadline_ms(self) -> int:
        terms = self._terms
        left = terms.lease if terms.remaining is None else terms.remaining()
        return round((self._clock.time() + left) * 1000)
