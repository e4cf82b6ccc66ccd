"""The threads of a backfill: each takes one segment after the other."""

from __future__ import annotations

import decimal
import gc
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from .control import RunControl
from .errors import Stopping
from .segment import Segment

# How often the pool looks whether somebody asked to stop.
_LOOK_SECONDS: Final = 0.25
# Digits of a number in DynamoDB.
_DIGITS: Final = 38
# More than the dicts and lists of all the pages that are in memory at one time: of 250 items on each of 32 threads.
_OBJECTS: Final = 500_000


class SegmentSource(Protocol):
    """Where threads get their next segment."""

    def take(self) -> Segment | None:
        """One that nobody works on; None: there is none left. Threads call it."""
        ...


class SegmentWorker(Protocol):
    """What one thread does."""

    def work(self, segment: Segment) -> None:
        """
        Finish *segment*, from where it is.

        Raises:
            Stopping: It has to be finished by another run.
            BackfillError: It can't be finished.
        """
        ...


class Unfinished:
    """
    The unfinished of *segments*, in random order: neighbours are not worked on at the same time, as they may share a
    partition.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._waiting = [segment for segment in segments if not segment.done]
        random.shuffle(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> Segment | None:
        try:
            # Popping is atomic.
            return self._waiting.pop()
        except IndexError:
            return None


class WorkerPool:
    """
    Works on the segments of *source*.

    Args:
        worker: Makes the worker of a thread, in that thread.
        size: How many threads; each has one segment at a time.
    """

    def __init__(
        self, control: RunControl, worker: Callable[[], SegmentWorker], source: SegmentSource, size: int
    ) -> None:
        self._control = control
        self._worker = worker
        self._source = source
        self._size = size
        self._error: BaseException | None = None
        self._ended = threading.Semaphore(0)

    def work(self, watch: Callable[[], None]) -> None:
        """
        Finish all segments, or as many as the run control allows; *watch* is called a few times a second.

        All threads have ended when it returns.

        Raises:
            BaseException: What *watch* raised, or else what the first worker raised that did.
        """
        threads = [
            threading.Thread(target=self._run, name=f"dynamigrate-backfill-{n}", daemon=True) for n in range(self._size)
        ]
        for thread in threads:
            thread.start()
        left = len(threads)
        try:
            while left:
                if self._ended.acquire(timeout=_LOOK_SECONDS):
                    left -= 1
                else:
                    watch()
        finally:
            self._control.stopping = self._control.stopping or left > 0
            for thread in threads:
                thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        # Python's own context would round a number of 38 digits to 28 as soon as a transform calculates with it.
        decimal.setcontext(decimal.Context(prec=_DIGITS))
        try:
            worker = self._worker()
            while not self._control.stopping:
                if (segment := self._source.take()) is None:
                    return
                worker.work(segment)
        except Stopping:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for this one
            self._error = self._error or error
            self._control.stopping = True
        finally:
            self._ended.release()


@contextmanager
def rare_collections() -> Iterator[None]:
    """
    Have it look for cycles less often.

    Items are freed without it, but each of its rounds looks at all that are held: with 32 pages in memory it took half
    of the processor's time (39 µs an item, against 20). Cycles that a transform makes are still found.
    """
    before = gc.get_threshold()
    # 0: it is switched off, and stays so.
    if before[0]:
        gc.set_threshold(max(before[0], _OBJECTS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
