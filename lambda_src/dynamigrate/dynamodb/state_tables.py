"""The two tables themselves: their keys, creating them, deleting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ..clock import Clock
from ..contract import ItemKey
from ..error_text import error_message
from ..errors import MigrationsError, StateMissing
from ..transport.failures import is_transient
from .retries import DENIED, IN_USE, NOT_FOUND, VALIDATION, cancellation_reasons, code, retrying

T = TypeVar("T")

_POLL_SECONDS: Final = 0.5
# Creating a table takes some ten seconds; one that is not usable after minutes will not be.
_PATIENCE_SECONDS: Final = 180.0


class StateTable:
    """
    One of the tables, and what its partition key is called.

    It is taken to be ``ID`` until the service says otherwise, which saves a request in every run; a table that the Go
    driver made has ``id``.
    """

    def __init__(self, client: Any, name: str, clock: Clock) -> None:
        self.name = name
        self.key_name: str = ItemKey.OURS.value
        self._client = client
        self._clock = clock

    @property
    def is_go(self) -> bool:
        """Made by the Go driver."""
        return self.key_name == ItemKey.GO.value

    def key(self, item_id: str) -> dict[str, Any]:
        return {self.key_name: {"S": item_id}}

    def learn_key(self) -> bool:
        """
        Ask the service what the key is called; returns whether it is other than was thought.

        Raises:
            MigrationsError: It is neither ``ID`` nor ``id``, or there is a sort key too.
            StateMissing: There is no such table.
        """
        before = self.key_name
        described = retrying(self._client, self._clock, lambda: self._client.describe_table(TableName=self.name))
        self._take_key(described["Table"])
        return self.key_name != before

    def adapting(self, call: Callable[[], T]) -> T:
        """Make *call*, and once more if it failed because the key is called something else."""
        try:
            return call()
        except ClientError as error:
            about_keys = code(error) == VALIDATION or any(
                reason.get("Code") == "ValidationError" for reason in cancellation_reasons(error)
            )
            if not about_keys or not self.learn_key():
                raise
        return call()

    def status(self) -> str | None:
        """The service's word for the table's state, or None where there is no table."""
        try:
            described = retrying(self._client, self._clock, lambda: self._client.describe_table(TableName=self.name))
        except StateMissing:
            return None
        self._take_key(described["Table"])
        return str(described["Table"]["TableStatus"])

    def _take_key(self, table: dict[str, Any]) -> None:
        names = [element["AttributeName"] for element in table["KeySchema"]]
        if names not in ([ItemKey.OURS.value], [ItemKey.GO.value]):
            raise MigrationsError(
                f"The table {self.name} has the key {', '.join(names)}, so it is no state table.",
                next_step="Give the name of a table whose only key is the string ID, or of one that is not there yet.",
            )
        if table.get("MultiRegionConsistency") == "STRONG":
            raise MigrationsError(
                f"The table {self.name} is a global table of strong consistency (MRSC), which takes no transactions, and "
                "every change of the state is one.",
                next_step="Keep the state in tables of one Region, such as a MigrationState makes.",
            )
        self.key_name = names[0]


def create_tables(client: Any, tables: Sequence[StateTable], clock: Clock) -> None:
    """
    Make sure that *tables* exist, beside others who may be doing the same; returns once all are ``ACTIVE``.

    What is created is on-demand.
    """
    give_up = clock.monotonic() + _PATIENCE_SECONDS
    waiting = list(tables)
    while waiting:
        waiting = [table for table in waiting if _advance(client, table)]
        if waiting:
            _wait(clock, give_up, waiting, "usable")


def delete_tables(client: Any, tables: Sequence[StateTable], clock: Clock) -> None:
    """Delete *tables*; returns once all are gone."""
    give_up = clock.monotonic() + _PATIENCE_SECONDS
    waiting = list(tables)
    while waiting:
        waiting = [table for table in waiting if _retreat(client, table)]
        if waiting:
            _wait(clock, give_up, waiting, "gone")


def _advance(client: Any, table: StateTable) -> bool:
    """One step towards a usable table; returns whether it is to be waited for."""
    status = table.status()
    if status in ("ACTIVE", "UPDATING"):
        return False
    if status is None:
        try:
            made = client.create_table(
                TableName=table.name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": table.key_name, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": table.key_name, "KeyType": "HASH"}],
            )
            # Where DynamoDB is an emulator, it is there at once.
            return bool(made["TableDescription"]["TableStatus"] != "ACTIVE")
        except (ClientError, BotoCoreError) as error:
            if code(error) == DENIED:
                raise StateMissing(
                    f"There is no table {table.name}, and no permission to make it ({error_message(error)}).",
                    next_step=(
                        "If it was deleted, restore it from a backup under its name: with an empty history every "
                        "migration would run again. If there never was one, make it, or allow dynamodb:CreateTable on it."
                    ),
                ) from error
            # In use: another creator was faster. Passing: too many tables are being created at this moment, or the
            # answer was lost. What became of it, the next look at the table will tell.
            if code(error) != IN_USE and not is_transient(error):
                raise
    return True


def _retreat(client: Any, table: StateTable) -> bool:
    status = table.status()
    if status is None:
        return False
    if status != "DELETING":
        try:
            client.delete_table(TableName=table.name)
        except (ClientError, BotoCoreError) as error:
            if code(error) == NOT_FOUND:
                return False
            if code(error) != IN_USE and not is_transient(error):
                raise
    return True


def _wait(clock: Clock, give_up: float, tables: Sequence[StateTable], state: str) -> None:
    if clock.monotonic() > give_up:
        names = ", ".join(table.name for table in tables)
        raise MigrationsError(
            f"{names}: not {state} after {_PATIENCE_SECONDS:.0f} seconds.",
            next_step="Look at the table in the DynamoDB console, and try again.",
        )
    clock.sleep(_POLL_SECONDS)
