"""One item's odd error or value is that item's alone: it is named, and the others are written."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from dynamigrate import Delete, LockLost, MigrationFailed, Put, RunUnfinished, StopRequested, Update
from tests.unit.backfill.conftest import RunBackfill
from tests.unit.backfill.tables import Tables
from tests.unit.fakes import raising


class Untold(Exception):
    """Has no text, and no words for itself either."""

    def __str__(self) -> str:
        raise AttributeError("no name")

    __repr__ = __str__


class Nameless(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise AttributeError("no name")


class Unnamed(Exception, metaclass=Nameless):
    pass


class Own(BaseException):
    pass


class Odd:
    """A value that can't be shown, told or compared."""

    def __repr__(self) -> str:
        raise AttributeError("no name")

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        raise AttributeError("not comparable")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise AttributeError("neither")


class Classless:
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise LookupError("no class")


class Broken(dict[str, Any]):
    def __iter__(self) -> Iterator[str]:
        raise asyncio.CancelledError


def _half() -> Iterator[str]:
    yield "note"
    raise LookupError("the second half")


def _recurse(item: Any, ctx: Any) -> None:
    _recurse(item, ctx)


def _self_referencing() -> list[Any]:
    value: list[Any] = ["a"]
    value.append({"again": value})
    return value


def _nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def _cancelled(item: Any, ctx: Any) -> None:
    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    asyncio.run(work())


def _raised_from(error: BaseException) -> Callable[..., Any]:
    def function(item: Any, ctx: Any) -> None:
        raise ValueError("outer") from error

    return function


def _noted(error: BaseException, *notes: Any) -> BaseException:
    error.__notes__ = list(notes)
    return error


RAISES: dict[str, tuple[Callable[..., Any], str]] = {
    "no text": (raising(Untold()), "raised Untold: its text can't be made: AttributeError"),
    "no name": (raising(Unnamed("x")), "raised Unnamed: x"),
    "no Unicode": (raising(ValueError("a\ud800b")), r"raised ValueError: a\ud800b"),
    "colors": (raising(ValueError("\x1b[31mred\x1b[0m\x00")), r"raised ValueError: red\x00"),
    "a group": (
        raising(ExceptionGroup("two", [ValueError("one"), Untold()])),
        "ExceptionGroup: two: ValueError: one; Untold",
    ),
    "a group of all": (raising(BaseExceptionGroup("g", [Own("mine"), asyncio.CancelledError()])), "g: Own: mine"),
    "cancelled": (_cancelled, "raised CancelledError"),
    "a generator's end": (raising(GeneratorExit()), "raised GeneratorExit"),
    "an end": (raising(StopIteration()), "raised StopIteration"),
    "its own": (raising(Own("mine")), "raised Own: mine"),
    "no memory": (raising(MemoryError()), "raised MemoryError"),
    "no end": (_recurse, "raised RecursionError: maximum recursion depth exceeded"),
    "an odd cause": (_raised_from(Untold()), "raised ValueError: outer"),
    "odd notes": (raising(_noted(ValueError("x"), Odd(), 7)), "raised ValueError: x"),
    "an odd argument": (raising(KeyError(Odd())), "raised KeyError: its text can't be made: AttributeError"),
    "what the item refuses": (lambda item, ctx: item.pop("n"), "return Update(remove=['n'])"),
    "unhashable": (lambda item, ctx: item.get([]), "raised TypeError: unhashable type: 'list'"),
}

RETURNS: dict[str, tuple[Callable[[], Any], str]] = {
    "a value that can't be shown": (lambda: Update(set={"x": Odd()}), "the attribute 'x': a Odd is a Odd, which DynamoDB has not."),
    "deep in it": (lambda: Update(set={"x": [{"y": Odd()}]}), "the attribute 'x': a Odd is a Odd"),
    "one without a class": (lambda: Update(set={"x": Classless()}), "the attribute 'x': no class"),
    "no write, and without a class": (Classless, "LookupError: no class"),
    "no write": (Odd, "a Odd is a Odd, and transform may return an Update"),
    "in a list": (lambda: [Odd()], "a Odd in its list is no Update, Put or Delete."),
    "set that can't be read": (lambda: Update(set=Broken(x=1)), "CancelledError"),
    "set that is odd": (lambda: Update(set=Odd()), "set=a Odd is not a mapping"),  # type: ignore[arg-type]
    "when that is odd": (lambda: Update(set={"x": 1}, when=Odd()), "when=a Odd is not a mapping"),  # type: ignore[arg-type]
    "when of an odd value": (lambda: Update(set={"x": 1}, when={"n": Odd()}), "the attribute 'n': a Odd is a Odd"),
    "remove that fails": (lambda: Update(remove=_half()), "LookupError: the second half"),
    "remove without an end": (lambda: Update(remove=itertools.cycle(["a"])), "remove has more than 100,000 names, if it has an end."),
    "remove of numbers": (lambda: Update(remove=itertools.count()), "remove has more than 100,000 names, if it has an end."),  # type: ignore[arg-type]
    "remove of None": (lambda: Update(remove=[None]), "None is no name of an attribute."),  # type: ignore[list-item]
    "remove of odds": (lambda: Update(remove=[Odd()]), "a Odd is no name of an attribute."),  # type: ignore[list-item]
    "remove of nothing": (lambda: Update(remove=[""]), "'' is no name of an attribute."),
    "when of None": (lambda: Update(set={"x": 1}, when={None: 1}), "None is no name of an attribute."),  # type: ignore[dict-item]
    "set of None": (lambda: Update(set={None: 1}), "None is no name of an attribute."),  # type: ignore[dict-item]
    "no number": (lambda: Update(set={"x": float("nan")}), "nan is a float"),
    "no number of DynamoDB's": (lambda: Update(set={"x": Decimal("sNaN")}), "the attribute 'x'"),
    "itself": (lambda: Update(set={"x": _self_referencing()}), "the attribute 'x': it is nested too deeply, or holds itself."),
    "too deep": (lambda: Update(set={"x": _nested(5_000)}), "the attribute 'x': it is nested too deeply, or holds itself."),
    "an odd key": (lambda: Put({"id": Odd()}), "the attribute 'id': a Odd is a Odd"),
    "no key": (lambda: Delete({"id": Odd()}), "the attribute 'id': a Odd is a Odd"),
    "an odd table": (lambda: Put({"id": "z"}, table=Odd()), "table=a Odd is not the name of a table."),  # type: ignore[arg-type]
    "an odd other item": (lambda: [Update(set={"x": 1}), Put({"id": "z", "x": Odd()})], "a Odd is a Odd"),
    "None in a map": (lambda: Update(set={"x": {None: 1}}), "None is a key of a map: DynamoDB has only text there."),
}  # fmt: skip


def _run(backfill: RunBackfill, on_b: Callable[..., Any], on_error: str) -> tuple[Tables, dict[str, Any]]:
    """Three items, of which b is odd."""
    tables = Tables(orders={key: {"n": {"N": "1"}} for key in "abc"})
    figures: list[Any] = [{}]

    def transform(item: Any, ctx: Any) -> Any:
        return on_b(item, ctx) if item["id"] == "b" else Update(set={"ok": True})

    backfill(tables, transform, segments=1, on_error=on_error, settings={"measure": figures.append})
    return tables, figures[-1]


CASES = {
    **{f"raises {what}": case for what, case in RAISES.items()},
    **{f"returns {what}": ((lambda item, ctx, make=make: make()), said) for what, (make, said) in RETURNS.items()},
}


@pytest.mark.parametrize(("on_b", "said"), CASES.values(), ids=list(CASES))
def test_it_alone_is_skipped(
    backfill: RunBackfill, caplog: pytest.LogCaptureFixture, on_b: Callable[..., Any], said: str
) -> None:
    """With its key and what was odd in the log."""
    tables, figures = _run(backfill, on_b, "skip")
    assert {key for key, item in tables["orders"].items() if "ok" in item} == {"a", "c"}
    assert tables["orders"]["b"] == {"id": {"S": "b"}, "n": {"N": "1"}}
    assert (figures["written"], figures["failed"]) == (2, 1)
    (told,) = [str(getattr(record, "error", "")) for record in caplog.records if hasattr(record, "error")]
    assert "given the item id='b' of the table orders, " in told
    assert said in told
    assert told.encode(), "what is no Unicode can't be written to a log"


@pytest.mark.parametrize(("on_b", "said"), CASES.values(), ids=list(CASES))
def test_it_stops_the_backfill_with_its_key(backfill: RunBackfill, on_b: Callable[..., Any], said: str) -> None:
    """Where items are not to be skipped."""
    with pytest.raises(MigrationFailed) as caught:
        _run(backfill, on_b, "stop")
    assert "given the item id='b' of the table orders, " in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize("wrap", [lambda error: error, lambda error: BaseExceptionGroup("g", [ValueError("x"), error])])
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (SystemExit(3), MigrationFailed),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (StopRequested("stopped"), RunUnfinished),
        (LockLost("lost"), LockLost),
    ],
)
def test_what_is_about_the_run_is_no_items(
    backfill: RunBackfill, error: BaseException, raised: type[BaseException], wrap: Callable[[BaseException], Any]
) -> None:
    """It ends the run, also from within a group, and nothing is counted as skipped."""
    figures: list[Any] = [{}]
    with pytest.raises(raised) as caught:
        backfill(Tables(orders={"a": {}}), raising(wrap(error)), on_error="skip", settings={"measure": figures.append})
    assert "given the item" not in str(caught.value)
    assert not figures[-1].get("failed")


def test_none_is_an_attribute_that_no_item_has(backfill: RunBackfill) -> None:
    """As of a dict; and no condition is made of it."""
    seen: list[Any] = []

    def transform(item: Any, ctx: Any) -> Update:
        seen.extend([item.get(None), item.get(7, "x"), None in item, (1, 2) in item])
        with pytest.raises(KeyError):
            item[None]
        return Update(set={"ok": True})

    tables = Tables(orders={"a": {}})
    backfill(tables, transform, verify=None)
    # Once for what it costs, and once to be written.
    assert seen == [None, "x", False, False] * 2
    assert tables["orders"]["a"]["ok"] == {"BOOL": True}


def test_names_may_come_from_a_generator(backfill: RunBackfill) -> None:
    """In a list of writes too."""
    tables = Tables(orders={key: {"x": {"S": "1"}, "y": {"S": "2"}} for key in "ab"})

    def transform(item: Any, ctx: Any) -> Any:
        update = Update(remove=(name for name in ("x", "gone")))
        return update if item["id"] == "a" else [update]

    backfill(tables, transform)
    assert all(item.keys() == {"id", "y"} for item in tables["orders"].values())
