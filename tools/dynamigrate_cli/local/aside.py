"""Work beside the main thread's."""

from __future__ import annotations

import threading
from collections.abc import Callable


def aside(work: Callable[[], object]) -> Callable[[], None]:
    """
    Begin *work* in a thread. What is returned waits for its end, and raises what it raised.

    An interrupt does not wait for it: it is lost with the process.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - whoever waits for it gets it
            failures.append(failure)

    thread = threading.Thread(target=run, name="aside", daemon=True)
    thread.start()

    def wait() -> None:
        thread.join()
        if failures:
            raise failures[0]

    return wait
