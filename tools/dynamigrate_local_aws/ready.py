"""The moment at which the emulator answers."""

import time
import urllib.request
from pathlib import Path

from .process import GuardedProcess

_START_TIMEOUT = 60.0


def wait_until_ready(process: GuardedProcess, port_file: Path) -> str:
    """
    Where it answers, as soon as it does.

    Raises:
        TimeoutError: It ended, or does not answer.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_TIMEOUT
    while process.running and time.monotonic() < deadline:
        try:
            endpoint_url = f"http://127.0.0.1:{int(port_file.read_text(encoding='ascii'))}"
            with direct.open(f"{endpoint_url}/_ministack/ready", timeout=5):
                return endpoint_url
        except (OSError, ValueError):  # not there yet; an HTTP error is an OSError
            time.sleep(0.05)
    raise TimeoutError("no answer in time" if process.running else "it ended")
