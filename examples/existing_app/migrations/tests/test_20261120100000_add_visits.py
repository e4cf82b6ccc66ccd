"""What has to hold of 20261120100000_add_visits before it is deployed."""

import pytest

from dynamigrate_pytest import MigrationTest

MIGRATION = "20261120100000"


@pytest.fixture(autouse=True)
def before(migration_test: MigrationTest) -> None:
    """A bookmark without visits, and one that the new code has counted already."""
    migration_test.make_table(
        "bookmarks", key="url", items=[{"url": "https://example.com"}, {"url": "https://example.org", "visits": 7}]
    )


def test_every_bookmark_counts_its_visits_from_zero(migration_test: MigrationTest) -> None:
    migration_test.do(MIGRATION)
    assert [one["visits"] for one in migration_test.items("bookmarks")] == [0, 7]


def test_doing_it_twice_changes_nothing_more(migration_test: MigrationTest) -> None:
    migration_test.assert_repeatable(MIGRATION)


def test_it_survives_a_crash_at_every_request(migration_test: MigrationTest) -> None:
    migration_test.assert_survives_crashes(MIGRATION)


def test_it_loses_no_write_of_the_application(migration_test: MigrationTest) -> None:
    migration_test.assert_loses_no_write(MIGRATION)
