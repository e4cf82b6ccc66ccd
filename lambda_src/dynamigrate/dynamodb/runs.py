"""The history of runs, in the lock's table."""

from __future__ import annotations

from typing import Any

from ..clock import Clock
from ..records import RunRecord
from .calls import persist
from .items import read_run, run_item
from .scan import scan
from .tables import StateTable


class RunHistory:
    """One item for each run that changed something or failed, under ids that begin with ``run#`` and the lock's id."""

    def __init__(self, client: Any, table: StateTable, lock_id: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._prefix = f"run#{lock_id}#"
        self._clock = clock

    def add(self, record: RunRecord) -> None:
        item = run_item(record)

        def put() -> None:
            key = self._table.key(f"{self._prefix}{record.run.id}")
            self._client.put_item(TableName=self._table.name, Item={**key, **item})

        self._table.adapting(lambda: persist(self._clock, put))

    def newest(self, limit: int) -> tuple[RunRecord, ...]:
        """The newest first; a table is read whole for it, which only a person asks for."""

        def read() -> list[dict[str, Any]]:
            return list(
                scan(
                    self._client,
                    self._table,
                    self._clock,
                    FilterExpression="begins_with(#key, :prefix)",
                    ExpressionAttributeNames={"#key": self._table.key_name},
                    ExpressionAttributeValues={":prefix": {"S": self._prefix}},
                )
            )

        runs = [read_run(item) for item in self._table.adapting(read)]
        return tuple(sorted(runs, key=lambda run: (run.started_at, run.run.id), reverse=True)[:limit])
