"""What it was measured on: the class of machine, and the versions. Nothing that names the machine itself."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from . import go_program

PACKAGES: Final = (
    "dynamigrate",
    "boto3",
    "botocore",
    "urllib3",
    "aiodynamo",
    "aiohttp",
    "pydynox",
    "aws-lambda-powertools",
)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """
    Attributes:
        processor: Its class, as it says.
        cores: That this process may use.
        memory: Gigabytes, or 0 where that is not known.
        load: How many processes wanted a core in the minutes before, which is what disturbs a measurement.
    """

    day: str
    processor: str
    cores: int
    memory: int
    system: str
    python: str
    packages: dict[str, str]
    load: float

    @classmethod
    def here(cls) -> Machine:
        return cls(
            day=f"{datetime.now(UTC):%Y-%m-%d}",
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            memory=_memory(),
            system=f"{platform.system()} {platform.machine()}",
            python=f"{platform.python_implementation()} {platform.python_version()}",
            packages={name: version(name) for name in PACKAGES} | go_program.versions(),
            load=round(os.getloadavg()[1], 1),
        )

    def __str__(self) -> str:
        memory = f", {self.memory} GB" if self.memory else ""
        return f"{self.processor}, {self.cores} cores{memory}, {self.system}, {self.python}"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return re.sub(r"\((?:R|TM)\)", "", found[1]).strip() if found else platform.machine()


def _memory() -> int:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3)
    except (ValueError, OSError):
        return 0
