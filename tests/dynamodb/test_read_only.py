"""The client of a check, on each service: it reads as the real one does, and writes nothing."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate.read_only import ReadOnlyClient, WriteRefused

ADVICE = "Do it in do(ctx)."
ORDER = {"orderId": {"S": "1"}}


@pytest.fixture
def orders(any_client: Any) -> Any:
    any_client.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
    )
    any_client.put_item(TableName="orders", Item=ORDER)
    return any_client


@pytest.fixture
def reading(orders: Any) -> ReadOnlyClient:
    return ReadOnlyClient(lambda: orders, advice=ADVICE)


def test_it_reads_items_pages_and_descriptions(reading: ReadOnlyClient) -> None:
    assert reading.get_item(TableName="orders", Key=ORDER)["Item"] == ORDER
    pages = reading.get_paginator("scan").paginate(TableName="orders")
    assert [item for page in pages for item in page["Items"]] == [ORDER]
    assert pages.build_full_result()["Items"] == [ORDER]
    assert reading.can_paginate("scan")
    reading.get_waiter("table_exists").wait(TableName="orders")
    assert reading.describe_table(TableName="orders")["Table"]["TableName"] == "orders"
    found = reading.transact_get_items(TransactItems=[{"Get": {"TableName": "orders", "Key": ORDER}}])
    assert found["Responses"] == [{"Item": ORDER}]


def test_errors_are_the_services_own(reading: ReadOnlyClient) -> None:
    """Also by the names that the client has for them."""
    with pytest.raises(reading.exceptions.ResourceNotFoundException):
        reading.describe_table(TableName="others")
    with pytest.raises(ClientError):
        reading.scan(TableName="others")


@pytest.mark.ministack
def test_it_selects_with_partiql(ministack_dynamodb: Any) -> None:
    reading = ReadOnlyClient(lambda: ministack_dynamodb, advice=ADVICE)
    ministack_dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
    )
    ministack_dynamodb.put_item(TableName="orders", Item=ORDER)
    assert reading.execute_statement(Statement='  select * from "orders"')["Items"] == [ORDER]
    [one] = reading.batch_execute_statement(Statements=[{"Statement": "SELECT * FROM orders WHERE orderId='1'"}])[
        "Responses"
    ]
    assert one["Item"] == ORDER


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"TableName": "orders", "Item": {"orderId": {"S": "2"}}}),
    ("delete_item", {"TableName": "orders", "Key": ORDER}),
    ("update_item", {"TableName": "orders", "Key": ORDER, "UpdateExpression": "SET a = b"}),
    ("batch_write_item", {"RequestItems": {"orders": [{"DeleteRequest": {"Key": ORDER}}]}}),
    ("transact_write_items", {"TransactItems": [{"Delete": {"TableName": "orders", "Key": ORDER}}]}),
    ("update_table", {"TableName": "orders", "BillingMode": "PAY_PER_REQUEST"}),
    ("delete_table", {"TableName": "orders"}),
]
STATEMENTS: list[tuple[str, dict[str, Any]]] = [
    ("execute_statement", {"Statement": "DELETE FROM orders WHERE orderId='1'"}),
    ("execute_statement", {}),
    (
        "batch_execute_statement",
        {
            "Statements": [
                {"Statement": "SELECT * FROM orders"},
                {"Statement": "UPDATE orders SET a=1 WHERE orderId='1'"},
            ]
        },
    ),
    ("execute_transaction", {"TransactStatements": [{"Statement": "INSERT INTO orders VALUE {'orderId': '2'}"}]}),
]


@pytest.mark.parametrize(("operation", "request_"), WRITES)
def test_what_writes_is_refused_and_changes_nothing(
    operation: str, request_: dict[str, Any], reading: ReadOnlyClient, orders: Any
) -> None:
    with pytest.raises(WriteRefused) as caught:
        getattr(reading, operation)(**request_)
    assert str(caught.value) == f"check called {operation}, and a check only reads. {ADVICE}"
    assert reading.refused is caught.value
    assert orders.scan(TableName="orders")["Items"] == [ORDER]


@pytest.mark.parametrize(("operation", "request_"), STATEMENTS)
def test_a_statement_that_is_no_select_is_refused_and_shown(
    operation: str, request_: dict[str, Any], reading: ReadOnlyClient, orders: Any
) -> None:
    with pytest.raises(WriteRefused, match=rf"check called {operation} with .*, and a check only reads\."):
        getattr(reading, operation)(**request_)
    assert orders.scan(TableName="orders")["Items"] == [ORDER]


def test_nothing_that_it_returns_has_the_client_itself(reading: ReadOnlyClient, orders: Any) -> None:
    """Not by `meta`, whose hooks could change what is sent, and not as what a method is bound to."""
    assert reading.meta.region_name == orders.meta.region_name
    assert not hasattr(reading.meta, "events")
    assert not hasattr(reading.meta, "client")
    for name in ("scan", "can_paginate", "get_paginator"):
        assert getattr(getattr(reading, name), "__self__", reading) is reading
    assert not hasattr(reading.get_paginator("scan").paginate, "__self__")
    assert not hasattr(reading.get_waiter("table_exists").wait, "__self__")
    assert not hasattr(reading, "_make_api_call")


def test_a_paginator_of_what_writes_is_refused(reading: ReadOnlyClient) -> None:
    with pytest.raises(WriteRefused, match=r'check called get_paginator\("put_item"\)'):
        reading.get_paginator("put_item")


def test_a_name_that_the_client_does_not_know_is_its_own_error(reading: ReadOnlyClient) -> None:
    with pytest.raises(AttributeError, match="get_everything"):
        reading.get_everything()
