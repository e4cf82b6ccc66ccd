"""The threads that work for the code of a dry run."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.thread import _worker
from contextlib import contextmanager
from typing import Any, Literal
from weakref import WeakKeyDictionary, WeakSet


class OwnThreads:
    """
    Those that are named, those that one of them starts, and any thread of a pool while it does what one of them gave it.

    A pool itself may be used again by what is no dry run, as a module keeps it. So its threads are lent, for as long as
    the dry run goes on, and then it goes by the work.
    """

    def __init__(self) -> None:
        # Each with the dry run, by its number, that it works for.
        self._own: WeakKeyDictionary[threading.Thread, int] = WeakKeyDictionary()
        self._lent: WeakSet[threading.Thread] = WeakSet()
        self._work: WeakSet[Future[Any]] = WeakSet()
        self._here = threading.local()
        self._number = 0

    def begin(self) -> None:
        """A dry run begins: what works for an earlier one does not work for this."""
        self._number += 1

    def own(self, thread: threading.Thread) -> None:
        self._own[thread] = self._number

    @property
    def mine(self) -> bool:
        """Whether this thread is one of them, or was one of an earlier dry run."""
        return self._works_for > 0

    @property
    def are_of_now(self) -> bool:
        """Whether this thread works for the newest dry run."""
        return self._works_for == self._number

    @property
    def _works_for(self) -> int:
        """The number of the dry run that this thread works for; 0: none."""
        thread = threading.current_thread()
        lent = self._number if thread in self._lent else 0
        return int(getattr(self._here, "working", 0)) or self._own.get(thread, 0) or lent

    @property
    def are_sending(self) -> bool:
        """Whether this thread sends something that was let through."""
        return getattr(self._here, "sending", 0) > 0

    @property
    def are_starting(self) -> bool:
        """Whether this thread starts something that was told of."""
        return getattr(self._here, "starting", 0) > 0

    @contextmanager
    def noting(self, what: Literal["sending", "starting", "working"], number: int = 1) -> Iterator[None]:
        """Note that this thread does that within the block."""
        before = getattr(self._here, what, 0)
        setattr(self._here, what, number)
        try:
            yield
        finally:
            setattr(self._here, what, before)

    def release(self) -> bool:
        """The dry run is over; returns whether something of it is still at work, or about to be."""
        self._lent.clear()
        return any(thread.is_alive() for thread in list(self._own)) or any(not one.done() for one in list(self._work))

    def started(self, original: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        """In place of ``Thread.start``."""

        def start(thread: threading.Thread) -> None:
            if number := self._works_for:
                if getattr(thread, "_target", None) is _worker:
                    self._lent.add(thread)
                else:
                    self._own[thread] = number
            original(thread)

        return start

    def submitted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """In place of ``ThreadPoolExecutor.submit``."""

        def submit(pool: Any, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
            if not (number := self._works_for):
                return original(pool, fn, *args, **options)

            @functools.wraps(fn, updated=())
            def work(*args: Any, **options: Any) -> Any:
                with self.noting("working", number):
                    return fn(*args, **options)

            future = original(pool, work, *args, **options)
            self._work.add(future)
            return future

        return submit
