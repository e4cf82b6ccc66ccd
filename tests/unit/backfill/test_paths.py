"""``set``, ``remove`` and ``when`` have names of attributes, and say so where a path was meant."""

from typing import Any

import pytest

from dynamigrate import MigrationFailed, Put, Update
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables


def _tables() -> Tables:
    item = {"m": {"M": {"k": {"S": "x"}}}, "l": {"L": [{"S": "x"}]}, "text": {"S": "x"}, "a.b": {"S": "x"}}
    return Tables(orders={"a": item})


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (Update(set={"m.k": "y"}), "set names 'm.k', and set knows no paths: m is a map"),
        (Update(set={"m.new.deep": "y"}), "set names 'm.new.deep'"),
        (Update(set={"l[0]": "y"}), "set names 'l[0]', and set knows no paths: l is a list"),
        (Update(remove=["m.k"]), "remove names 'm.k', and remove knows no paths: m is a map"),
        (Update(set={"n": 1}, remove=["l[0].x"]), "remove names 'l[0].x'"),
        (Update(set={"n": 1}, when={"m.k": "x"}), "when names 'm.k', and when knows no paths"),
        (Update(set={"n": 1}, when={"m.k": Update.ABSENT}), "when names 'm.k'"),
        ([Update(set={"n": 1}, when={"m.k": "x"}), Put({"id": "z"})], "when names 'm.k'"),
        ([Update(set={"m.k": "y"}), Put({"id": "z"})], "set names 'm.k'"),
    ],
)
def test_a_path_into_what_the_item_has_is_told(backfill: RunBackfill, result: Any, message: str) -> None:
    """Nothing is written beside the map that was meant."""
    tables = _tables()
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: result)
    assert message in str(caught.value)
    assert tables["orders"] == _tables()["orders"]


def test_what_to_do_is_told(backfill: RunBackfill) -> None:
    """In words that can be copied."""
    with pytest.raises(MigrationFailed) as caught:
        backfill(_tables(), lambda item, ctx: Update(set={"m.k": "y"}))
    assert "Update(set={'m': changed})" in caught.value.next_step


@pytest.mark.parametrize(
    "result",
    [
        Update(set={"a.b": "y"}),
        Update(set={"text.k": "y", "new.k": "y"}),
        Update(remove=["a.b", "gone.k"]),
        Update(set={"n": 1}, when={"a.b": "x", "gone.k": Update.ABSENT}),
        Put({"id": "a", "m": {}, "m.k": "y"}),
        Put({"id": "z", "m": {}, "m.k": "y"}),
    ],
)
def test_a_name_with_dots_is_a_name(backfill: RunBackfill, result: Any) -> None:
    """Where the item has it, where no map is in the way, and in a whole item."""
    figures: list[Any] = []
    backfill(_tables(), lambda item, ctx: result, settings={"measure": figures.append})
    assert figures[-1]["written"] == 1
