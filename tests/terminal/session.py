"""A program in a real terminal: a pseudo-terminal of the system, and what a person would see in it."""

import fcntl
import os
import pty
import selectors
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyte

# How long a program may say nothing that is waited for.
_PATIENCE: Final = 120.0
# The terminal has to be the command's own for Ctrl-C to reach it as it would a person's.
_TAKE_TERMINAL: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvpe(sys.argv[1], sys.argv[1:], os.environ)"
)
_FAINT: Final = (38, 2, 0x8A, 0x92, 0xA0)


class Screen(pyte.Screen):
    """One that knows faint text too, which is grey on it, whatever its color is."""

    def select_graphic_rendition(self, *attributes: int, **more: Any) -> None:
        plain, faint = [], False
        rest = iter(attributes)
        for one in rest:
            plain.append(one)
            if one in (38, 48):  # a color of many; 2 and what follows are parts of it
                kind = next(rest, 5)
                plain += [kind, *islice(rest, 3 if kind == 2 else 1)]
            elif one == 2:
                plain.pop()
                faint = True
        super().select_graphic_rendition(*plain, *(_FAINT if faint else ()), **more)


class TerminalSession:
    """
    A command that has a terminal for its input, its output and its errors.

    Attributes:
        screen: What the terminal shows now.
        raw: Every byte that the command wrote.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        columns: int = 80,
        rows: int = 60,
    ) -> None:
        self.screen = Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-ISc", _TAKE_TERMINAL, *map(str, command)],
            cwd=cwd,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._master, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._selector.close()
        os.close(self._master)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without what is blank below and beside it."""
        shown = [line.rstrip() for line in self.screen.display]
        while shown and not shown[-1]:
            shown.pop()
        return shown

    def type(self, keys: str) -> None:
        """Press these keys; ``\\x03`` is Ctrl-C."""
        os.write(self._master, keys.encode())

    def wait_until(self, seen: Callable[[], bool], *, within: float = _PATIENCE) -> None:
        """
        Read on until *seen* is so.

        Raises:
            TimeoutError: It was not within so many seconds, or before the command ended.
        """
        until = time.monotonic() + within
        while not seen():
            if not self._read(until):
                raise TimeoutError("\n".join(["The terminal shows:", *self.lines]))

    def wait_for(self, text: str, *, within: float = _PATIENCE) -> None:
        """
        Read on until *text* is on the screen.

        Raises:
            TimeoutError: It was not within so many seconds, or before the command ended.
        """
        self.wait_until(lambda: any(text in line for line in self.lines), within=within)

    def finish(self, *, within: float = _PATIENCE) -> int:
        """
        Read on until the command ends; returns its exit code.

        Raises:
            TimeoutError: It did not within so many seconds.
        """
        until = time.monotonic() + within
        while self._read(until):
            pass
        return self._process.wait(timeout=max(0.1, until - time.monotonic()))

    def _read(self, until: float) -> bool:
        """Take in what comes next; returns whether anything did."""
        if not self._selector.select(max(0.0, until - time.monotonic())):
            return False
        try:
            more = os.read(self._master, 65_536)
        except OSError:  # Linux: every other end is closed
            more = b""
        self.raw += more
        self._stream.feed(more)
        return bool(more)
