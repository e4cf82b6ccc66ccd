"""What somebody who does not hold the lock may ask and do about it."""

from __future__ import annotations

import logging
from typing import Any, Final

from botocore.exceptions import ClientError

from ...clock import Clock
from ...contract import LockAttr
from ...error_text import describe_error, error_message
from ...log import log_event
from ...targets.lock_status import LockStatus
from ..retries import CONDITION_FAILED, code, retrying
from ..state_tables import StateTable
from .status import look

_logger = logging.getLogger(__name__)

_POLL_SECONDS: Final = 1.0


class LockAdmin:
    """Looks at the lock's item from outside."""

    def __init__(self, client: Any, table: StateTable, lock_id: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._lock_id = lock_id
        self._clock = clock

    def status(self) -> LockStatus | None:
        """
        Who holds it; None: nobody.

        Raises:
            StateMissing: The table is not there.
        """
        return look(self._client, self._table, self._lock_id, self._clock)

    def request_stop(self, reason: str, *, holder: str = "") -> None:
        """Leave a note for the holder, where its words have *holder*; what goes wrong is logged."""
        try:
            self.request(LockAttr.STOP, {"S": reason}, holder=holder)
        except Exception as error:  # noqa: BLE001 - best effort, as promised
            log_event(
                _logger,
                logging.WARNING,
                "lock.stop_not_requested",
                f"The holder of the lock could not be asked to stop: {describe_error(error)}",
                lock_id=self._lock_id,
                error=error_message(error),
            )

    def request(self, what: LockAttr, value: dict[str, Any] | None, *, holder: str = "") -> bool:
        """
        Leave *value* for the holder, which learns of it with its next beat; None: take it back.

        Args:
            holder: What the holder's words must have.

        Returns:
            Whether there is one.
        """
        condition, names, values = "attribute_exists(#owner)", {"#what": what, "#owner": LockAttr.OWNER}, {}
        if value is not None:
            values[":value"] = value
        if holder:
            condition = f"{condition} AND contains(#holder, :holder)"
            names["#holder"], values[":holder"] = LockAttr.HOLDER, {"S": holder}

        def note() -> None:
            self._client.update_item(
                TableName=self._table.name,
                Key=self._table.key(self._lock_id),
                UpdateExpression="REMOVE #what" if value is None else "SET #what = :value",
                ConditionExpression=condition,
                ExpressionAttributeNames={placeholder: name.value for placeholder, name in names.items()},
                **({"ExpressionAttributeValues": values} if values else {}),
            )

        try:
            self._table.adapting(lambda: retrying(self._client, self._clock, note))
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            return False
        return True

    def unlock(self, *, force: bool) -> LockStatus | None:
        """
        Free it; unless forced, only if its holder does not beat for one lease.

        Raises:
            LockHeld: The holder beats, or is another driver's.
        """
        found = self.status()
        if found is None:
            return None
        if not force:
            if found.foreign:
                raise found.held_error()
            began = self._clock.monotonic()
            while (left := found.lease_ms / 1000 - (self._clock.monotonic() - began)) > 0:
                self._clock.sleep(min(left, _POLL_SECONDS))
                now = self.status()
                if now is None:
                    return found
                if (now.owner, now.beat) != (found.owner, found.beat):
                    raise now.beating_error()
        try:
            retrying(self._client, self._clock, lambda: self._delete(found, force=force))
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise
            now = self.status()
            if now is not None:
                raise now.beating_error() from error
        log_event(
            _logger,
            logging.WARNING,
            "lock.unlocked",
            f"The lock of {found.holder or 'another driver'} was freed{' by force' if force else ''}.",
            lock_id=self._lock_id,
            holder=found.holder,
            forced=force,
        )
        return found

    def free_waiting(self) -> None:
        """Free it where it waits for a process that takes its run up; the token that it has then is nobody's."""
        found = self.status()
        if found is None or not found.waiting:
            return
        try:
            retrying(self._client, self._clock, lambda: self._delete(found, force=True))
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise

    def _delete(self, found: LockStatus, *, force: bool) -> None:
        if not found.owner:
            self._client.delete_item(
                TableName=self._table.name,
                Key=self._table.key(self._lock_id),
                # One that is no text is nobody's token.
                ConditionExpression="attribute_not_exists(#owner) OR NOT attribute_type(#owner, :text)",
                ExpressionAttributeNames={"#owner": LockAttr.OWNER.value},
                ExpressionAttributeValues={":text": {"S": "S"}},
            )
            return
        condition = "#owner = :owner" if force else "#owner = :owner AND #beat = :beat"
        names = {"#owner": LockAttr.OWNER.value}
        values: dict[str, Any] = {":owner": {"S": found.owner}}
        if not force:
            names["#beat"] = LockAttr.BEAT.value
            values[":beat"] = {"N": str(found.beat)}
        self._client.delete_item(
            TableName=self._table.name,
            Key=self._table.key(self._lock_id),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
