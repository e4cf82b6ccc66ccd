"""The program in a terminal of its own, with somebody who types."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.cli.command_line import Result, plain

# Seconds until a test gives up: a busy machine takes its time.
_PATIENCE = 60.0


class PseudoTerminal:
    """
    Runs one command in a terminal of so many columns.

        with PseudoTerminal(["down"], folder=project.folder) as terminal:
            terminal.wait_for("Undo 1 migration")
            terminal.type("y\\n")
        assert terminal.result.code == 0
    """

    def __init__(self, arguments: Sequence[str], *, folder: Path, columns: int = 80, **variables: str) -> None:
        self._arguments = arguments
        self._folder = folder
        self._columns = columns
        self._variables = {"TERM": "xterm-256color", **variables}
        self._written = b""

    def __enter__(self) -> Self:
        self._fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, self._columns, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dynamigrate_cli", *self._arguments],
            cwd=self._folder,
            env={**os.environ, **self._variables},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        return self

    def __exit__(self, *error: object) -> None:
        try:
            if error[0] is None:
                self._read_until(None)
        finally:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            os.close(self._fd)

    def wait_for(self, text: str) -> None:
        """Until *text* has been shown."""
        self._read_until(text)

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    @property
    def raw(self) -> str:
        """All that was written, with its colors."""
        return self._written.decode("utf-8", "replace")

    @property
    def result(self) -> Result:
        return Result(self._process.returncode, plain(self.raw), "")

    def _read_until(self, text: str | None) -> None:
        deadline = time.monotonic() + _PATIENCE
        while text is None or text not in " ".join(plain(self.raw).split()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was not shown: {plain(self.raw)}")
            if not select.select([self._fd], [], [], 0.1)[0]:
                continue
            try:
                read = os.read(self._fd, 65_536)
            except OSError:  # the other end is closed
                read = b""
            if not read:
                if text is not None:
                    raise AssertionError(f"{text!r} was not shown: {plain(self.raw)}")
                self._process.wait(_PATIENCE)
                return
            self._written += read
