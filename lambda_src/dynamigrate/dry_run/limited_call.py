"""A call that is given up when it takes too long."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ..clock import Clock
from .ended import Ended

# Seconds between two looks at whether there is time left, and until a thread that was ended is left alone.
_LOOK: Final = 0.5
_GRACE: Final = 3.0
# One interruption may be lost: in a finalizer, or in what listens to the garbage collector.
_TRIES: Final = 3
# Looks at a function that gets no more answers, and waits for what will not come.
_MOST_LOOKS: Final = 10


class LimitedCall:
    """
    Calls *function* in a thread of its own.

    Args:
        over: Why there is no more time, a sentence; None: there is.
        ended: Why it gets no more answers, a sentence; empty: it does. It is given a few seconds then.
    """

    def __init__(
        self, function: Callable[[], None], name: str, over: Callable[[], str | None], ended: Callable[[], str]
    ) -> None:
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._function = function
        self._over = over
        self._ended = ended
        self._looks = 0

    def carry_out(self, clock: Clock, end: Callable[[str], object]) -> bool:
        """
        Returns whether it came to its end; if not, *end* was told why.

        A thread that does not end goes on without anybody waiting for it.
        """
        self.thread.start()
        try:
            while self.thread.is_alive():
                self.thread.join(_LOOK)
                if self.thread.is_alive() and (why := self._is_over()) is not None:
                    end(why)
                    return self._is_ended()
        except BaseException:
            end("It was interrupted.")
            self._interrupt()
            raise
        return True

    def _is_over(self) -> str | None:
        why = self._ended()
        self._looks += 1 if why else 0
        return why if self._looks > _MOST_LOOKS else self._over()

    def _is_ended(self) -> bool:
        """
        Give it the time of a request, of which it gets no more, and then interrupt it until it has ended, or its
        seconds of grace are over.
        """
        self.thread.join(_LOOK)
        if not self.thread.is_alive():
            return True
        for _ in range(_TRIES):
            self._interrupt()
            self.thread.join(_GRACE / _TRIES)
            if not self.thread.is_alive():
                return True
        return False

    def _run(self) -> None:
        # It may come when the function was just done, or in what cleans up after it.
        with suppress(Ended), suppress(Ended):
            self._function()

    def _interrupt(self) -> None:
        """End it at its next line of Python."""
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread.ident or 0), ctypes.py_object(Ended))
