"""The process that keeps `aws_cdk` loaded between the deploys of a session."""

import os
import shlex
import shutil
import sys
import tempfile
import time
from pathlib import Path

from dynamigrate_local_aws.process import GuardedProcess

_HERE = Path(__file__).parent
_ROOT = Path(__file__).resolve().parents[3]
_START_TIMEOUT = 60.0


class WarmCdk:
    """
    Runs apps as `python3 app.py` does, without loading `aws_cdk` each time.

    All else stays as it is for users: the CDK CLI runs a command, gives it context, folder and environment, shows what it
    prints, and fails when it does. Tests whose claim is about a program that is started keep `python3`.
    """

    def __init__(self) -> None:
        self._directory: Path | None = None
        self._process: GuardedProcess | None = None

    def command(self, program: Path, *arguments: str) -> str:
        """What the CLI is told to run, as its `--app`; the first call starts the process."""
        if self._directory is None:
            self._directory = self._start()
        return shlex.join(
            [sys.executable, "-I", "-S", str(_HERE / "client.py"), str(self._directory / "s"), str(program), *arguments]
        )

    def _start(self) -> Path:
        # Not below pytest's own folder: the path of a socket may not be long.
        directory = Path(tempfile.mkdtemp(prefix="cdk-"))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        with (directory / "log").open("wb") as log:
            self._process = GuardedProcess(
                [sys.executable, str(_HERE / "server.py"), str(directory / "s")], env=environment, cwd=_ROOT, output=log
            )
        deadline = time.monotonic() + _START_TIMEOUT
        while not (directory / "s").exists():
            if not self._process.running or time.monotonic() > deadline:
                raise RuntimeError(f"it did not start:\n{(directory / 'log').read_text()}")
            time.sleep(0.02)
        return directory

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.end()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)


WARM_CDK = WarmCdk()
