"""What `local` says while it works."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


class Steps:
    """Lines on *stream*; on a terminal, the step under way with the last thing that it said."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()

    def say(self, *lines: str) -> None:
        for line in lines or ("",):
            self._stream.write(f"{line}\n")
        self._stream.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """A block that is one step; it yields what shows a line of it in passing."""
        began = time.monotonic()
        self._show(title)
        ended = "failed"
        try:
            yield lambda line: self._show(f"{title}: {' '.join(line.split())}")
            ended = "done"
        except KeyboardInterrupt:
            ended = "interrupted"
            raise
        finally:
            self._show("")
            self.say(f"{title}: {ended} ({time.monotonic() - began:.1f} s)")

    def _show(self, text: str) -> None:
        if self._live:
            # Some of what the CDK says is wider than it is long.
            width = shutil.get_terminal_size().columns - 4
            self._stream.write(f"\r\x1b[2K{text[:width]}")
            self._stream.flush()
