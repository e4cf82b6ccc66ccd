"""The test that a new migration begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HEAD: Final = '''"""What has to hold of {stem} before it is deployed."""

import pytest
from dynamigrate_pytest import MigrationTest

MIGRATION = "{migration_id}"


@pytest.fixture(autouse=True)
def before(migration_test: MigrationTest) -> None:
    """The data as it is before the migration: an item of each kind that there is, and one that it is to leave alone."""
    migration_test.make_table(
        "{table}",
        key="{key}",
        items=[{before}],
    )


def test_it_does_what_it_is_for(migration_test: MigrationTest) -> None:
    migration_test.do(MIGRATION)
    expected = [{after}]
    assert migration_test.items("{table}") == expected
'''

_TESTS: Final = {
    "repeatable": """

def test_doing_it_twice_changes_nothing_more(migration_test: MigrationTest) -> None:
    migration_test.assert_repeatable(MIGRATION)
""",
    "undone": """

def test_its_undo_gives_back_what_was_there(migration_test: MigrationTest) -> None:
    migration_test.assert_undone(MIGRATION)
""",
    "crashes": """

def test_it_survives_a_crash_at_every_request(migration_test: MigrationTest) -> None:
    migration_test.assert_survives_crashes(MIGRATION)
""",
    "crashes of undo": """    migration_test.assert_survives_crashes(MIGRATION, "undo")
""",
    "writes": """

def test_it_loses_no_write_of_the_application(migration_test: MigrationTest) -> None:
    migration_test.assert_loses_no_write(MIGRATION)
""",
    "guarded": """

def test_its_writes_are_guarded_by_all_that_they_depend_on(migration_test: MigrationTest) -> None:
    migration_test.assert_guarded(MIGRATION)
""",
}


def source_of_test(
    migration_id: str,
    words: str,
    *,
    backfill: bool = False,
    undo: bool = False,
    table: str = "orders",
    key: str = "orderId",
    before: str = "",
    after: str = "",
) -> str:
    """
    The text of a test of the migration of that id and of these *words* (``add_status``). It fails until it is given the data
    that the migration is for: what changes nothing proves nothing.

    Args:
        backfill: Whether its ``do`` is a `Backfill`.
        undo: Whether it has an ``undo``.
        table: The logical name of the table that it is about.
        key: The name of that table's partition key.
        before: Items as they are before it, in Python; one that has nothing but its key, unless given.
        after: The same afterwards; unchanged, unless given.
    """
    before = before or f'{{"{key}": "1001"}}'
    crashes = ["crashes", *(["crashes of undo"] if undo else [])]
    wanted = ["repeatable", *(["undone"] if undo else []), *crashes, "writes", *(["guarded"] if backfill else [])]
    head = _HEAD.format(
        stem=f"{migration_id}_{words}",
        migration_id=migration_id,
        table=table,
        key=key,
        before=before,
        after=after or before,
    )
    return head + "".join(_TESTS[name] for name in wanted)


def path_of_test(migration: Path) -> Path:
    """Where the test of the file *migration* stands: in the folder ``tests`` beside it, which is never deployed."""
    return migration.parent / "tests" / f"test_{migration.stem}.py"
