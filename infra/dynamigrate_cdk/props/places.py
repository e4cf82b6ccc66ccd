"""Where tables are, and where the function works: an account and a region."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import Construct

from ..errors import InvalidProp
from .tables import AnyTable

_ARN_PARTS = 6


def table_props(tables: Mapping[str, AnyTable]) -> dict[str, AnyTable]:
    """*tables* by what messages call them."""
    return {f"tables[{name!r}]": table for name, table in tables.items()}


def check_places(construct: Construct, tables: Mapping[str, AnyTable]) -> None:
    """
    Make sure that all *tables* are where the function works.

    Args:
        tables: The tables, by what messages call them.

    Raises:
        InvalidProp: One of them is known to be in another account or region than the stack.
    """
    stack = cdk.Stack.of(construct)
    for prop, table in tables.items():
        region, account = _place(table)
        for what, there, here in (("account", account, stack.account), ("region", region, stack.region)):
            if there and not cdk.Token.is_unresolved(there) and not cdk.Token.is_unresolved(here) and there != here:
                raise InvalidProp(
                    construct.node.path,
                    f"{prop} is in {what} {there}, and {stack.node.path} in {what} {here}: the function works by names, "
                    "which are those of its own account and region.",
                    f"Put a Migrations for this table into a stack with env=cdk.Environment({what}={there!r}, ...).",
                )


def _place(table: AnyTable) -> tuple[str, str]:
    """
    Region and account, as far as they are known.

    The ARN of an imported table says it best; that of a table of this app is only known when it is deployed.
    """
    parts = str(table.table_arn).split(":", _ARN_PARTS - 1)
    if len(parts) == _ARN_PARTS and parts[0] == "arn" and not cdk.Token.is_unresolved(parts[3] + parts[4]):
        return parts[3], parts[4]
    return table.env.region, table.env.account
