"""The history of runs, in the lock's table."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from ..clock import Clock
from ..contract import ItemKind, RunAttr
from ..error_text import printable
from ..records import Run, RunRecord
from .attributes import storable, text_of, texts_of, whole_of
from .items import LONGEST_MESSAGE, item_id, restore_point_of, restore_point_text
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
        """
        Keep *record*, unless the history has an end of this run that stands, as `RunRecord.replaces` has it. Another run
        under its id stands beside it.
        """
        item = _run_item(record)
        # As it will be read: what can't be kept of a text is no difference.
        told = read_run(item)
        place = f"{self._prefix}{record.run.id}"
        for number in count(2):
            found = self._put(place, item)
            if found is None:
                return
            if told.is_of(found):
                if told.replaces(found):
                    # Where somebody did so meanwhile, theirs stands.
                    self._put(place, item, over=found)
                return
            place = f"{self._prefix}{record.run.id}#{number}"

    def newest(self, limit: int) -> tuple[RunRecord, ...]:
        """The newest first; a table is read whole for it, which only a person asks for."""
        found = items_beginning(self._client, self._table, self._prefix, self._clock)
        runs = [read_run(item) for item in found if self._is_ours(item)]
        return tuple(sorted(runs, key=lambda run: (run.started_at, run.run.id), reverse=True)[:limit])

    def _put(self, place: str, item: dict[str, Any], *, over: RunRecord | None = None) -> RunRecord | None:
        """Put *item* where there is none, or in the place of *over*; returns what stands there instead, or None."""

        def put() -> RunRecord | None:
            condition: dict[str, Any] = {
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": self._table.key_name},
            }
            if over is not None:
                condition = {
                    "ConditionExpression": "#result = :result",
                    "ExpressionAttributeNames": {"#result": RunAttr.RESULT.value},
                    "ExpressionAttributeValues": {":result": {"S": over.result}},
                }
            try:
                self._client.put_item(
                    TableName=self._table.name,
                    Item={**self._table.key(place), **item},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
            except ClientError as error:
                if code(error) != CONDITION_FAILED:
                    raise
                return read_run(item_of(error) or {})
            return None

        return self._table.adapting(lambda: retrying(self._client, self._clock, put))

    def _is_ours(self, item: dict[str, Any]) -> bool:
        """Not of a lock whose id begins as ours does."""
        place = item_id(item).removeprefix(self._prefix)
        # One that does not say is of the run that it stands under.
        run_id = text_of(item, RunAttr.RUN_ID) or place
        return place == run_id or place.startswith(f"{run_id}#")


def _run_item(record: RunRecord) -> dict[str, Any]:
    """All of *record* but its key."""
    run = record.run
    texts = {
        RunAttr.RUN_ID.value: run.id,
        RunAttr.ACTOR.value: run.actor,
        RunAttr.DEPLOY_ID.value: run.deploy_id,
        RunAttr.APP_VERSION.value: run.app_version,
        RunAttr.COMMAND.value: run.command,
        RunAttr.STARTED_AT.value: record.started_at,
        RunAttr.RESULT.value: record.result,
        RunAttr.FAILED.value: record.failed,
        RunAttr.NOTE.value: printable(record.note, LONGEST_MESSAGE),
        RunAttr.RESTORE_POINT.value: restore_point_text(record.restore_point),
    }
    return {
        **{name: {"S": storable(text)} for name, text in texts.items() if text},
        RunAttr.DURATION_MS.value: {"N": str(round(record.seconds * 1000))},
        RunAttr.APPLIED.value: {"L": [{"S": one} for one in record.applied]},
        RunAttr.UNDONE.value: {"L": [{"S": one} for one in record.undone]},
    }


def read_run(item: Mapping[str, Any]) -> RunRecord:
    """What makes no sense in it is left out."""

    def text(name: str) -> str:
        return text_of(item, name) or ""

    return RunRecord(
        run=Run(
            id=text(RunAttr.RUN_ID),
            actor=text(RunAttr.ACTOR),
            deploy_id=text(RunAttr.DEPLOY_ID),
            app_version=text(RunAttr.APP_VERSION),
            command=text(RunAttr.COMMAND),
        ),
        started_at=text(RunAttr.STARTED_AT),
        seconds=(whole_of(item, RunAttr.DURATION_MS) or 0) / 1000,
        result=text(RunAttr.RESULT),
        applied=texts_of(item, RunAttr.APPLIED),
        undone=texts_of(item, RunAttr.UNDONE),
        failed=text_of(item, RunAttr.FAILED),
        note=text(RunAttr.NOTE),
        restore_point=restore_point_of(item, RunAttr.RESTORE_POINT),
    )
