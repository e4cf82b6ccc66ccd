"""Which application is deployed, in the lock's table."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..clock import Clock
from ..contract import ApplicationAttr, ItemKind
from ..records import Application
from .attributes import storable, text_of
from .lock.lease import Lease
from .read import item
from .retries import cancellation_reasons, retrying
from .state_tables import StateTable


class DeployedApplication:
    """One item, under ``application#`` and the lock's id."""

    def __init__(self, client: Any, table: StateTable, lock_id: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._id = f"{ItemKind.APPLICATION}{lock_id}"
        self._clock = clock

    def note(self, application: Application, lease: Lease | None) -> None:
        """
        Have it name *application*.

        Args:
            lease: The lock, which has to be ours; None: unfenced.

        Raises:
            LockLost: The lock is no longer ours.
            StateMissing: The table is not there.
        """
        texts = {
            ApplicationAttr.DEPLOY_ID: application.deploy_id,
            ApplicationAttr.APP_VERSION: application.app_version,
            ApplicationAttr.AT: application.at,
        }

        def send() -> None:
            put = {
                "TableName": self._table.name,
                "Item": {
                    **self._table.key(self._id),
                    **{name.value: {"S": storable(text)} for name, text in texts.items()},
                },
            }
            if lease is None:
                self._client.put_item(**put)
                return
            with lease.exclusive():
                self._client.transact_write_items(TransactItems=[{"Put": put}, lease.condition()])

        try:
            self._table.adapting(lambda: retrying(self._client, self._clock, send))
        except ClientError as error:
            reasons = cancellation_reasons(error)
            if lease is not None and reasons and reasons[-1].get("Code") == "ConditionalCheckFailed":
                lease.refused(reasons[-1].get("Item"))
            raise

    def read(self) -> Application | None:
        """
        None: none was noted.

        Raises:
            StateMissing: The table is not there.
        """
        found = item(self._client, self._table, self._id, self._clock)
        if found is None or not (at := text_of(found, ApplicationAttr.AT)):
            return None
        return Application(
            deploy_id=text_of(found, ApplicationAttr.DEPLOY_ID) or "",
            app_version=text_of(found, ApplicationAttr.APP_VERSION) or "",
            at=at,
        )
