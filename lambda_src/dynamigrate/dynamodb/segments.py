"""How far the parts of a migration got, in the lock's table."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from ..clock import Clock
from ..contract import ItemKind, LockAttr, MigrationAttr
from ..error_text import printable
from ..log import log_event
from .attributes import text_of
from .items import item_id
from .lock.lease import Lease
from .read import items_beginning
from .retries import cancellation_reasons, retrying
from .state_tables import StateTable

# A transaction takes a hundred actions, of which one is the check of the lock.
_MOST_ACTIONS: Final = 99
_NUMBER: Final = re.compile("[0-9]{1,9}")
_logger = logging.getLogger(__name__)


class SegmentItems:
    """
    One item for each part, under ``segment#<lock id>#<migration>#<number>``, or under another *kind*.

    Each has a key of its own, so that parts can be given to other processes, each of which writes its own item alone.
    """

    def __init__(
        self, client: Any, table: StateTable, lock_id: str, clock: Clock, kind: ItemKind = ItemKind.SEGMENT
    ) -> None:
        self._client = client
        self._table = table
        self._lock_id = lock_id
        self._clock = clock
        self._kind = kind

    def save(self, migration_id: str, values: Mapping[int, Any], lease: Lease | None) -> None:
        """
        Write *values*, as many as fit in a transaction with one check of *lease*; None: unfenced.

        Raises:
            LockLost: The lock is no longer ours.
            StateMissing: The table is not there.
        """
        prefix = self.prefix(migration_id)
        texts = {f"{prefix}{number}": json.dumps(value) for number, value in values.items()}
        self._write(
            [
                ("Put", {"Item": {**self._table.key(key), MigrationAttr.CHECKPOINT.value: {"S": text}}})
                for key, text in texts.items()
            ],
            lease,
        )

    def load(self, migration_id: str) -> dict[int, Any]:
        """
        Everything that is there; the table is read whole for it, which only a run that goes on does.

        Raises:
            StateMissing: The table is not there.
        """
        prefix = self.prefix(migration_id)
        found = {}
        for item in self._items(prefix):
            if LockAttr.OWNER.value in item and MigrationAttr.CHECKPOINT.value not in item:
                # A worker of a fleet had taken it, and kept nothing of it yet.
                continue
            text = text_of(item, MigrationAttr.CHECKPOINT.value)
            try:
                found[int(item_id(item).removeprefix(prefix))] = json.loads(text or "")
            except (ValueError, RecursionError):
                # It is as if the part had not begun, which does no harm.
                name = printable(item_id(item))
                sentence = f"The checkpoint {name} makes no sense: that part begins anew."
                log_event(_logger, logging.WARNING, "segment.not_read", sentence, item=name)
        return found

    def clear(self, migration_id: str, lease: Lease | None) -> None:
        """
        Delete everything that is there.

        Raises:
            LockLost: The lock is no longer ours.
            StateMissing: The table is not there.
        """
        keys = [item_id(item) for item in self._items(self.prefix(migration_id))]
        self._write([("Delete", {"Key": self._table.key(key)}) for key in keys], lease)

    def _write(self, actions: Sequence[tuple[str, dict[str, Any]]], lease: Lease | None) -> None:
        for start in range(0, len(actions), _MOST_ACTIONS):
            part = [
                (action, {"TableName": self._table.name, **one})
                for action, one in actions[start : start + _MOST_ACTIONS]
            ]
            if lease is None:
                for action, request in part:
                    retrying(
                        self._client, self._clock, partial(getattr(self._client, f"{action.lower()}_item"), **request)
                    )
            else:
                self._transact([{action: request} for action, request in part], lease)

    def _transact(self, actions: list[dict[str, Any]], lease: Lease) -> None:
        def send() -> None:
            with lease.exclusive():
                self._client.transact_write_items(TransactItems=[*actions, lease.condition()])

        try:
            # Writing the same again does no harm, so no token tells one try from another.
            self._table.adapting(lambda: retrying(self._client, self._clock, send))
        except ClientError as error:
            reasons = cancellation_reasons(error)
            if reasons and reasons[-1].get("Code") == "ConditionalCheckFailed":
                lease.refused(reasons[-1].get("Item"))
            raise

    def prefix(self, migration_id: str) -> str:
        """What the ids of a migration's items begin with; the part's number follows."""
        return f"{self._kind}{self._lock_id}#{migration_id}#"

    def _items(self, prefix: str) -> list[dict[str, Any]]:
        found = items_beginning(self._client, self._table, prefix, self._clock)
        # Of a lock whose id begins as this one's does, the rest has more in it than a number.
        return [item for item in found if _NUMBER.fullmatch(item_id(item).removeprefix(prefix))]
