"""Starting a migration's run of its own: its mark and its lock are written together, or neither is."""

from __future__ import annotations

import secrets
from typing import Any, Final

from ..clock import Clock, timestamp
from ..continuation import Continuation
from ..contract import LockAttr
from ..targets.lock_status import LockStatus
from .lock.status import look, read_status
from .state_tables import StateTable
from .state_writer import Beside

_ATTRS: Final = {"#owner": LockAttr.OWNER.value, "#beat": LockAttr.BEAT.value}


class LaunchedLock:
    """
    The lock of one run that is about to begin elsewhere.

    Attributes:
        token: Its owner, until somebody takes the run up.
    """

    def __init__(self, client: Any, table: StateTable, lock_id: str, clock: Clock) -> None:
        self.token = secrets.token_hex(16)
        self._client = client
        self._table = table
        self._lock_id = lock_id
        self._clock = clock

    def left(self) -> LockStatus | None:
        """
        What is left of the lock of an earlier run; None: nothing.

        Raises:
            LockHeld: It is still at work.
            StateMissing: The table is not there.
        """
        found = look(self._client, self._table, self._lock_id, self._clock)
        if found is not None and not found.is_abandoned(self._clock.time()):
            raise found.held_error()
        return found

    def put(self, continuation: Continuation, until: float, holder: str, left: LockStatus | None) -> Beside:
        """What writes it, where it is as *left* was."""
        names, values = {"#key": self._table.key_name}, {}
        condition = "attribute_not_exists(#key)"
        if left is not None:
            names, condition = dict(_ATTRS), "#owner = :owner AND #beat = :beat"
            values = {":owner": {"S": left.owner}, ":beat": {"N": str(left.beat)}}
        attributes: dict[LockAttr, dict[str, Any]] = {
            LockAttr.OWNER: {"S": self.token},
            LockAttr.BEAT: {"N": "0"},
            # Nobody beats for it; a lease is what tells an entry of ours from another driver's.
            LockAttr.LEASE_MS: {"N": "1"},
            LockAttr.DEADLINE_MS: {"N": str(round(until * 1000))},
            LockAttr.ACQUIRED_AT: {"S": timestamp(self._clock.time())},
            LockAttr.HOLDER: {"S": holder},
            LockAttr.RUN_ID: {"S": continuation.run.id},
            LockAttr.CONTINUATION: {"S": continuation.text},
            LockAttr.WAITING: {"BOOL": True},
        }
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "Item": {**self._table.key(self._lock_id), **{name.value: value for name, value in attributes.items()}},
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = values
        return Beside("Put", request)

    def delete(self, token: str) -> Beside:
        """What deletes it, where nobody has taken the run up."""
        return Beside(
            "Delete",
            {
                "TableName": self._table.name,
                "Key": self._table.key(self._lock_id),
                "ConditionExpression": "#owner = :owner",
                "ExpressionAttributeNames": {"#owner": LockAttr.OWNER.value},
                "ExpressionAttributeValues": {":owner": {"S": token}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )

    def status(self, item: dict[str, Any] | None) -> LockStatus | None:
        """Whose it is, by its item."""
        return read_status(self._lock_id, item) if item else None
