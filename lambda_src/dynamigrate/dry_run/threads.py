"""The threads that work for the code of a dry run."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.thread import _worker
from contextlib import contextmanager
from typing import Any, Literal
from weakref import WeakSet


class OwnThreads:
    """
    Those that are named, those that one of them starts, and any thread of a pool while it does what one of them gave it.

    A pool itself may be used again by what is no dry run, as a module keeps it. So its threads are lent, for as long as
    the dry run goes on, and then it goes by the work.
    """

    def __init__(self) -> None:
        self._own: WeakSet[threading.Thread] = WeakSet()
        self._lent: WeakSet[threading.Thread] = WeakSet()
        self._work: WeakSet[Future[Any]] = WeakSet()
        self._here = threading.local()

    def own(self, thread: threading.Thread) -> None:
        self._own.add(thread)

    @property
    def mine(self) -> bool:
        """Whether this thread is one of them, or was one of an earlier dry run."""
        thread = threading.current_thread()
        return thread in self._own or thread in self._lent or getattr(self._here, "working", False)

    @property
    def are_sending(self) -> bool:
        """Whether this thread sends something that was let through."""
        return getattr(self._here, "sending", False)

    @contextmanager
    def noting(self, what: Literal["sending", "working"]) -> Iterator[None]:
        """Note that this thread does that within the block."""
        before = getattr(self._here, what, False)
        setattr(self._here, what, True)
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
            if self.mine:
                of_a_pool = getattr(thread, "_target", None) is _worker
                (self._lent if of_a_pool else self._own).add(thread)
            original(thread)

        return start

    def submitted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """In place of ``ThreadPoolExecutor.submit``."""

        def submit(pool: Any, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Any:
            if not self.mine:
                return original(pool, fn, *args, **options)

            @functools.wraps(fn, updated=())
            def work(*args: Any, **options: Any) -> Any:
                with self.noting("working"):
                    return fn(*args, **options)

            future = original(pool, work, *args, **options)
            self._work.add(future)
            return future

        return submit
