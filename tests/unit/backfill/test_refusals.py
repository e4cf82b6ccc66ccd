"""What a transform may not return: each says what, and of which item."""

from decimal import Decimal
from typing import Any

import pytest

from dynamigrate import Delete, MigrationFailed, Put, Update
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, orders
from tests.unit.fakes import raising

SKIPPED = 'Correct it, or say on_error="skip" to leave such items alone.'


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"status": "NEW"}, "{'status': 'NEW'} is a dict, and transform may return an Update, a Put, a Delete,"),
        (True, "True is a bool"),
        (Update(set={"status": 1.5}), "1.5 is a float, which DynamoDB has not: use Decimal('1.5')."),
        (Update(set={"status": set()}), "set() is an empty set, which DynamoDB has not."),
        (Update(set={"n": Decimal("1." + "1" * 40)}), "Inexact"),
        (
            Update(set={"id": "b"}),
            "it would change the item's key. To move an item, return [Put(the new one), Delete()].",
        ),
        (Update(remove=["id"]), "it would change the item's key."),
        (Update(remove="status"), "remove='status' is one text. Give a list of names."),
        (Update(set={7: "x"}), "7 is no name of an attribute."),  # type: ignore[dict-item]
        (Update(set={"": "x"}), "'' is no name of an attribute."),
        (Update(set=["status"]), "returned what can't be written"),  # type: ignore[arg-type]
        (Update(set={"note": "x" * 500_000}), "and 409,600 fit. Keep less in it, or spread it over several items."),
        (Put({"status": "NEW"}), "id is missing, which is part of the key of orders."),
        (Put({"id": "z", "note": "x" * 500_000}), "and 409,600 fit."),
        (Put({"id": "z", "deep": [{"note": "x" * 500_000}]}), "and 409,600 fit."),
        ([Put({"id": "z", "deep": [{"note": "x" * 500_000}]})], "and 409,600 fit."),
        (Put({"id": "z", "note": 1.5}), "1.5 is a float"),
        (Put({"id": "z", "deep": [{"n": Decimal("NaN")}]}), "Decimal('NaN') is no number that DynamoDB has."),
        (Put({"id": "z", 7: "x"}), "7 is a key of a map: DynamoDB has only text there."),  # type: ignore[dict-item]
        (Put(["id"]), "returned what can't be written"),  # type: ignore[arg-type]
        (Delete({"name": "z"}), "id is missing, which is part of the key of orders."),
        (Delete({"id": "z", "name": "y"}), "the key of orders is id, and nothing else."),
        (Delete(table="others"), "a Delete in the table others needs a key."),
        ([Update(set={"a": 1}), Delete()], "its list has two writes to the item itself. Make them one."),
        ([Update(set={"a": 1}), "b"], "'b' in its list is no Update, Put or Delete."),
        ([Put({"id": f"z{n}"}) for n in range(100)], "its list has 100 writes, and a transaction at most 100."),
    ],
)
def test_names_what_and_which_item(backfill: RunBackfill, result: Any, message: str) -> None:
    """And nothing is written."""
    tables = Tables(orders={"a": {}}, others={})
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: result)
    said = str(caught.value)
    assert "<lambda>, given the item id='a' of the table orders, returned what can't be written: " in said
    assert message in said
    assert tables["orders"] == {"a": {"id": {"S": "a"}}}


def test_an_item_that_is_not_the_engines_to_measure_is_refused_by_the_service(backfill: RunBackfill) -> None:
    """And named all the same; others of its batch are written."""
    tables = Tables(orders={"a": {}, "b": {}})
    execute = tables._execute

    def refusing(text: str, parameters: list[Any]) -> Any:
        if {"S": "b"} in parameters:
            return {"Error": {"Code": "ValidationError", "Message": "Item size to update has exceeded"}}
        return execute(text, parameters)

    tables._execute = refusing  # type: ignore[method-assign]
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: Update(set={"n": 1}), segments=1)
    assert "The item id='b' of the table orders was refused: Item size to update has exceeded" in str(caught.value)
    assert tables["orders"]["a"]["n"] == {"N": "1"}


def test_a_table_of_another_write_that_is_not_there_is_no_matter_of_one_item(backfill: RunBackfill) -> None:
    """It can't be skipped."""
    tables = Tables(orders={"a": {}})
    with pytest.raises(MigrationFailed, match="There is no table others"):
        backfill(tables, lambda item, ctx: Put({"id": "a"}, table="others"), on_error="skip")


def test_an_attribute_that_was_not_read_can_not_be_guarded(backfill: RunBackfill) -> None:
    """So it is refused, unless everything may be overwritten."""
    tables = Tables(orders={"a": {"total": {"N": "1"}}})

    def status(item: Any, ctx: Any) -> Update:
        return Update(set={"status": "NEW"})

    with pytest.raises(
        MigrationFailed, match="status was not read, so nobody can tell whether somebody else changes it"
    ):
        backfill(tables, status, projection=["total"])
    backfill(tables, status, projection=["total"], overwrite=True)
    assert tables["orders"]["a"]["status"] == {"S": "NEW"}


def test_what_transform_raises_is_told_with_its_line(backfill: RunBackfill) -> None:
    """Its own file's, not the engine's."""
    with pytest.raises(MigrationFailed) as caught:
        backfill(Tables(orders={"a": {}}), _broken)
    assert caught.value.__cause__ is not None
    assert "_broken, given the item id='a' of the table orders, raised ZeroDivisionError" in str(caught.value)
    assert SKIPPED in str(caught.value)
    assert "test_refusals.py:" in str(caught.value)


def _broken(item: Any, ctx: Any) -> None:
    _ = 1 / 0


def test_what_ends_the_process_is_not_skipped(backfill: RunBackfill) -> None:
    """SystemExit in a transform stops the migration, as anywhere else."""
    with pytest.raises(MigrationFailed, match="SystemExit"):
        backfill(Tables(orders={"a": {}}), lambda item, ctx: raising(SystemExit(3))(), on_error="skip")


def test_an_item_that_can_not_be_put_elsewhere_is_named_and_skipped(
    backfill: RunBackfill, caplog: pytest.LogCaptureFixture
) -> None:
    """All others are put, also those of what would have been its batch."""
    tables = Tables(orders=orders(60, total={"N": "1"}), copies={})

    def copy(item: Any, ctx: Any) -> Put:
        return Put(item | {"share": 0.5 if item["id"].endswith("7") else Decimal("0.5")}, table="copies")

    figures: list[Any] = []
    backfill(tables, copy, segments=1, on_error="skip", settings={"measure": figures.append})
    assert sorted(tables["copies"]) == [key for key in sorted(tables["orders"]) if not key.endswith("7")]
    assert (figures[-1]["written"], figures[-1]["failed"]) == (54, 6)
    skipped = [record.error for record in caplog.records if record.message == "backfill.item_skipped"]  # type: ignore[attr-defined]
    assert "given the item id='order-00007' of the table orders, returned what can't be written: 0.5 is" in skipped[0]
