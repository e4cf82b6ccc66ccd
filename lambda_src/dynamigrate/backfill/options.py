"""The options of a `Backfill`, checked when they are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder

from ..callables import signature_fault, why_not_run
from ..contract.alarm_names import fault_of_alarms
from ..contract.choices import OnError, Verify, check_choice, quoted
from ..error_text import safe_repr
from ..errors import InvalidSetting
from .condition import Condition
from .item import Item
from .values.names import plain
from .writes import Write

if TYPE_CHECKING:
    from ..context import Context

# A Scan could have a million. Each is an item of the state, and every few seconds a part of a write.
MOST_SEGMENTS: Final = 10_000
MOST_THREADS: Final = 256
# Each says every few seconds what it does, in one item that all of them read.
MOST_WORKERS: Final = 256
# Statements in a BatchExecuteStatement; also items in a BatchWriteItem.
MOST_IN_A_BATCH: Final = 25
# What is not settled by then is not going to settle.
MOST_PASSES: Final = 100

Transform = Callable[[Item, "Context"], "Write | Sequence[Write] | None"]


@dataclass(frozen=True, eq=False)
class Options:
    """
    The options of a `Backfill`, whose docstring says what each means.

    Raises:
        InvalidSetting: An option can't be what it is.
    """

    table: str
    transform: Transform
    segments: int | None = None
    filter: str | ConditionBase | None = None
    projection: Sequence[str] | None = None
    index: str | None = None
    max_read_units: float | None = None
    max_write_units: float | None = None
    batch: int = MOST_IN_A_BATCH
    threads: int | None = None
    workers: int = 1
    overwrite: bool = False
    once: bool = False
    on_error: OnError = "stop"
    throttle_on: Sequence[str] | None = None
    max_cost: float | None = None
    verify: Verify | None = "sample"
    passes: int = 3

    def __post_init__(self) -> None:
        check_name("table", self.table)
        check_transform(self.transform)
        check_count("segments", self.segments, most=MOST_SEGMENTS)
        check_filter(self.filter)
        check_projection(self.projection)
        check_name("index", self.index, optional=True)
        check_units("max_read_units", self.max_read_units)
        check_units("max_write_units", self.max_write_units)
        check_count("batch", self.batch, most=MOST_IN_A_BATCH, optional=False)
        check_count("threads", self.threads, most=MOST_THREADS)
        check_workers(self.workers, self.segments)
        check_flag("overwrite", self.overwrite)
        check_flag("once", self.once)
        check_alarm_names(self.throttle_on)
        check_dollars("max_cost", self.max_cost)
        check_choice("on_error", self.on_error, OnError, listed=quoted(OnError))
        if self.verify is not None:
            check_choice("verify", self.verify, Verify, listed=f"{quoted(Verify)}, or None")
        check_count("passes", self.passes, most=MOST_PASSES, optional=False)
        # Members of an enum that are text are found by these names, and so stands what they mean in messages.
        for option, name in (("table", self.table), ("index", self.index)):
            object.__setattr__(self, option, plain(name))
        if self.projection is not None:
            object.__setattr__(self, "projection", tuple(map(plain, self.projection)))
        if self.throttle_on is not None:
            object.__setattr__(self, "throttle_on", tuple(dict.fromkeys(map(plain, self.throttle_on))))


def check_transform(transform: Callable[..., Any]) -> None:
    """
    Raises:
        InvalidSetting: It can't be called with an item and a context, or calling it would not run it.
    """
    if not callable(transform):
        raise InvalidSetting(
            f"transform={transform!r} can't be called.", next_step="Give a function: def add_status(item, ctx): ..."
        )
    if (why := why_not_run(transform)) is not None:
        raise InvalidSetting(
            f"transform={safe_repr(transform)} {why}, and a call would not run it.",
            next_step="Make it a plain function that returns what is to be written.",
        )
    if (fault := signature_fault(transform, "item", "context")) is not None:
        raise InvalidSetting(
            f"transform={safe_repr(transform)} does not take an item and a context: {fault}.",
            next_step="Give a function: def add_status(item, ctx): ...",
        )


def check_name(option: str, value: object, *, optional: bool = False) -> None:
    """
    Raises:
        InvalidSetting: *value* is no text, or empty.
    """
    if optional and value is None:
        return
    if not isinstance(value, str) or not value:
        raise InvalidSetting(f"{option}={value!r} is no name.", next_step="Give a text that is not empty.")


def check_count(option: str, value: object, *, most: int, optional: bool = True) -> None:
    """
    Raises:
        InvalidSetting: *value* is no whole number from 1 to *most*.
    """
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidSetting(
            f"{option}={value!r} is not possible.", next_step=f"Give a whole number from 1 to {most:,}."
        )


def check_workers(value: object, segments: int | None) -> None:
    """
    Raises:
        InvalidSetting: *value* is no whole number from 1 to `MOST_WORKERS`, or more than there are *segments*.
    """
    check_count("workers", value, most=MOST_WORKERS, optional=False)
    if isinstance(value, int) and segments is not None and value > segments:
        raise InvalidSetting(
            f"workers={value} is not possible with segments={segments}: each works on segments of its own.",
            next_step=f"Give {segments} workers or fewer, or more segments; unless given, there are enough of them.",
        )


def check_units(option: str, value: object) -> None:
    """
    Raises:
        InvalidSetting: *value* is no number above 0.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise InvalidSetting(
            f"{option}={value!r} is not possible.", next_step="Give capacity units a second: a number above 0."
        )


def check_dollars(option: str, value: object) -> None:
    """
    Raises:
        InvalidSetting: *value* is no number above 0.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise InvalidSetting(f"{option}={value!r} is not possible.", next_step="Give dollars: a number above 0.")


def check_filter(value: object) -> None:
    """
    Raises:
        InvalidSetting: It is no condition, or has values that DynamoDB does not know.
    """
    advice = 'Give one of boto3.dynamodb.conditions, such as Attr("status").not_exists().'
    if value is None:
        return
    if value == "" or not isinstance(value, str | ConditionBase):
        raise InvalidSetting(f"filter={value!r} is no condition.", next_step=advice)
    if isinstance(value, str) and ":" in value:
        raise InvalidSetting(f"filter={value!r} has a value in it, and a text can't.", next_step=advice)
    try:
        Condition.of(value)
    except ValueError as error:
        # What it looks at is guarded, and looked at again, so it has to be known.
        raise InvalidSetting(
            f"filter={_filter_text(value)} can't be read: {error}.",
            next_step="Name attributes as #status or owner.id, and those with other characters than letters, digits and _ in "
            'a condition of boto3.dynamodb.conditions: Attr("order-date").exists().',
        ) from error
    except (TypeError, ArithmeticError) as error:
        raise InvalidSetting(f"filter={value!r} can't be: {error}", next_step="Correct the value.") from error


def _filter_text(value: str | ConditionBase) -> str:
    if isinstance(value, str):
        return repr(value)
    return repr(ConditionExpressionBuilder().build_expression(value).condition_expression)


def check_projection(value: Sequence[str] | None) -> None:
    """
    Raises:
        InvalidSetting: It is no list of names.
    """
    if value is None:
        return
    if isinstance(value, str) or not value or not all(isinstance(name, str) and name for name in value):
        raise InvalidSetting(f"projection={value!r} is no list of attributes.", next_step='Give names: ["status"].')


def check_flag(option: str, value: object) -> None:
    """
    Raises:
        InvalidSetting: *value* is neither True nor False.
    """
    if not isinstance(value, bool):
        raise InvalidSetting(f"{option}={value!r} is neither True nor False.", next_step="Give one of them.")


def check_alarm_names(value: object) -> None:
    """
    Raises:
        InvalidSetting: It is no list of alarms' names, or too long a one.
    """
    if value is not None and (fault := fault_of_alarms(value)) is not None:
        raise InvalidSetting(f"throttle_on={safe_repr(value)} {fault[0]}.", next_step=fault[1])
