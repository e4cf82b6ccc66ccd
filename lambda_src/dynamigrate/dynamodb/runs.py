"""The history of runs, in the lock's table."""

from __future__ import annotations

from typing import Any

from ..clock import Clock
from ..records import RunRecord
from .calls import persist
from .items import read_run, run_item
from .read import items_beginning
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
        found = items_beginning(self._client, self._table, self._prefix, self._clock)
        runs = [read_run(item) for item in found]
        return tuple(sorted(runs, key=lambda run: (run.started_at, run.run.id), reverse=True)[:limit])
