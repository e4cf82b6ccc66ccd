"""The threads of a backfill."""

from __future__ import annotations

import decimal
import random
import threading
from collections.abc import Callable, Sequence
from typing import Final

from .control import RunControl
from .errors import Stopping
from .segment import Segment
from .worker import Worker, WorkerContext

# How often is looked whether somebody asked to stop.
_LOOK_SECONDS: Final = 0.25
# Of a number in DynamoDB.
_DIGITS: Final = 38


class WorkerPool:
    """
    Works on *segments* in random order: neighbours are not worked on at the same time, as they may share a partition.

    Args:
        size: How many threads; each has one segment at a time.
    """

    def __init__(self, context: WorkerContext, segments: Sequence[Segment], size: int) -> None:
        self._context = context
        self._control: RunControl = context.control
        self._waiting = [segment for segment in segments if not segment.done]
        random.shuffle(self._waiting)
        self._size = min(size, len(self._waiting))
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
            worker = Worker(self._context)
            while not self._control.stopping:
                try:
                    # Popping is atomic.
                    segment = self._waiting.pop()
                except IndexError:
                    return
                worker.work(segment)
        except Stopping:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for this one
            self._error = self._error or error
            self._control.stopping = True
        finally:
            self._ended.release()
