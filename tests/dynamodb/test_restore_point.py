"""Whether point-in-time recovery is on, as each service says it."""

from typing import Any

import pytest

from dynamigrate import DynamoDBTarget, MemorySource, Migration, MigrationFailed, migrate
from dynamigrate.restore_look import NotRestorable
from dynamigrate.restore_point import RestorePoint
from tests.unit.fakes import raising

NAMES: dict[str, Any] = {"table_name": "restored-migrations", "lock_table_name": "restored-lock"}


@pytest.fixture
def tables(any_client: Any) -> dict[str, str]:
    """One for which it is on, where the service knows that, and one for which it is off."""
    for name in ("orders", "others"):
        any_client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
    try:
        any_client.update_continuous_backups(
            TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    except any_client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "UnknownOperationException":
            raise
        return {"orders": "unknown", "others": "unknown"}
    return {"orders": "on", "others": "off"}


def source(do: Any, **settings: Any) -> MemorySource:
    found = MemorySource()
    found.add(Migration("1", "change", do=do, **settings))
    return found


def run(client: Any, migrations: MemorySource) -> DynamoDBTarget:
    target = DynamoDBTarget(client, **NAMES)
    tables = {"orders": "orders", "others": "others"}
    migrate(migrations, target, tables=tables, restore_point="note")
    return target


def test_it_is_kept_in_both_histories_as_the_service_tells_it(any_client: Any, tables: dict[str, str]) -> None:
    """Also where that is a service that knows no such thing."""
    target = run(any_client, source(lambda ctx: None))
    [record], [of_the_run] = target.records(), target.runs()
    point = record.details.restore_point
    assert point is not None
    assert point.tables == tables
    assert point.region == any_client.meta.region_name
    assert of_the_run.restore_point == point
    assert point.at < str(record.started_at), "the migration began later"


def test_a_failure_has_the_command_where_there_is_one(any_client: Any, tables: dict[str, str]) -> None:
    with pytest.raises(MigrationFailed) as caught:
        run(any_client, source(raising(ValueError("no"))))
    [record] = DynamoDBTarget(any_client, **NAMES).records()
    point = record.details.restore_point
    assert isinstance(point, RestorePoint)
    assert len(point.commands) == (tables["orders"] == "on")
    assert all(command in caught.value.message for command in point.commands)


def test_where_it_is_required_nothing_is_marked(any_client: Any, tables: dict[str, str]) -> None:
    """But on a service that knows no such thing, which has nothing to lose."""
    migrations = source(lambda ctx: None, restore_point="required")
    if tables["orders"] == "unknown":
        assert run(any_client, migrations).done() == ("1",)
        return
    with pytest.raises(NotRestorable, match="point-in-time recovery is off for others"):
        run(any_client, migrations)
    assert DynamoDBTarget(any_client, **NAMES).records() == ()
