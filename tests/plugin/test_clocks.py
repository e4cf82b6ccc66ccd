"""The clock of a migration's files, wherever they take it from."""

import time

import pytest

from dynamigrate_pytest import MigrationTest
from tests.plugin.conftest import ID, Write

ASKS = {
    "import time": "int(time.time())",
    "from time import time as now": "int(now())",
    "import datetime as dt": "dt.datetime.now(dt.UTC).isoformat()",
    "from datetime import datetime": "datetime.now().isoformat()",
}


@pytest.mark.parametrize(("statement", "call"), ASKS.items(), ids=ASKS)
def test_another_day_is_seen_by_what_is_imported_within_a_function(
    migration_test: MigrationTest, write: Write, statement: str, call: str
) -> None:
    """Two runs within a second would not show it."""
    write(f"""
from dynamigrate import Backfill, Update

def stamp(item, ctx):
    {statement}
    return None if "at" in item else Update(set={{"at": {call}}})

do = Backfill(table="orders", transform=stamp)
""")
    migration_test.make_table("orders", key="id", items=[{"id": "1"}])
    before = time.time()
    with pytest.raises(AssertionError, match="and then, on another day, it returned Update"):
        migration_test.assert_guarded(ID)
    import time as imported_afterwards

    assert before <= imported_afterwards.time() < before + 3600
