"""Which core does what: the client has one to itself, and the stub another. And who else uses them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

CLIENT_CORE: Final = 0
SERVER_CORE: Final = 1
_STAT: Final = Path("/proc/stat")
# The columns of a core in proc(5) that are no work: idle and iowait. Guests' time is in user's and nice's already.
_IDLE: Final = (3, 4)
_COUNTED: Final = 8


def pin(pid: int, core: int) -> None:
    """Keep a process, and what it starts from now on, on one core. 0 is this process."""
    if can_pin():
        os.sched_setaffinity(pid, {core_number(core)})


def core_number(core: int) -> int:
    """Of one of ours, as the machine counts them."""
    return sorted(os.sched_getaffinity(0))[core]


def can_pin() -> bool:
    """Linux can, with two cores or more."""
    return hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > SERVER_CORE


def own_core() -> int | None:
    """The one that this process is kept on, if it is kept on one and the machine tells what a core does."""
    if not (_STAT.exists() and hasattr(os, "sched_getaffinity")):
        return None
    cores = os.sched_getaffinity(0)
    return next(iter(cores)) if len(cores) == 1 else None


def busy_seconds(cores: Iterable[int]) -> list[float]:
    """How long each of *cores* has been at work since the machine began, whoever used it; the hypervisor's too."""
    wanted = [f"cpu{core}" for core in cores]
    if not wanted:
        return []
    lines = {name: figures for name, *figures in map(str.split, _STAT.read_text(encoding="ascii").splitlines())}
    ticks = os.sysconf("SC_CLK_TCK")
    return [
        sum(int(text) for column, text in enumerate(lines[name][:_COUNTED]) if column not in _IDLE) / ticks
        for name in wanted
    ]
