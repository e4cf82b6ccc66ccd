"""A batch whose statements fare differently: each is acted on by itself."""

from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import MigrationFailed, Update
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables, orders

Raw = dict[str, Any]
AT_ONCE: Raw = {"max_read_units": 1e9, "max_write_units": 1e9, "segments": 1}


def add_status(item: Any, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "NEW"})


def _answering(tables: Tables, errors: dict[str, str]) -> None:
    """Have *tables* refuse the first statement about each of these items with the code given."""
    execute: Callable[[str, list[Raw]], Raw] = tables._execute

    def answer(text: str, parameters: list[Raw]) -> Raw:
        key = next(one["S"] for one in parameters if one.get("S", "").startswith("order-"))
        code = errors.pop(key, "")
        return {"Error": {"Code": code, "Message": "no"}} if code else execute(text, parameters)

    tables._execute = answer  # type: ignore[method-assign]


def test_each_statement_of_a_batch_is_acted_on_by_its_own_answer(backfill: RunBackfill) -> None:
    """Written, read again, sent again or skipped: in the end all are as they should be, and counted once."""
    tables = Tables(orders=orders(25))
    _answering(
        tables,
        {
            "order-00003": "ThrottlingError",
            "order-00007": "TransactionConflict",
            "order-00011": "ConditionalCheckFailed",
            "order-00013": "ValidationError",
        },
    )
    figures: list[Raw] = []
    backfill(tables, add_status, on_error="skip", settings={"measure": figures.append}, **AT_ONCE)
    assert [key for key, item in tables["orders"].items() if "status" not in item] == ["order-00013"]
    counted = {name: figures[-1][name] for name in ("written", "conflicts", "failed", "throttles")}
    assert counted == {"written": 24, "conflicts": 1, "failed": 1, "throttles": 1}
    # What came back and what was read again share a batch.
    assert tables.sizes == [25, 3]


def test_what_ends_the_backfill_comes_after_what_got_through(backfill: RunBackfill) -> None:
    """Writes that were acknowledged beside it are counted; a denied one is no conflict to resolve."""
    tables = Tables(orders=orders(25))
    _answering(tables, {"order-00003": "AccessDenied", "order-00007": "ConditionalCheckFailed"})
    figures: list[Raw] = []
    with pytest.raises(MigrationFailed, match="Access to the table orders was denied"):
        backfill(tables, add_status, settings={"measure": figures.append}, **AT_ONCE)
    assert figures[-1]["written"] == 23
    assert tables.requests["GetItem"] == 0


def test_an_item_that_stops_the_backfill_leaves_its_page_to_the_next_run(backfill: RunBackfill) -> None:
    """What was written of the page is found done then, and nothing is lost."""
    tables = Tables(orders=orders(25))
    _answering(tables, {"order-00003": "ValidationError", "order-00007": "ThrottlingError"})
    with pytest.raises(MigrationFailed, match="The item id='order-00003' of the table orders was refused: no"):
        backfill(tables, add_status, **AT_ONCE)
    assert backfill(tables, add_status).applied == ("1",)
    assert all(item["status"] == {"S": "NEW"} for item in tables["orders"].values())
