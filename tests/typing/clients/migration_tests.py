"""A user's test of it: the client of a test is known as that of a migration is."""

from dynamigrate_pytest import MigrationEngine, MigrationTest


def test_it(migration_test: MigrationTest) -> None:
    found = migration_test.dynamodb.get_item(TableName="orders", Key={"orderId": {"S": "1"}})
    assert found["Item"]["status"] == {"S": "NEW"}
    migration_test.dynamodb.put_itm(TableName="orders", Item={})  # wrong with stubs
    migration_test.dynamodb.put_item(TableName="orders", Items={})  # wrong with stubs


def test_all(migration_engine: MigrationEngine) -> None:
    assert migration_engine.dynamodb is None
