"""The application's tables that migrations work on, and what the function may do with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from dynamigrate.contract.grants import ITEM_ACTIONS, KEY_ACTIONS

from ..errors import InvalidProp

AnyTable = dynamodb.ITable | dynamodb.ITableV2


def check_tables(where: str, tables: Mapping[str, AnyTable]) -> dict[str, AnyTable]:
    """
    The *tables*, if they are ones.

    Raises:
        InvalidProp: A value is no table, or a name no string.
    """
    if not isinstance(tables, Mapping):
        raise InvalidProp(where, f"tables is {_kind(tables)}.", 'Give a mapping, such as tables={"orders": table}.')
    for name, table in tables.items():
        if not isinstance(name, str) or not name:
            raise InvalidProp(
                where, f"tables has the name {name!r}.", "Name each table as migrations will: ctx.tables['orders']."
            )
        # What CDK calls ITable and ITableV2 are protocols without a check at run time; all that it makes or imports
        # is one of these two.
        if not isinstance(table, (dynamodb.TableBase, dynamodb.TableBaseV2)):
            raise InvalidProp(
                where,
                f"tables[{name!r}] is {_kind(table)}, which is no table.",
                "Give the construct: dynamodb.TableV2(...) or Table(...), or, for a table made elsewhere, "
                f'dynamodb.TableV2.from_table_name(self, "{name.title()}", "its-name").',
            )
    return dict(tables)


def item_statement(tables: Sequence[AnyTable]) -> iam.PolicyStatement:
    """`ITEM_ACTIONS` on *tables* and on the indexes that each has by the end of synth."""
    return iam.PolicyStatement(actions=list(ITEM_ACTIONS), resources=cdk.Lazy.list(_TableArns(tables)))


def wildcards(tables: Sequence[AnyTable]) -> list[str]:
    """What `item_statement` has of *tables* that does not name one resource."""
    return [_all_indexes(table) for table in tables if _resource(table) is None]


def grant_key(key: kms.IKey | None, grantee: iam.IGrantable) -> None:
    """Grant what it takes to read and write a table with this key."""
    if key is not None:
        key.grant(grantee, *KEY_ACTIONS)


@jsii.implements(cdk.IStableListProducer)
class _TableArns:
    """Indexes may be added to a table after it was given to us, so they are looked up when they are needed."""

    def __init__(self, tables: Sequence[AnyTable]) -> None:
        self._tables = tables

    def produce(self) -> list[str]:
        return [arn for table in self._tables for arn in _arns(table)]


def _arns(table: AnyTable) -> Iterator[str]:
    yield table.table_arn
    resource = _resource(table)
    if resource is None:
        yield _all_indexes(table)
    else:
        for name in _index_names(resource):
            yield f"{table.table_arn}/index/{name}"


def _resource(table: AnyTable) -> dynamodb.CfnTable | dynamodb.CfnGlobalTable | None:
    """The resource that has its indexes; None: the table is imported, so that CDK does not know them."""
    resource = table.node.default_child
    return resource if isinstance(resource, (dynamodb.CfnTable, dynamodb.CfnGlobalTable)) else None


def _all_indexes(table: AnyTable) -> str:
    return f"{table.table_arn}/index/*"


def _index_names(resource: dynamodb.CfnTable | dynamodb.CfnGlobalTable) -> Iterator[str]:
    stack = cdk.Stack.of(resource)
    for indexes in (resource.global_secondary_indexes, resource.local_secondary_indexes):
        for index in stack.resolve(indexes) or ():
            yield _index_name(index)


def _index_name(index: Any) -> str:
    name = index.get("indexName") or index.get("IndexName")
    return str(name)


def _kind(value: object) -> str:
    if isinstance(value, Construct):
        return f"{value.node.path} ({type(value).__name__})"
    return f"{value!r} ({type(value).__name__})"
