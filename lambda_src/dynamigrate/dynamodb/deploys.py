"""Which deploy ran last, in the lock's table."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ..clock import Clock
from ..contract import DeployAttr, ItemKind
from ..contract.choices import Phase
from ..records import Deploy
from .attributes import text_of
from .read import item
from .retries import CONDITION_FAILED, code, retrying
from .state_tables import StateTable


class NewestDeploy:
    """
    One item for each phase, under ``deploy#`` and the lock's id, with ``#after`` behind it for that phase. A rollback
    undoes the deploy that it names, and no other.
    """

    def __init__(self, client: Any, table: StateTable, lock_id: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._id = f"{ItemKind.DEPLOY}{lock_id}"
        self._clock = clock

    def record(self, deploy: Deploy, phase: Phase) -> None:
        """Have it name *deploy*; one that is delivered again leaves what its first delivery wrote."""
        attributes = {
            DeployAttr.DEPLOY_ID: deploy.deploy_id,
            DeployAttr.FUNCTION_VERSION: deploy.function_version,
            DeployAttr.RUN_ID: deploy.run_id,
            DeployAttr.REQUEST_ID: deploy.request_id,
        }

        def put() -> None:
            self._client.put_item(
                TableName=self._table.name,
                Item={
                    **self._table.key(self._id_of(phase)),
                    **{name.value: {"S": text} for name, text in attributes.items()},
                },
                ConditionExpression="attribute_not_exists(#key) OR #request <> :request",
                ExpressionAttributeNames={
                    "#key": self._table.key_name,
                    "#request": DeployAttr.REQUEST_ID.value,
                },
                ExpressionAttributeValues={":request": {"S": deploy.request_id}},
            )

        try:
            self._table.adapting(lambda: retrying(self._client, self._clock, put))
        except ClientError as error:
            if code(error) != CONDITION_FAILED:
                raise

    def read(self, phase: Phase) -> Deploy | None:
        """
        None: no deploy was recorded yet.

        Raises:
            StateMissing: The table is not there.
        """
        found = item(self._client, self._table, self._id_of(phase), self._clock)
        if found is None:
            return None

        def text(name: DeployAttr) -> str:
            return text_of(found, name.value) or ""

        return Deploy(
            deploy_id=text(DeployAttr.DEPLOY_ID),
            function_version=text(DeployAttr.FUNCTION_VERSION),
            run_id=text(DeployAttr.RUN_ID),
            request_id=text(DeployAttr.REQUEST_ID),
        )

    def _id_of(self, phase: Phase) -> str:
        return self._id if phase == "before" else f"{self._id}#{phase}"
