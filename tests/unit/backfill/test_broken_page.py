"""An answer to a scan that came as it was sent, and is no page."""

import json
from typing import Any

import pytest

from dynamigrate import MemoryTarget, MigrationFailed, Update
from dynamigrate.transport.page import read_page
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables


class Broken(Tables):
    """Says of each page that it has one item more than it has."""

    def scan(self, **request: Any) -> dict[str, Any]:
        answer = super().scan(**request)
        body = {"Items": answer.pop("Items"), "Count": 2, **answer}
        page = read_page(json.dumps(body, separators=(",", ":")).encode())
        assert page is not None
        return page


def test_fails_the_migration_and_says_what_to_do(backfill: RunBackfill, target: MemoryTarget) -> None:
    """It names the table, and the work goes on from the checkpoint when the page can be read."""
    rows = {"a": {"paid": {"BOOL": True}}}
    with pytest.raises(
        MigrationFailed, match=r"a scan of orders can't be read: it says that it has 2 items, and has 1\."
    ) as raised:
        backfill(Broken(orders=rows), lambda item, ctx: Update(set={"status": "NEW"}), segments=1, threads=1)
    assert "goes on from its checkpoint" in str(raised.value)
    assert target.records()[0].dirty
    mended = Tables(orders=rows)
    backfill(mended, lambda item, ctx: Update(set={"status": "NEW"}), segments=1, threads=1)
    assert mended["orders"]["a"]["status"] == {"S": "NEW"}
