"""A command in a process group of its own, which ends when we do."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_GUARD = Path(__file__).with_name("guard.py")


class GuardedProcess:
    """
    A command that can't be left behind: not by an exception, nor by a signal that ends this process.

    It runs under `guard.py`, which holds the other end of a pipe to us.
    """

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, output: IO[bytes] | int = subprocess.PIPE
    ) -> None:
        self._process = subprocess.Popen(
            # Isolated and without site-packages: it starts in a few milliseconds, and sees nothing of the project.
            [sys.executable, "-I", "-S", str(_GUARD), *command],
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The guard's process id, which is the id of the group too. SIGTERM to it ends the whole group."""
        return self._process.pid

    @property
    def output(self) -> IO[bytes]:
        """What the command prints, standard error included."""
        assert self._process.stdout is not None, "the output goes elsewhere"  # noqa: S101
        return self._process.stdout

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """The command's exit status, once it has ended."""
        return self._process.wait()

    def let_go(self) -> None:
        """Let the command outlive this process."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(b".")
        self._process.stdin.close()
        self._process.returncode = 0  # no longer ours to wait for, nor to warn about

    def kill(self) -> None:
        """End the whole group at once, whichever thread asks."""
        if self._process.returncode is None:  # not yet waited for, so the number can't have become another's
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """End the whole group at once, and wait until it is gone. Again is fine."""
        self.kill()
        self._process.wait()
        # The others die with the guard, but not in the same instant; a zombie that nobody collects is not worth more.
        deadline = time.monotonic() + 1
        while self._group_exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _group_exists(self) -> bool:
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True
