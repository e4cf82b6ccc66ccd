"""A script of a user's that migrates. Each line that a type checker has to refuse ends in `wrong`."""

from collections.abc import Sequence
from typing import Any, assert_type

import boto3

import dynamigrate
from dynamigrate import (
    Action,
    Direction,
    DirtyMigration,
    DoPlanner,
    DynamoDBTarget,
    FolderSource,
    LockHeld,
    LockLost,
    MemorySource,
    MemoryTarget,
    MigratePlanner,
    Migration,
    MigrationFailed,
    MigrationsError,
    Outcome,
    Plan,
    Planner,
    Reporter,
    ResetPlanner,
    RewindPlanner,
    RunUnfinished,
    Source,
    StepPlanner,
    Target,
    ToPlanner,
    UndoPlanner,
    migrate,
    repair,
)

dynamigrate.migrat  # wrong


def create_users(ctx: dynamigrate.Context) -> None:
    ctx.dynamodb.create_table(TableName=ctx.tables["users"])


def drop_users(ctx: dynamigrate.Context) -> None:
    ctx.dynamodb.delete_table(TableName=ctx.tables["users"])


def no_context() -> None: ...


def two_arguments(ctx: dynamigrate.Context, other: int) -> None: ...


first = Migration("20261123090000", "create users", do=create_users, undo=drop_users)
assert_type(first.id, str)
assert_type(first.can_undo, bool)
Migration(20261123090000, "create users", do=create_users)  # wrong
Migration("1", "create users", do=no_context)  # wrong
Migration("1", "create users", do=two_arguments)  # wrong
Migration("1", "create users")  # wrong
Migration("1", "create users", do=create_users, out_of_order="never")  # wrong
first.id = "2"  # wrong


def orders_are_priced(ctx: dynamigrate.Context) -> None:
    raise ValueError("order 1001 has no price")


Migration(
    "2",
    "drop price",
    do=create_users,
    check=orders_are_priced,
    phase="after",
    requires=("1",),
    soak="7d",
    if_not_ready="hold",
    recover="retry",
    restore_point="required",
    detached=True,
    replaces=("1",),
    out_of_order="allow",
    changed="ignore",
    checksum="abc",
)
Migration("2", "drop price", create_users, drop_users, "abc")  # wrong
Migration("2", "drop price", do=create_users, check=no_context)  # wrong
Migration("2", "drop price", do=create_users, phase="later")  # wrong
Migration("2", "drop price", do=create_users, requires=[1])  # wrong
Migration("2", "drop price", do=create_users, soak=7)  # wrong
Migration("2", "drop price", do=create_users, if_not_ready="wait")  # wrong
Migration("2", "drop price", do=create_users, recover="yes")  # wrong
Migration("2", "drop price", do=create_users, restore_point="off")  # wrong
Migration("2", "drop price", do=create_users, changed="allow")  # wrong

memory = MemorySource()
memory.add(first)
memory.add("first")  # wrong
source: Source = FolderSource("migrations")
source = memory
source = 7  # wrong
target: Target = MemoryTarget()
target = DynamoDBTarget(boto3.client("dynamodb"), table_name="m", lock_table_name="l", lock_id="shop", lease=20.0)
DynamoDBTarget(boto3.client("dynamodb"), "m")  # wrong

outcome = migrate(source, target)
assert_type(outcome, Outcome)
assert_type(outcome.applied, tuple[str, ...])
assert_type(outcome.undone, tuple[str, ...])
assert_type(outcome.failed, str | None)
assert_type(outcome.pending, tuple[str, ...])
assert_type(outcome.seconds, float)
assert_type(outcome.warnings, tuple[str, ...])
outcome.skipped  # wrong

planners: list[Planner] = [
    MigratePlanner(),
    StepPlanner(-1),
    DoPlanner(),
    UndoPlanner(),
    RewindPlanner(),
    ResetPlanner(),
    ToPlanner("20261123090000"),
]
ToPlanner(20261123090000)  # wrong


class Newest:
    """A planner of one's own, which knows ids alone."""

    def plan(self, migrations: Sequence[Migration], applied: Sequence[str]) -> Plan:
        return Plan(tuple(Action(Direction.DO, one) for one in migrations[-1:] if one.id not in applied))


class Told:
    """A reporter of one's own."""

    def before_plan(self, event: Any) -> None: ...
    def after_plan(self, event: Any) -> None: ...
    def before_action(self, event: Any) -> None: ...
    def after_action(self, event: Any) -> None: ...


class Deaf:
    def before_plan(self, event: Any) -> None: ...


reporter: Reporter = Told()
reporter = Deaf()  # wrong
figures: list[Any] = []
migrate(
    source,
    target,
    planner=Newest(),
    reporter=reporter,
    wait=60,
    out_of_order="allow",
    missing="ignore",
    changed="error",
    on_failure="undo",
    tables={"users": "Data-Users"},
    params={"stage": "dev"},
    measure=figures.append,
    dry_run=True,
)
migrate(source, target, planner=7)  # wrong
migrate(source, target, wait="60")  # wrong
migrate(source, target, missing="warn")  # wrong
migrate(source, target, tables=["users"])  # wrong
migrate(source, target, tabels={})  # wrong
migrate(target, source)  # wrong
migrate(source)  # wrong

repair(target, "20261123090000", "pending")
repair(target, "20261123090000", "done")  # wrong

try:
    migrate(source, target)
except LockHeld as held:
    assert_type(held.holder, str)
    assert_type(held.since, str | None)
except LockLost as lost:
    print(lost.cause, lost.cause and lost.cause.value)
    lost.reason  # wrong
except (MigrationFailed, RunUnfinished) as failed:
    assert_type(failed.outcome, Outcome)
except DirtyMigration as dirty:
    assert_type(dirty.migration_id, str | None)
except MigrationsError as error:
    assert_type(error.message, str)
    print(error.next_step.upper(), error.repair and error.repair.migration_id)
    error.outcome  # wrong
