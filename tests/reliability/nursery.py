"""A process that starts others quickly: it has everything imported, no threads, and forks."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from dynamigrate_local_aws.environment import PROJECT


class Nursery:
    """
    Starts functions of this project's tests as processes.

    What it started ends no later than itself, and it ends no later than whoever made it.
    """

    def __init__(self, *modules: str) -> None:
        paths = [str(PROJECT / name) for name in (".", "lambda_src", "infra")]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.reliability.nursery", *modules],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate()

    def start(self, function: Callable[..., None], **arguments: Any) -> int:
        """
        Call *function* in a process of its own, with arguments that JSON can say.

        Returns the process id, which stays that process's until `wait` was called for it.
        """
        name = f"{function.__module__}:{function.__qualname__}"
        return int(self._ask({"start": name, "arguments": arguments}))

    def wait(self, pid: int) -> int:
        """How it ended: 0 if it returned, 1 if it raised, the negative number of the signal that killed it."""
        return int(self._ask({"wait": pid}))

    def ended(self, pid: int) -> bool:
        """Whether it has ended; `wait` is still to be called."""
        return bool(self._ask({"ended": pid}))

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _start(name: str, arguments: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        # The questions are for the parent.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        module, _, function = name.partition(":")
        getattr(import_module(module), function)(**arguments)
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(modules: list[str]) -> None:
    for module in modules:
        import_module(module)
    living: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        answer: object
        if "start" in request:
            answer = _start(request["start"], request["arguments"])
            living.add(answer)
        elif "ended" in request:
            answer = os.waitid(os.P_PID, request["ended"], os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        else:
            pid = request["wait"]
            answer = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            living.discard(pid)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in living:
        # One that is stopped dies of it too.
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
