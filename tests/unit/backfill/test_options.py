"""Options are checked when a backfill is built."""

import functools
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr

import dynamigrate
from dynamigrate import Backfill, MigrationsError


def transform(item: Any, ctx: Any) -> None:
    """Changes nothing."""


async def asynchronous(item: Any, ctx: Any) -> None:
    """Would never run."""


def one_argument(item: Any) -> None:
    """Takes no context."""


class Generator:
    """Would never run either."""

    def __call__(self, item: Any, ctx: Any) -> Any:
        yield None


def gives_no_context(function: Callable[[Any], None]) -> Callable[[Any, Any], None]:
    """As a project's own decorator may."""

    @functools.wraps(function)
    def call(item: Any, ctx: Any) -> None:
        function(item)

    return call


def gives_both(function: Callable[[Any, Any], None]) -> Callable[[Any], None]:
    """One that leaves a function of one argument."""

    @functools.wraps(function)
    def call(item: Any) -> None:
        function(item, None)

    return call


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": ""}, "table='' is no name."),
        ({"table": 7}, "table=7 is no name."),
        ({"transform": "add_status"}, "transform='add_status' can't be called."),
        ({"transform": asynchronous}, "is asynchronous or a generator"),
        ({"transform": Generator()}, "is asynchronous or a generator"),
        ({"transform": one_argument}, "does not take an item and a context"),
        ({"transform": gives_both(transform)}, "does not take an item and a context"),
        ({"transform": functools.partial(Generator())}, "is asynchronous or a generator"),
        ({"transform": functools.partial(asynchronous, 1)}, "is asynchronous or a generator"),
        ({"transform": contextmanager(Generator().__call__)}, "is a context manager"),
        ({"segments": 0}, "segments=0 is not possible. Give a whole number from 1 to 10,000."),
        ({"segments": True}, "segments=True is not possible."),
        ({"segments": 2.5}, "segments=2.5 is not possible."),
        ({"filter": ""}, "filter='' is no condition."),
        ({"filter": {"a": 1}}, "is no condition."),
        (
            {"filter": "#total > :least"},
            "filter='#total > :least' has a value in it, and a text can't. Give one of boto3",
        ),
        ({"filter": Attr("total").gt(1.5)}, "1.5 is a float, which DynamoDB has not: use Decimal('1.5')."),
        ({"projection": "status"}, "projection='status' is no list of attributes."),
        ({"projection": []}, "projection=[] is no list of attributes."),
        ({"index": ""}, "index='' is no name."),
        ({"max_read_units": 0}, "max_read_units=0 is not possible."),
        ({"max_write_units": "5"}, "max_write_units='5' is not possible. Give capacity units a second"),
        ({"max_write_units": float("inf")}, "max_write_units=inf is not possible."),
        ({"batch": 26}, "batch=26 is not possible. Give a whole number from 1 to 25."),
        ({"batch": None}, "batch=None is not possible."),
        ({"threads": -1}, "threads=-1 is not possible."),
        ({"overwrite": "yes"}, "overwrite='yes' is neither True nor False."),
        ({"once": 1}, "once=1 is neither True nor False."),
        ({"on_error": "ignore"}, "on_error='ignore' is unknown. Use one of 'stop', 'skip'."),
        ({"throttle_on": "errors"}, "throttle_on='errors' is no list of names. Give the names of CloudWatch alarms: ["),
        ({"throttle_on": []}, "throttle_on=[] is no list of names."),
        ({"throttle_on": {"errors": 1}}, "is no list of names."),
        ({"throttle_on": True}, "throttle_on=True is no list of names."),
        ({"throttle_on": ["errors", ""]}, "throttle_on=['errors', ''] has an empty name in it."),
        ({"throttle_on": ["errors", None]}, "has None in it, which is no name."),
        ({"throttle_on": ["e" * 256]}, "has a name of 256 characters in it, and an alarm's has 255 at most."),
        (
            {"throttle_on": ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors"]},
            "has an ARN in it, arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors. Give the alarm's name: 'errors'.",
        ),
        (
            {"throttle_on": [f"alarm-{n}" for n in range(101)]},
            "has 101 names, and CloudWatch tells of 100 at a time. Make a composite alarm of some of them, and name that.",
        ),
    ],
)
def test_refuses_what_can_not_be(options: dict[str, Any], message: str) -> None:
    """At import, which is before anything runs."""
    with pytest.raises(MigrationsError) as caught:
        Backfill(**{"table": "orders", "transform": transform, **options})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"segments": 1, "threads": 1, "batch": 1},
        {"filter": Attr("status").not_exists()},
        {"filter": "attribute_not_exists(#status)"},
        {"projection": ("status",), "index": "by-status"},
        {"max_read_units": 0.5, "max_write_units": 40_000},
        {"transform": lambda item, ctx, *rest: None},
        {"transform": gives_no_context(one_argument)},
        {"transform": functools.partial(transform)},
        {"throttle_on": None},
        {"throttle_on": ("errors", "errors", "l" * 255)},
        {"throttle_on": [f"alarm-{n % 100}" for n in range(101)]},
    ],
)
def test_takes_what_can_be(options: dict[str, Any]) -> None:
    """And can be rehearsed."""
    assert Backfill(**{"table": "orders", "transform": transform, **options}).supports_dry_run


def test_the_public_names_are_there() -> None:
    """All four of them."""
    assert {"Backfill", "Update", "Put", "Delete"} <= set(dynamigrate.__all__)
    assert dynamigrate.Update.ABSENT is not None
