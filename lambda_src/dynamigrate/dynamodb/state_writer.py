"""Changes of one migration's item, fenced by the lock while it is held."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from ..clock import Clock
from ..contract import MigrationAttr
from ..errors import StopRequested
from ..transport.failures import may_have_happened
from .lock.lease import Lease
from .retries import CONDITION_FAILED, VALIDATION, cancellation_reasons, code, item_of, retries, retrying
from .state_tables import StateTable

Expectation = Literal["absent", "present", "applied", "dirty"]

# A mark that is neither true nor false counts as dirty, as it does when it is read.
_CONDITIONS: Final[dict[Expectation, str]] = {
    "absent": "attribute_not_exists(#key)",
    "present": "attribute_exists(#key)",
    "applied": "attribute_exists(#key) AND (attribute_not_exists(#dirty) OR #dirty = :clean)",
    "dirty": (
        "attribute_exists(#key) AND attribute_exists(#dirty) AND (#dirty = :soiled OR NOT attribute_type(#dirty, :mark))"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    What is to become of an item.

    Attributes:
        expects: What the item has to be like before; otherwise nothing is written.
        set: Attributes to write, in DynamoDB's notation.
        dirty: The mark; None leaves it.
        delete: Delete the item instead.
        begins: A migration begins with it, so a run that was asked to stop gets no further.
    """

    expects: Expectation
    set: dict[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()
    dirty: bool | None = None
    delete: bool = False
    begins: bool = False


@dataclass(frozen=True)
class Refused:
    """Nothing was written, because the item was not as expected: it is *item*, or not there at all."""

    item: dict[str, Any] | None


@dataclass(frozen=True)
class Beside:
    """Another action of the transaction that makes a change, and its arguments."""

    action: str
    request: dict[str, Any]


class BesideRefused(Exception):
    """Nothing was written, because the condition of `Beside` met *item*, or no item at all."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__()
        self.item = item


class StateWriter:
    """
    Writes changes to the migrations' table.

    Attributes:
        lease: While the lock is held: every change carries a check of it in the same transaction.
        detached: The run of its own that makes the changes; what is not marked as its any more is refused. None: it is
            no such run.
    """

    def __init__(self, client: Any, table: StateTable, clock: Clock) -> None:
        self.lease: Lease | None = None
        self.detached: str | None = None
        self._client = client
        self._table = table
        self._clock = clock

    def write(self, migration_id: str, change: Change, beside: Beside | None = None) -> Refused | None:
        """
        Make *change*, and *beside* in the same transaction; returns None once it is made.

        A request whose answer was lost is sent again, and recognized if it had been carried out.

        Raises:
            BesideRefused: *beside* could not be done, and nothing was.
            LockLost: The lock is no longer ours: nothing was written.
            StopRequested: The change begins a migration, and somebody asked the run to stop.
            StateMissing: The table is not there.
        """
        doubtful = False
        token = secrets.token_hex(16)
        lease = self.lease

        def send() -> None:
            nonlocal doubtful, token
            action, request = self._request(migration_id, change)
            try:
                if lease is None and beside is None:
                    call: Callable[..., Any] = getattr(self._client, f"{action.lower()}_item")
                    call(**request)
                    return
                fence = [] if lease is None else [lease.condition(unless_stopped=change.begins)]
                more = [] if beside is None else [{beside.action: beside.request}]
                with nullcontext() if lease is None else lease.exclusive():
                    self._client.transact_write_items(
                        TransactItems=[{action: request}, *fence, *more], ClientRequestToken=token
                    )
            except (ClientError, BotoCoreError) as error:
                doubtful = doubtful or may_have_happened(error)
                if cancellation_reasons(error) or code(error) == VALIDATION:
                    # It was not carried out, so a further try is another transaction.
                    token = secrets.token_hex(16)
                raise

        try:
            self._table.adapting(lambda: retrying(self._client, self._clock, send))
        except ClientError as error:
            return self._refused(migration_id, change, error, doubtful=doubtful or retries(error) > 0)
        return None

    def _refused(self, migration_id: str, change: Change, error: ClientError, *, doubtful: bool) -> Refused | None:
        """
        What the item was, where it was not as expected; None: it is what *change* makes of it, by an earlier try.

        Args:
            doubtful: An earlier try may have been carried out.

        Raises:
            As `write`.
        """
        lease = self.lease
        refused, fence, other = _refusals(error, fenced=lease is not None)
        if fence is not None and lease is not None:
            lease.refused(fence.item)
        if refused is not None and doubtful and self._is_made(change, refused.item):
            return None
        if fence is not None and lease is not None:
            raise StopRequested(
                f"{migration_id} was not begun: {lease.stop_reason}.", migration_id=migration_id
            ) from error
        if refused is None and other is not None:
            raise BesideRefused(other.item) from error
        if refused is None:
            raise error
        return refused

    def _request(self, migration_id: str, change: Change) -> tuple[str, dict[str, Any]]:
        """The operation and its arguments, as it stands in a transaction and as a call of its own."""
        names = {"#key": self._table.key_name}
        values: dict[str, Any] = {}
        condition = _CONDITIONS[change.expects]
        if change.expects == "applied":
            values[":clean"] = {"BOOL": False}
        elif change.expects == "dirty":
            values[":soiled"], values[":mark"] = {"BOOL": True}, {"S": "BOOL"}
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "Key": self._table.key(migration_id),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        assignments = [*change.set.items()]
        if change.dirty is not None:
            assignments.append((self._dirty_name, {"BOOL": change.dirty}))
        if not change.delete:
            sets = []
            for number, (name, value) in enumerate(assignments):
                names[f"#s{number}"], values[f":s{number}"] = name, value
                sets.append(f"#s{number} = :s{number}")
            removes = []
            for number, name in enumerate(change.remove):
                names[f"#r{number}"] = name
                removes.append(f"#r{number}")
            clauses = [("SET ", sets), ("REMOVE ", removes)]
            request["UpdateExpression"] = " ".join(word + ", ".join(parts) for word, parts in clauses if parts)
        if self.detached is not None:
            request["ConditionExpression"] += " AND #detached = :detached"
            names["#detached"], values[":detached"] = MigrationAttr.DETACHED.value, {"S": self.detached}
        if "#dirty" in condition:
            names["#dirty"] = self._dirty_name
        request["ExpressionAttributeNames"] = {str(alias): str(name) for alias, name in names.items()}
        if values:
            request["ExpressionAttributeValues"] = values
        return ("Delete" if change.delete else "Update"), request

    def _is_made(self, change: Change, item: dict[str, Any] | None) -> bool:
        """Whether *item* is what *change* would have made of it, so that an earlier try must have succeeded."""
        if change.delete or item is None:
            return change.delete and item is None
        wanted = dict(change.set)
        if change.dirty is not None:
            wanted[self._dirty_name] = {"BOOL": change.dirty}
        return all(item.get(name) == value for name, value in wanted.items())

    @property
    def _dirty_name(self) -> str:
        return MigrationAttr.DIRTY_GO.value if self._table.is_go else MigrationAttr.DIRTY.value


def _refusals(error: ClientError, *, fenced: bool) -> tuple[Refused | None, Refused | None, Refused | None]:
    """What the condition on the item met, the one on the lock, and the one of what is beside; None: it did not fail."""
    if code(error) == CONDITION_FAILED:
        return Refused(item_of(error)), None, None
    reasons = cancellation_reasons(error)
    failed = [
        Refused(reason.get("Item") or None) if reason.get("Code") == "ConditionalCheckFailed" else None
        for reason in reasons
    ]
    if not fenced:
        failed.insert(1, None)
    first, fence, other, *_ = [*failed, None, None, None]
    return first, fence, other
