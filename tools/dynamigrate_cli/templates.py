"""
The text of a new migration.

What it does is an example that works and that its test checks, and that finds nothing to do in anybody's table, should
it ever be deployed as it is: nobody has an attribute of that name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """
    Which one is wanted.

    Attributes:
        backfill: One function of one item, for a whole table; else a function that does what it likes.
        after: It runs once the application's stack is updated.
        undo: It can be taken back.
        table: The table's logical name.
    """

    backfill: bool = False
    after: bool = False
    undo: bool = False
    table: str = "orders"


def migration_text(description: str, kind: Kind) -> str:
    """What stands in the file of a migration of that *description*."""
    settings = f"\n{_AFTER}" if kind.after else ""
    imports = "Backfill, Context, Item, Update" if kind.backfill else "Context"
    title = f"{description[:1].upper()}{description[1:]}."
    return f'"""\n{title}\n\n{_ASKED}\n"""\n\nfrom dynamigrate import {imports}\n{settings}\n\n{_body(kind)}'


def source_of_test(stem: str, kind: Kind) -> str:
    """
    What stands in the test of the migration whose file is *stem* and ``.py``: all that the pytest plugin can assert of one of
    this *kind*, with the data that the example in it is for.
    """
    from dynamigrate_pytest.template import source_of_test as source_of

    migration_id, _, words = stem.partition("_")
    return source_of(
        migration_id,
        words,
        backfill=kind.backfill,
        undo=kind.undo,
        table=kind.table,
        key="id",
        before='{"id": "example", "oldName": "value"}, {"id": "other"}',
        after='{"id": "example", "newName": "value"}, {"id": "other"}',
    )


def _body(kind: Kind) -> str:
    table = _literal(kind.table)
    if not kind.backfill:
        functions = [_DO, _UNDO] if kind.undo else [_DO]
        return "\n\n\n".join(functions).replace("TABLE", table) + "\n"
    functions = [_TRANSFORM, _TRANSFORM_BACK] if kind.undo else [_TRANSFORM]
    ends = [f"do = Backfill(table={table}, transform=rename)"]
    if kind.undo:
        ends.append(f"undo = Backfill(table={table}, transform=rename_back)")
    return "\n\n\n".join([*functions, "\n".join(ends)]) + "\n"


def _literal(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


_ASKED = "Say here why, and who reads the old shape until it has run."

_AFTER = """\
phase = "after"  # it runs in AfterMigrations, once the application is updated
"""

_DO = '''\
def do(ctx: Context) -> None:
    """Safe to run again, whatever half of it was done: writes have conditions."""
    try:
        ctx.dynamodb.update_item(
            TableName=ctx.tables[TABLE],
            Key={"id": {"S": "example"}},
            UpdateExpression="SET newName = oldName REMOVE oldName",
            ConditionExpression="attribute_exists(oldName)",
        )
    except ctx.dynamodb.exceptions.ConditionalCheckFailedException:
        ctx.logger.info("The item is changed already, or is not there.")'''

_UNDO = '''\
def undo(ctx: Context) -> None:
    """Put back what was there."""
    try:
        ctx.dynamodb.update_item(
            TableName=ctx.tables[TABLE],
            Key={"id": {"S": "example"}},
            UpdateExpression="SET oldName = newName REMOVE newName",
            ConditionExpression="attribute_exists(newName)",
        )
    except ctx.dynamodb.exceptions.ConditionalCheckFailedException:
        ctx.logger.info("The item is as it was already, or is not there.")'''

_TRANSFORM = '''\
def rename(item: Item, ctx: Context) -> Update | None:
    """Return what becomes of one item; None leaves it, as one that is done already."""
    if "oldName" not in item:
        return None
    return Update(set={"newName": item["oldName"]}, remove=["oldName"])'''

_TRANSFORM_BACK = '''\
def rename_back(item: Item, ctx: Context) -> Update | None:
    """Put back what was there."""
    if "newName" not in item:
        return None
    return Update(set={"oldName": item["newName"]}, remove=["newName"])'''
