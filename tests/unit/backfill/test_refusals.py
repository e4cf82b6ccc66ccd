"""What a transform may not return: each says what, and of which item."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from dynamigrate import Delete, MigrationFailed, Put, Update
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, orders, refusal
from tests.unit.fakes import raising

SKIPPED = 'Correct it, or say on_error="skip" to leave such items alone.'


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"status": "NEW"}, "{'status': 'NEW'} is a dict, and transform may return an Update, a Put, a Delete,"),
        (True, "True is a bool"),
        (Update(set={"status": 1.5}), "1.5 is a float, which DynamoDB has not: use Decimal('1.5')."),
        (Update(set={"status": set()}), "set() is an empty set, which DynamoDB has not."),
        (Update(set={"n": Decimal("1." + "1" * 40)}), "DynamoDB has: it keeps 38 digits"),
        (
            Update(set={"id": "b"}),
            "it would change the item's key. To move an item, return [Put(the new one), Delete()].",
        ),
        (Update(remove=["id"]), "it would change the item's key."),
        (Update(remove="status"), "remove='status' is one text. Give a list of names."),
        (Update(set={7: "x"}), "7 is no name of an attribute."),  # type: ignore[dict-item]
        (Update(set={"": "x"}), "'' is no name of an attribute."),
        (Update(set=["status"]), "set=['status'] is not a mapping of attribute to value."),  # type: ignore[arg-type]
        (Update(set=None), "set=None is not a mapping of attribute to value."),  # type: ignore[arg-type]
        (Update(remove=7), "remove=7 is not a list of names."),  # type: ignore[arg-type]
        (Update(set={"a": 1}, when="a"), "when='a' is not a mapping of attribute to value."),  # type: ignore[arg-type]
        (Update(set={"a": 1, "b": 1}, remove=["b"]), "it sets and removes b. Do one of both."),
        (Update(set={"total": {"deep": 1.5}}), "the attribute 'total': 1.5 is a float"),
        (Update(when={"status": 1.5, "a": Update.ABSENT}), "the attribute 'status': 1.5 is a float"),
        (Update(set={"note": "x" * 500_000}), "and 409,600 fit. Keep less in it, or spread it over several items."),
        (Put("z"), "item='z' is not a mapping of attribute to value."),  # type: ignore[arg-type]
        (Put({"id": "z"}, table=7), "table=7 is not the name of a table."),  # type: ignore[arg-type]
        (Delete("z"), "key='z' is not a mapping of attribute to value."),  # type: ignore[arg-type]
        (["x" * 500], f"'{'x' * 198}… in its list is no Update, Put or Delete."),
        (Put({"status": "NEW"}), "id is missing, which is part of the key of orders."),
        (Put({"id": "z", "note": "x" * 500_000}), "and 409,600 fit."),
        (Put({"id": "z", "deep": [{"note": "x" * 500_000}]}), "and 409,600 fit."),
        ([Put({"id": "z", "deep": [{"note": "x" * 500_000}]})], "and 409,600 fit."),
        (Put({"id": "z", "note": 1.5}), "1.5 is a float"),
        (Put({"id": "z", "deep": [{"n": Decimal("NaN")}]}), "Decimal('NaN') is no number that DynamoDB has."),
        (Put({"id": "z", "a": Update.ABSENT}), "the attribute 'a': Update.ABSENT is a _Absent"),
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
    assert caught.value.message == (
        "1_add_a_status failed: The item id='b' of the table orders was refused: Item size to update has exceeded."
    )
    assert SKIPPED in caught.value.next_step
    assert tables["orders"]["a"]["n"] == {"N": "1"}


def test_a_table_of_another_write_that_is_not_there_is_no_matter_of_one_item(backfill: RunBackfill) -> None:
    """It can't be skipped."""
    tables = Tables(orders={"a": {}})
    with pytest.raises(MigrationFailed, match="There is no table others"):
        backfill(tables, lambda item, ctx: Put({"id": "a"}, table="others"), on_error="skip")


DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/R/F is not authorized to perform: dynamodb:PutItem on resource: "
    "arn:aws:dynamodb:us-east-1:123456789012:table/others because no identity-based policy allows it"
)


@pytest.mark.parametrize(
    ("operation", "result", "table"),
    [
        ("Scan", None, "orders"),
        ("DescribeTable", None, "orders"),
        ("BatchExecuteStatement", Update(set={"n": 1}), "orders"),
        ("BatchWriteItem", Put({"id": "a"}, table="others"), "others"),
        ("TransactWriteItems", [Update(set={"n": 1}), Put({"id": "a"}, table="others")], "others"),
    ],
)
def test_what_iam_refuses_is_told_with_what_would_allow_it(
    backfill: RunBackfill, operation: str, result: Any, table: str
) -> None:
    """The table, the action and the grant; neither the author's code nor a line of the engine's is to blame."""
    tables = Tables(orders={"a": {}}, others={})

    def before(name: str, request: Any) -> None:
        if name == operation:
            raise refusal("AccessDeniedException", DENIED.replace("others", table), name)

    tables.before = before
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: result, on_error="skip")
    asked_first = operation == "DescribeTable"
    assert caught.value.message == (
        f"1_add_a_status failed: Access to the table {table} was denied: {DENIED.replace('others', table)}."
        + (" In ctx.tables there is no 'orders' either: it has none." if asked_first else "")
    )
    assert caught.value.next_step == (
        "Allow dynamodb:PutItem to the role that the migrations run with: give the table to the construct in "
        "tables={...}, which grants all that a backfill needs, or grant it to grant_principal. "
        f"Then run it again: {'it had not begun, and is not dirty' if asked_first else 'it goes on from its checkpoint'}."
    )


def test_what_iam_refuses_of_a_batch_is_no_matter_of_one_item(backfill: RunBackfill) -> None:
    """The service says so for each statement, in words of its own; it can't be skipped."""
    tables = Tables(orders={"a": {}})
    tables._execute = lambda text, parameters: {"Error": {"Code": "AccessDenied", "Message": "no"}}  # type: ignore[method-assign]
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: Update(set={"n": 1}), on_error="skip")
    assert caught.value.message == "1_add_a_status failed: Access to the table orders was denied: no."
    assert caught.value.next_step.startswith("Allow it to the role that the migrations run with")


def test_a_transaction_that_is_refused_is_told_in_the_words_of_what_was_refused(backfill: RunBackfill) -> None:
    """Not in those of the transaction, which has none."""
    tables = Tables(orders={"a": {}}, others={})

    def before(name: str, request: Any) -> None:
        if name == "TransactWriteItems":
            error = refusal("TransactionCanceledException", "please refer cancellation reasons", name)
            error.response["CancellationReasons"] = [
                {"Code": "None"},
                {"Code": "ValidationError", "Message": "Type mismatch for key id"},
            ]
            raise error

    tables.before = before
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: [Update(set={"n": 1}), Put({"id": "z"}, table="others")])
    assert caught.value.message == (
        "1_add_a_status failed: The item id='a' of the table orders led to a transaction that was refused: "
        "Type mismatch for key id."
    )


def test_a_text_that_is_no_unicode_is_found_in_its_batch(backfill: RunBackfill) -> None:
    """The service refuses the whole request for it, without saying which item it is in."""
    tables = Tables(orders={f"{n}": {} for n in range(3)})

    def before(name: str, request: Any) -> None:
        if "\\ud800" in ascii(request):
            raise refusal("SerializationException", "Could not unescape the text", name)

    tables.before = before

    def break_one(item: Any, ctx: Any) -> Update:
        return Update(set={"note": "\ud800" if item["id"] == "1" else "fine"})

    with pytest.raises(MigrationFailed, match="The item id='1' of the table orders was refused: Could not unescape"):
        backfill(tables, break_one, segments=1)


def test_a_filter_that_the_service_refuses_is_told_with_what_to_write(backfill: RunBackfill) -> None:
    """A typo in a text can't be found earlier."""
    tables = Tables(orders={"a": {}})

    def before(name: str, request: Any) -> None:
        if name == "Scan":
            raise refusal("ValidationException", "Invalid FilterExpression: Syntax error; token: us", name)

    tables.before = before
    with pytest.raises(MigrationFailed) as caught:
        backfill(tables, lambda item, ctx: None, filter="attribute_exists(#stat us)")
    assert "ValidationException: Invalid FilterExpression: Syntax error; token: us." in caught.value.message
    assert caught.value.next_step.startswith("Correct filter=: a text names attributes as #status")


def test_numbers_of_38_digits_can_be_calculated_with(backfill: RunBackfill) -> None:
    """Python's own context would round them to 28."""
    tables = Tables(orders={"a": {"n": {"N": "1" * 38}}})
    backfill(tables, lambda item, ctx: Update(set={"n": item["n"] + 1}))
    assert tables["orders"]["a"]["n"] == {"N": "1" * 37 + "2"}


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
    line = _broken.__code__.co_firstlineno + 1
    assert str(caught.value) == (
        "1_add_a_status failed: _broken, given the item id='a' of the table orders, raised ZeroDivisionError: "
        f"division by zero (test_refusals.py:{line}). {SKIPPED} Then run it again: it goes on from its checkpoint."
    )


def _broken(item: Any, ctx: Any) -> None:
    _ = 1 / 0


class _Broken:
    def __call__(self, item: Any, ctx: Any) -> None:
        raise KeyError


@pytest.mark.parametrize("transform", [_Broken(), partial(_Broken())])
def test_an_object_that_is_called_is_told_with_its_line_too(backfill: RunBackfill, transform: Any) -> None:
    """By its class's name, which its repr does not change from run to run."""
    with pytest.raises(MigrationFailed) as caught:
        backfill(Tables(orders={"a": {}}), transform)
    line = _Broken.__call__.__code__.co_firstlineno + 1
    name = type(transform).__name__
    assert f"{name}, given the item id='a' of the table orders, raised KeyError (test_refusals.py:{line})" in str(
        caught.value
    )


def test_a_refusal_of_the_engines_own_has_no_line_of_the_engine(backfill: RunBackfill) -> None:
    """It would send the author to look where nothing is wrong."""
    with pytest.raises(MigrationFailed) as caught:
        backfill(Tables(orders={"a": {}}), lambda item, ctx: Update(set={"a": 1.5}))
    assert ".py:" not in str(caught.value)


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
    skipped = [record.error for record in caplog.records if getattr(record, "event", None) == "backfill.item_skipped"]  # type: ignore[attr-defined]
    assert "given the item id='order-00007' of the table orders, returned what can't be written: " in skipped[0]
    assert "the attribute 'share': 0.5 is a float" in skipped[0]
