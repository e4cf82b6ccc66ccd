"""The real CDK command line, from `node_modules`."""

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
        FileNotFoundError: without `node_modules`.
        TimeoutError: with what it had printed last.
    """
    cdk = PROJECT / "node_modules" / ".bin" / "cdk"
    if not cdk.exists():
        raise FileNotFoundError(f"{cdk} is missing: run `make setup` in {PROJECT}.")
    command = [str(cdk), *arguments, "--no-notices", "--no-version-reporting", "--no-color"]
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
