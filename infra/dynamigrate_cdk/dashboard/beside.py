"""Histories that a table shows beside the one that it is about."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..errors import InvalidProp
from ..machinery.reading_function import ReadingFunction
from ..migrations_phase import MigrationsPhase
from .place import other_place

# "FunctionName" in Lambda's reference, in its form with all parts.
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
_LONGEST_NAME: Final = 40
# Each is asked at the same time as the others, in a thread of its own.
_MOST: Final = 20
# A row of a dashboard is some 48 pixels: one that failed and one that runs are seen without scrolling.
_HEIGHT: Final = 15


def check_beside(
    migrations: MigrationsPhase, dashboard: cloudwatch.Dashboard, given: Any, *, kind: type[MigrationsPhase]
) -> None:
    """
    Make sure that *given* can be shown on *dashboard*, beside *migrations*.

    Args:
        given: By name, constructs of that *kind*, and ARNs.

    Raises:
        InvalidProp: One of them can't.
    """
    where = migrations.node.path
    if not isinstance(given, Mapping):
        raise InvalidProp(where, f"beside is {given!r}.", 'Give names with what they are of: {"prod": ...}.')
    if len(given) > _MOST:
        raise InvalidProp(where, f"beside has {len(given)} histories.", f"A table has room for {_MOST}.")
    for name, other in given.items():
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name.strip()) <= _LONGEST_NAME:
            raise InvalidProp(
                where, f"beside has the name {name!r}.", f"Give text of at most {_LONGEST_NAME} characters."
            )
        if isinstance(other, str):
            _check_arn(where, name, other)
        elif isinstance(other, kind):
            _check_history(migrations, dashboard, name, other)
        else:
            raise InvalidProp(
                where,
                f"beside={{{name!r}: {other!r}}} is no history.",
                "Give a Migrations, or the ARN of a widget function, which is an output of its stack.",
            )


def table(
    place: Construct, reader: ReadingFunction, functions: Mapping[str, str], *, title: str
) -> cloudwatch.CustomWidget:
    """
    The live table.

    Args:
        place: Gets the policy by which *reader* may ask the others: it waits for all of them, as nothing else has to.
        functions: The ARNs of their widget functions, by the names that they are shown with.
    """
    if functions:
        # CDK names it by its path in the stack, and two stacks of the same shape may give the one role theirs.
        stack = hashlib.sha256(cdk.Stack.of(place).stack_name.encode()).hexdigest()[:8]
        iam.Policy(
            place,
            f"BesidePolicy-{stack}",
            roles=[reader.role],
            statements=[iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[*functions.values()])],
        )
    return cloudwatch.CustomWidget(
        function_arn=reader.function.function_arn,
        title=title,
        params={"functions": dict(functions)} if functions else None,
        width=24,
        height=_HEIGHT,
        # Its rows are of now, whatever time the graphs show.
        update_on_time_range_change=False,
    )


def _check_arn(where: str, name: str, arn: str) -> None:
    if not cdk.Token.is_unresolved(arn) and not _ARN.fullmatch(arn):
        raise InvalidProp(
            where,
            f"beside={{{name!r}: {arn!r}}} is not the ARN of a function.",
            "Give what the output WidgetFunction of its stack says: arn:aws:lambda:<Region>:<account>:function:<name>.",
        )


def _check_history(
    migrations: MigrationsPhase, dashboard: cloudwatch.Dashboard, name: str, other: MigrationsPhase
) -> None:
    where = migrations.node.path
    if other is migrations:
        raise InvalidProp(
            where, f"beside={{{name!r}: ...}} is this one.", "It is shown anyway: give the others, or leave it out."
        )
    elsewhere = other_place(dashboard, other)
    if other.node.root is not migrations.node.root or cdk.Stage.of(other) is not cdk.Stage.of(migrations):
        elsewhere = "another app or stage"
    if elsewhere is not None:
        raise InvalidProp(
            where,
            f"beside={{{name!r}: ...}} is {other.node.path} in {elsewhere}, to which the dashboard can't refer.",
            "Give the ARN of its widget function, which is the output WidgetFunction of its stack.",
        )
