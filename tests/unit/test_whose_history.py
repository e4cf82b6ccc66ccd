"""Tables are made where they are asked for, or where the history can't be in others."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dynamigrate import DynamoDBTarget, FolderSource, MemorySource, MemoryTarget, StateMissing, migrate, repair
from tests.unit.fakes import RecordingMigrations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def folder(tmp_path: Path) -> FolderSource:
    (tmp_path / "1_first.py").write_text("def do(ctx): pass\n")
    return FolderSource(tmp_path)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_folder_is_not_run_where_its_history_may_be_elsewhere(
    moto_dynamodb: "DynamoDBClient", folder: FolderSource, dry_run: bool
) -> None:
    """A deployed function keeps it under other names: all would be pending here, and run again."""
    with pytest.raises(StateMissing, match="that of this folder may be elsewhere") as caught:
        migrate(folder, DynamoDBTarget(moto_dynamodb), dry_run=dry_run)
    for named in ("table_name=", "lock_table_name=", "lock_id=", '{"action": "status"}', "target.create()"):
        assert named in caught.value.next_step
    assert moto_dynamodb.list_tables()["TableNames"] == []


def test_a_history_whose_lock_alone_is_left_is_not_begun_anew(
    moto_dynamodb: "DynamoDBClient", folder: FolderSource
) -> None:
    """The lock's table is no history."""
    DynamoDBTarget(moto_dynamodb).create()
    moto_dynamodb.delete_table(TableName="_migrations")
    with pytest.raises(StateMissing):
        migrate(folder, DynamoDBTarget(moto_dynamodb))
    assert moto_dynamodb.list_tables()["TableNames"] == ["_migrations-lock"]


def test_tables_that_were_asked_for_are_used(moto_dynamodb: "DynamoDBClient", folder: FolderSource) -> None:
    """As the error says: `create` begins a history, also under the default names."""
    target = DynamoDBTarget(moto_dynamodb)
    target.create()
    assert migrate(folder, target).applied == ("1",)
    assert migrate(folder, DynamoDBTarget(moto_dynamodb)).applied == ()


NAMED: dict[str, Callable[[Any], DynamoDBTarget]] = {
    "both": lambda client: DynamoDBTarget(client, table_name="mine", lock_table_name="mine-lock"),
    "one": lambda client: DynamoDBTarget(client, table_name="mine"),
    "as they are by default": lambda client: DynamoDBTarget(client, table_name="_migrations"),
}


@pytest.mark.parametrize("make", NAMED.values(), ids=NAMED)
def test_tables_that_are_named_are_made(
    moto_dynamodb: "DynamoDBClient", folder: FolderSource, make: Callable[[Any], DynamoDBTarget]
) -> None:
    """Who names them knows which they are."""
    assert migrate(folder, make(moto_dynamodb), dry_run=True).applied == ("1",)
    assert moto_dynamodb.list_tables()["TableNames"] == []
    assert migrate(folder, make(moto_dynamodb)).applied == ("1",)


def test_a_programs_own_migrations_have_no_history_elsewhere(moto_dynamodb: "DynamoDBClient") -> None:
    """They were made by this program."""
    source: MemorySource = RecordingMigrations().source(RecordingMigrations().migration("1"))
    assert migrate(source, DynamoDBTarget(moto_dynamodb)).applied == ("1",)


def test_a_folder_is_tested_in_memory(folder: FolderSource) -> None:
    """There is no other memory."""
    assert migrate(folder, MemoryTarget(), dynamodb=object()).applied == ("1",)


def test_a_repair_makes_no_history(moto_dynamodb: "DynamoDBClient") -> None:
    """What is to be repaired is in one."""
    with pytest.raises(StateMissing, match="nothing can be repaired there") as caught:
        repair(DynamoDBTarget(moto_dynamodb), "1", "pending")
    assert "table_name=" in caught.value.next_step
    assert moto_dynamodb.list_tables()["TableNames"] == []
