"""Nothing is recorded as applied that did not run."""

import asyncio
import contextlib
import functools
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    Context,
    InvalidMigration,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    Put,
    Update,
    migrate,
)


def transform(item: Any, ctx: Any) -> None:
    """Changes nothing."""


async def main(ctx: Any) -> None:
    """Would do something."""


def steps(ctx: Any) -> Any:
    yield


@contextlib.contextmanager
def entered(ctx: Any) -> Any:
    yield


@contextlib.asynccontextmanager
async def entered_async(ctx: Any) -> Any:
    yield


async def async_steps(ctx: Any) -> Any:
    yield


class Awaitable:
    def __await__(self) -> Any:
        yield


class AsyncCall:
    async def __call__(self, ctx: Any) -> None:
        """Would do something."""

    async def method(self, ctx: Any) -> None:
        """Would do something."""

    @classmethod
    async def of_class(cls, ctx: Any) -> None:
        """Would do something."""

    @staticmethod
    async def static(ctx: Any) -> None:
        """Would do something."""

    def steps(self, ctx: Any) -> Any:
        yield


class GeneratorCall:
    def __call__(self, ctx: Any) -> Any:
        yield


class PartialCall:
    async def run(self, word: str, ctx: Any) -> None:
        """Would do something."""

    __call__ = functools.partialmethod(run, "word")
    bound = functools.partialmethod(run, "word")


class StaticCall:
    __call__ = staticmethod(main)


class AsyncResult:
    """As a pool of processes has it."""

    def ready(self) -> bool:
        return False

    def get(self) -> None:
        """Would wait."""


class Job:
    def __init__(self, ctx: Any) -> None:
        """Would do something later."""


async def of_two(word: str, ctx: Any) -> None:
    """Would do something."""


def _running(do: Any) -> tuple[MemoryTarget, Callable[[], Any]]:
    target, source = MemoryTarget(), MemorySource()
    source.add(Migration("1", "change things", do=do))
    return target, lambda: migrate(source, target, dynamodb=object())


@pytest.mark.parametrize(
    "do",
    [
        main,
        steps,
        async_steps,
        entered,
        entered_async,
        AsyncCall(),
        GeneratorCall(),
        PartialCall(),
        PartialCall().bound,
        StaticCall(),
        AsyncCall().method,
        AsyncCall().steps,
        AsyncCall.of_class,
        AsyncCall.static,
        functools.partial(of_two, "word"),
        functools.partial(functools.partial(of_two), "word"),
        functools.partial(AsyncCall()),
        functools.cache(main),
        Job,
        dict,
    ],
)
def test_what_a_call_would_not_run_is_refused_before_anything_is_dirty(do: Any) -> None:
    """Where it can be seen."""
    target, run = _running(do)
    with pytest.raises(
        InvalidMigration, match=r"^1_change_things: do is .*, and .*would not run it\. Nothing was run\."
    ):
        run()
    assert target.records() == ()


def _pending_future() -> Any:
    return Future()


def _returning(value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def do(ctx: Any) -> Any:
        return value(ctx)

    return do


def logged(function: Any) -> Any:
    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        return function(*arguments)

    return call


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (_returning(main), r"a coroutine \(main\), which nobody awaits"),
        (logged(main), r"a coroutine \(main\), which nobody awaits"),
        (_returning(steps), r"a generator \(steps\), which nobody runs"),
        (_returning(async_steps), "an async generator, which nobody runs"),
        (_returning(entered), "a context manager that was not entered"),
        (_returning(entered_async), "a context manager that was not entered"),
        (_returning(lambda ctx: Awaitable()), r"an awaitable \(Awaitable\), which nobody awaits"),
        (_returning(lambda ctx: _pending_future()), "a Future that is not done"),
        (_returning(lambda ctx: AsyncResult()), "an AsyncResult that is not done"),
        (_returning(lambda ctx: threading.Thread(target=print)), "a Thread that has not ended"),
        (_returning(lambda ctx: map(print, [1])), r"an iterator \(map\), which does its work as somebody asks for it"),
        (_returning(lambda ctx: main), "main, which can be called and was not"),
        (_returning(lambda ctx: functools.partial(main, ctx)), "a partial, which was not called"),
        (
            _returning(lambda ctx: Backfill("orders", transform)),
            "a Backfill, which was not called, and should return nothing",
        ),
        (_returning(lambda ctx: Update(set={"a": 1})), "an Update, which writes nothing by itself"),
        (_returning(lambda ctx: [main(ctx), main(ctx)]), r"a list with a coroutine \(main\)"),
        (
            _returning(lambda ctx: {"orders": Backfill("orders", transform)}),
            "a dict with a Backfill, which was not called",
        ),
        (_returning(lambda ctx: (Put({"pk": "1"}),)), "a tuple with a Put, which writes nothing by itself"),
    ],
)
def test_what_is_returned_and_would_have_to_be_run_is_a_failure(do: Any, told: str) -> None:
    """What was done before it returned stays, so the migration is dirty; the message says how it would run."""
    target, run = _running(do)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(MigrationFailed, match=f"^1_change_things failed: do returned {told}") as caught:
            run()
    assert caught.value.repair is not None
    (record,) = target.records()
    assert record.dirty
    assert record.failure is not None
    assert record.failure.where.startswith("test_nothing_left_to_run.py:")


def test_a_backfill_that_is_returned_is_told_how_it_is_written() -> None:
    """Both ways."""
    _, run = _running(lambda ctx: Backfill("orders", transform))
    with pytest.raises(MigrationFailed, match=r"do = Backfill\(\.\.\.\); or call it: Backfill\(\.\.\.\)\(ctx\)"):
        run()


def test_a_future_that_failed_is_the_migrations_failure() -> None:
    """Nobody else has looked at it."""
    failed: Future[None] = Future()
    failed.set_exception(KeyError("name"))
    _, run = _running(lambda ctx: failed)
    with pytest.raises(MigrationFailed, match=r"^1_change_things failed: KeyError: 'name'"):
        run()


def runs_it(function: Any) -> Any:
    @functools.wraps(function)
    def call(ctx: Any) -> None:
        asyncio.run(function(ctx))

    return call


def with_a_client(function: Any) -> Any:
    @functools.wraps(function)
    def call(ctx: Any) -> Any:
        return function(ctx, "client")

    return call


@with_a_client
def of_client(ctx: Any, client: str) -> None:
    """Has two arguments, and gets them."""


class Call:
    def __call__(self, ctx: Any, *, word: str = "") -> str:
        return "done"

    def method(self, ctx: Any) -> None:
        """Does it."""


def _done() -> Any:
    future: Future[int] = Future()
    future.set_result(1)
    return future


@pytest.mark.parametrize(
    "do",
    [
        runs_it(main),
        of_client,
        Call(),
        Call().method,
        functools.partial(Call(), word="x"),
        lambda *arguments: None,
        lambda ctx, more=1: {"written": 7},
        lambda ctx: [1, 2, {"a": print}],
        lambda ctx: True,
        lambda ctx: "text",
        lambda ctx: _done(),
        lambda ctx: range(3),
        print,
        functools.cache(lambda ctx: None),
    ],
)
def test_what_runs_is_applied(do: Any) -> None:
    """Whatever it is decorated with, and whatever plain value it returns."""
    _, run = _running(do)
    assert run().applied == ("1",)


def without_arguments() -> None:
    """Asks for nothing."""


def of_item_and_context(item: Any, ctx: Any) -> None:
    """Is a transform."""


def by_keyword(*, ctx: Any) -> None:
    """Can't be called with a position."""


class NoArgument:
    def __call__(self) -> None:
        """Asks for nothing."""


@pytest.mark.parametrize(
    ("do", "fault"),
    [
        (without_arguments, "too many positional arguments"),
        (of_item_and_context, "missing a required argument: 'ctx'"),
        (by_keyword, "too many positional arguments"),
        (lambda ctx, *, word: None, "missing a required argument: 'word'"),
        (functools.partial(of_item_and_context, 1, 2), "too many positional arguments"),
        (NoArgument(), "too many positional arguments"),
    ],
)
@pytest.mark.parametrize("number", ["1", "2"])
def test_a_wrong_signature_is_refused_before_anything_is_dirty(do: Any, fault: str, number: str) -> None:
    """Of any migration of the plan."""
    target, source = MemoryTarget(), MemorySource()
    ran: list[Context] = []
    for one in ("1", "2"):
        source.add(Migration(one, "change things", do=do if one == number else ran.append))
    with pytest.raises(InvalidMigration) as caught:
        migrate(source, target)
    # From 3.12 on Python says of what kind the argument is that is missing.
    assert str(caught.value).replace("required keyword-only argument", "required argument") == (
        f"{number}_change_things: do can't be called with the context alone: {fault}. "
        "Nothing was run. Give it one argument: def do(ctx): ..."
    )
    assert (target.records(), ran) == ((), [])


@pytest.mark.parametrize("undo", [main, without_arguments])
def test_an_undo_that_a_failure_would_ask_for_is_looked_at_first(undo: Any) -> None:
    """Found out when it is needed it would leave the migration dirty."""
    target, source = MemoryTarget(), MemorySource()
    source.add(Migration("1", "change things", do=lambda ctx: None, undo=undo))
    with pytest.raises(InvalidMigration, match=r"^1_change_things: undo "):
        migrate(source, target, on_failure="undo")
    assert target.records() == ()
    assert migrate(source, target).applied == ("1",)
