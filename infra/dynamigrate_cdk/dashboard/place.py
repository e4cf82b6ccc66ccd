"""Where a dashboard may be that shows a history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import IConstruct

from ..errors import InvalidProp
from ..migrations_phase import MigrationsPhase
from ..ordering import wait_for

LAYOUT: Final = "Put the dashboard into the stack of the migrations, or into one that is deployed after it."


def check_dashboard(migrations: MigrationsPhase, dashboard: object, *, used: Iterable[IConstruct]) -> None:
    """
    Make sure that *dashboard* can show *migrations*, and have it deployed after them.

    Raises:
        InvalidProp: It can't refer to them, or shows them already.
        DependencyCycle: They wait for its stack.
    """
    where = migrations.node.path
    if not isinstance(dashboard, cloudwatch.Dashboard):
        raise InvalidProp(
            where,
            f"add_to was given {dashboard!r}.",
            "Give a cloudwatch.Dashboard of the app, or make one by dashboard=True.",
        )
    if dashboard.node.root is not migrations.node.root:
        raise InvalidProp(where, f"the dashboard {dashboard.node.path} is in another app.", LAYOUT)
    if (elsewhere := other_place(migrations, dashboard)) is not None:
        raise InvalidProp(
            where,
            f"the dashboard {dashboard.node.path} is in {elsewhere}, where it can't refer to the migrations.",
            f"{LAYOUT} A dashboard there can show them beside migrations of its own place: "
            'add_to(dashboard, beside={"...": "<ARN of the widget function, an output of this stack>"}).',
        )
    if dashboard.node.try_find_child(f"dynamigrate-{migrations.node.addr}") is not None:
        raise InvalidProp(where, f"the dashboard {dashboard.node.path} shows it already.", "Call add_to once for each.")
    wait_for(dashboard, migrations.function, where=where, layout=LAYOUT, used=used)


def other_place(one: IConstruct, other: IConstruct) -> str | None:
    """The account or Region of *other*, in words, where it is not that of *one*; None: both are in the same."""
    here, there = cdk.Stack.of(one), cdk.Stack.of(other)
    for what, mine, its in (("account", here.account, there.account), ("Region", here.region, there.region)):
        if mine != its:
            return f"{what} {_named(its)}, and not in {_named(mine)}"
    return None


def _named(value: Any) -> str:
    return "one that is only known when it is deployed" if cdk.Token.is_unresolved(value) else str(value)
