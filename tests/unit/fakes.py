"""What the tests of the engine stand on: a clock that is turned by hand, migrations that note their calls, a thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import wraps
from typing import Any, TypeVar

from dynamigrate import Context, MemorySource, MemoryTarget, Migration, Outcome, Target, migrate
from dynamigrate.reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan
from dynamigrate.runtime import Runtime

T = TypeVar("T")
RunIt = Callable[..., Outcome]

# 2026-11-23T09:00:00Z
MORNING = 1_795_424_400.0
PATIENCE = 20.0
PAGES = 4


class FakeClock:
    """
    Both clocks of a machine, standing still until they are turned.

    Attributes:
        before_sleep: Called in place of waiting; then both clocks are turned.
    """

    def __init__(self) -> None:
        self.before_sleep: Callable[[], None] = lambda: None
        self.slept: list[float] = []
        self._passed = 0.0

    def time(self) -> float:
        return MORNING + self._passed

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.before_sleep()
        self._passed += seconds

    def turn(self, seconds: float) -> None:
        self._passed += seconds


@dataclass
class RecordingMigrations:
    """Makes migrations that note each of their calls: ``do 1``, ``undo 1``."""

    calls: list[str] = field(default_factory=list)

    def migration(
        self,
        migration_id: str,
        description: str = "change things",
        *,
        do: Callable[[Context], object] = lambda ctx: None,
        undo: Callable[[Context], object] | None = lambda ctx: None,
        **settings: Any,
    ) -> Migration:
        """One that then goes on to *do* or *undo*; None: it has no undo. *settings* are further ones of a `Migration`."""

        def noted(word: str, function: Callable[[Context], object]) -> Callable[[Context], object]:
            @wraps(function)
            def call(ctx: Context) -> object:
                self.calls.append(f"{word} {migration_id}")
                return function(ctx)

            return call

        return Migration(
            migration_id,
            description,
            do=noted("do", do),
            undo=None if undo is None else noted("undo", undo),
            **settings,
        )

    def source(self, *migrations: Migration | str) -> MemorySource:
        """Of these migrations; one of which only the id is given changes nothing."""
        source = MemorySource()
        for one in migrations:
            source.add(self.migration(one) if isinstance(one, str) else one)
        return source


def stopping(target: MemoryTarget, *, after: int = 1, pages: list[int] | None = None) -> Callable[[Context], None]:
    """A function of `PAGES` pages that saves a checkpoint after each, and is asked to stop after *after* pages."""

    def work(ctx: Context) -> None:
        start = ctx.checkpoint.load() or 0
        for page in range(start + 1, PAGES + 1):
            if pages is not None:
                pages.append(page)
            if page == after:
                target.request_stop("the stack is rolling back")
            ctx.checkpoint.save(page)

    return work


class RecordingReporter:
    """A reporter that keeps all that it is told."""

    def __init__(self) -> None:
        self.events: list[BeforePlan | AfterPlan | BeforeAction | AfterAction] = []

    def before_plan(self, event: BeforePlan) -> None:
        self.events.append(event)

    def after_plan(self, event: AfterPlan) -> None:
        self.events.append(event)

    def before_action(self, event: BeforeAction) -> None:
        self.events.append(event)

    def after_action(self, event: AfterAction) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        """The events' names, an action's with what it was: ``BeforeAction do 1_change_things``."""
        return [
            " ".join([type(one).__name__, *([str(one.action)] if hasattr(one, "action") else [])])
            for one in self.events
        ]

    def only(self, kind: type[T]) -> T:
        """The one event of this kind."""
        (event,) = (one for one in self.events if isinstance(one, kind))
        return event


def refuse(*_: object, **__: object) -> Any:
    """A function that nobody may call."""
    raise AssertionError("nobody should have called this")


def raising(error: BaseException) -> Callable[..., Any]:
    """A function that raises *error*."""

    def function(*_: object, **__: object) -> Any:
        raise error

    return function


def returning(value: object) -> Callable[..., object]:
    """A function that returns *value*."""

    def function(*_: object, **__: object) -> object:
        return value

    return function


def applied(target: Target, *ids: str) -> None:
    """Have these applied already, as by an earlier run."""
    for one in ids:
        target.add(one)
        target.finish_migration(one)


def elsewhere(function: Callable[[], T]) -> T:
    """What *function* returns or raises when another thread calls it, which stands for another process."""
    results: list[T] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the other thread did not come to an end"
    if errors:
        raise errors[0]
    return results[0]


class Holder:
    """Holds the lock of *target* in another thread, from `take` until `let_go`."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._entered, self._leave = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._hold)

    def take(self) -> None:
        self._thread.start()
        assert self._entered.wait(PATIENCE), "the other thread did not get the lock"
        self._check()

    def let_go(self) -> None:
        """Returns once it is released; once is enough."""
        self._leave.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the other thread did not release the lock"
        self._check()

    def _hold(self) -> None:
        try:
            with self._target.lock():
                self._entered.set()
                self._leave.wait(PATIENCE)
        except BaseException as error:
            self._error = error
        finally:
            self._entered.set()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error


@contextmanager
def held_elsewhere(target: Target) -> Iterator[Holder]:
    """Another thread holds the lock of *target* while the block runs, or until it is told to let go."""
    holder = Holder(target)
    holder.take()
    try:
        yield holder
    finally:
        holder.let_go()


def migrate_in(source: Any, target: Any, **settings: Any) -> Outcome:
    """`migrate`; settings of its `Runtime` are given beside its own."""
    given = {name: settings.pop(name) for name in {one.name for one in fields(Runtime)} & settings.keys()}
    return migrate(source, target, runtime=Runtime(**given), **settings)
