"""The real CDK command line."""

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .environment import PROJECT
from .process import GuardedProcess

_POLLING = Path(__file__).with_name("polling.cjs")


@dataclass(frozen=True, kw_only=True)
class CdkResult:
    """What came of one command: *output* is all that the terminal would have shown, *seconds* the wall clock's."""

    returncode: int
    output: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.returncode == 0


def find_cdk(cwd: Path, env: Mapping[str, str]) -> Path:
    """
    The CLI of the app in *cwd*: that of the nearest `node_modules`, as npx has it, else the one on the path.

    Raises:
        FileNotFoundError: There is none.
    """
    for folder in (cwd.resolve(), *cwd.resolve().parents, PROJECT):
        if (found := folder / "node_modules" / ".bin" / "cdk").exists():
            return found
    if on_path := shutil.which("cdk", path=env.get("PATH")):
        return Path(on_path)
    raise FileNotFoundError(
        "The CDK command line (cdk) is neither in node_modules nor on the path. Install it: npm install aws-cdk@2, in "
        "the folder of the app."
    )


def run_cdk(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    app: str | None,
    context: Mapping[str, str],
    output_directory: Path | None,
    on_line: Callable[[str], None] | None,
    timeout: float,
) -> CdkResult:
    """
    Run the CLI to its end, or until *timeout* seconds are over.

    Raises:
        FileNotFoundError: without the CLI.
        TimeoutError: with what it had printed last.
    """
    command = [str(find_cdk(cwd, env)), *arguments, "--no-notices", "--no-version-reporting", "--no-color"]
    if app is not None:
        command += ["--app", app]
    if output_directory is not None:
        command += ["--output", str(output_directory)]
    for name, value in context.items():
        command += ["--context", f"{name}={value}"]

    options = f'{env.get("NODE_OPTIONS", "")} --require "{_POLLING}"'
    started = time.monotonic()
    process = GuardedProcess(command, env={**env, "NODE_OPTIONS": options.strip()}, cwd=cwd)
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    timer = threading.Timer(timeout, expire)
    timer.daemon = True
    timer.start()
    lines: list[str] = []
    try:
        for raw in process.output:
            lines.append(raw.decode("utf-8", errors="replace"))
            if on_line is not None:
                on_line(lines[-1].rstrip("\n"))
        returncode = process.wait()
    finally:
        timer.cancel()
        process.end()
    if expired.is_set():
        said = "".join(lines[-20:])
        raise TimeoutError(f"`cdk {' '.join(arguments)}` did not end within {timeout:.0f} s. It said last:\n{said}")
    return CdkResult(returncode=returncode, output="".join(lines), seconds=time.monotonic() - started)
