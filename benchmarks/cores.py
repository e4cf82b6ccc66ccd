"""Which core does what: the client has one to itself, and the stub another."""

from __future__ import annotations

import os
from typing import Final

CLIENT_CORE: Final = 0
SERVER_CORE: Final = 1


def pin(pid: int, core: int) -> None:
    """Keep a process, and what it starts from now on, on one core. 0 is this process."""
    if can_pin():
        os.sched_setaffinity(pid, {sorted(os.sched_getaffinity(0))[core]})


def can_pin() -> bool:
    """Linux can, with two cores or more."""
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > SERVER_CORE
