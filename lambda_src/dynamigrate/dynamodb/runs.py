"""The history of runs, in the lock's table."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from ..clock import Clock
from ..contract import ItemKind, RunAttr
from ..records import RunRecord
from .attributes import text_of
from .items import item_id, read_run, run_item
from .read import items_beginning
from .retries import CONDITION_FAILED, code, item_of, retrying
from .state_tables import StateTable


class RunHistory:
    """One item for each run that changed something or failed, under ids that begin with ``run#`` and the lock's id."""

    def __init__(self, client: Any, table: StateTable, lock_id: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._prefix = f"{ItemKind.RUN}{lock_id}#"
        self._clock = clock

    def add(self, record: RunRecord) -> None:
        """Keep *record*: one that is there already stays one, and another run under its id stands beside it."""
        item = run_item(record)
        place = f"{self._prefix}{record.run.id}"
        for number in count(2):
            if self._put(place, item):
                return
            place = f"{self._prefix}{record.run.id}#{number}"

    def newest(self, limit: int) -> tuple[RunRecord, ...]:
        """The newest first; a table is read whole for it, which only a person asks for."""
        found = items_beginning(self._client, self._table, self._prefix, self._clock)
        runs = [read_run(item) for item in found if self._is_ours(item)]
        return tuple(sorted(runs, key=lambda run: (run.started_at, run.run.id), reverse=True)[:limit])

    def _put(self, place: str, item: dict[str, Any]) -> bool:
        """Whether *item* is there now; False: the place is another's."""

        def put() -> bool:
            whole = {**self._table.key(place), **item}
            try:
                self._client.put_item(
                    TableName=self._table.name,
                    Item=whole,
                    ConditionExpression="attribute_not_exists(#key)",
                    ExpressionAttributeNames={"#key": self._table.key_name},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code(error) != CONDITION_FAILED:
                    raise
                # It may be this very record, whose answer was lost; or a process that was taken for dead tells later, and
                # with another duration, what its successor has told.
                return _without_duration(item_of(error) or {}) == _without_duration(whole)
            return True

        return self._table.adapting(lambda: retrying(self._client, self._clock, put))

    def _is_ours(self, item: dict[str, Any]) -> bool:
        """Not of a lock whose id begins as ours does."""
        place = item_id(item).removeprefix(self._prefix)
        # One that does not say is of the run that it stands under.
        run_id = text_of(item, RunAttr.RUN_ID) or place
        return place == run_id or place.startswith(f"{run_id}#")


def _without_duration(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != RunAttr.DURATION_MS}
