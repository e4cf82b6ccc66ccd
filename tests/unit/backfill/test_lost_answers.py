"""Requests whose answer was lost: nobody knows whether they were carried out."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from dynamigrate import (
    Put,
    Update,
)
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, orders, refusal

LOST: list[Exception] = [
    refusal("InternalServerError"),
    ReadTimeoutError(endpoint_url="http://127.0.0.1"),
    ConnectionClosedError(endpoint_url="http://127.0.0.1"),
]


def _lose_an_answer(tables: Tables, then: Callable[[], None] = lambda: None, *, error: Exception = LOST[0]) -> None:
    """The first batch is written and looks as if it failed; then *then* is called."""
    execute = tables.batch_execute_statement
    lost = [True]

    def losing(**request: Any) -> Any:
        answer = execute(**request)
        if lost and lost.pop():
            then()
            raise error
        return answer

    tables.batch_execute_statement = losing  # type: ignore[method-assign]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_write_whose_answer_was_lost_is_recognized(backfill: RunBackfill, error: Exception) -> None:
    """The item equals what was to be written, so it is not transformed again."""
    tables = Tables(orders=orders(25, price={"N": "2"}))
    _lose_an_answer(tables, error=error)
    backfill(tables, lambda item, ctx: Update(set={"price": item["price"] * 100}), segments=1)
    assert {item["price"]["N"] for item in tables["orders"].values()} == {"200"}


@pytest.mark.parametrize(
    "error",
    [*LOST[1:], ClientError({"Error": {"Code": "Odd"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "Scan")],  # type: ignore[typeddict-item]
)
def test_a_page_whose_answer_was_lost_is_read_again(backfill: RunBackfill, error: Exception) -> None:
    """Whoever it was that failed in passing, and whatever words a proxy has for it."""
    tables = Tables(orders=orders(5))
    errors = [error]

    def before(operation: str, request: Any) -> None:
        if operation == "Scan" and errors:
            raise errors.pop()

    tables.before = before
    backfill(tables, lambda item, ctx: Update(set={"status": "NEW"}), segments=1)
    assert all(item["status"] == {"S": "NEW"} for item in tables["orders"].values())


def test_of_two_puts_on_one_item_the_later_stays_although_the_first_came_back(backfill: RunBackfill) -> None:
    """An older write is no news after a newer one."""
    tables = Tables(orders=orders(2), copies={})
    refused = ["one"]
    tables.refuse = lambda key: bool(refused) and bool(refused.pop())
    backfill(tables, lambda item, ctx: Put({"id": "one", "from": item["id"]}, table="copies"), segments=1)
    assert tables["copies"]["one"]["from"] == {"S": "order-00001"}


def test_once_holds_although_the_application_puts_the_old_value_back(backfill: RunBackfill) -> None:
    """The answer was lost and the value is as it was read: the stamp alone tells that the write was made."""
    tables = Tables(orders=orders(1, price={"N": "2"}))
    _lose_an_answer(tables, lambda: tables["orders"]["order-00000"].update(price={"N": "2"}))
    backfill(tables, lambda item, ctx: Update(set={"price": item["price"] * 100}), once=True)
    assert tables["orders"]["order-00000"]["price"] == {"N": "2"}
