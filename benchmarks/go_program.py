"""The contenders in Go: one program, built where there is Go, which is told to rewrite one table and then another."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .contenders import Contender

_CLIENT: Final = "github.com/aws/aws-sdk-go-v2/service/dynamodb"
_PROGRAM: Final = Path(__file__).parents[1] / ".bench" / "contenders"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Seconds of the processor and of the clock that a contender took, and the most memory it had, in bytes."""

    cpu: float
    seconds: float
    peak: int


def is_built() -> bool:
    """Whether there is anything to measure."""
    return _PROGRAM.exists()


def versions() -> dict[str, str]:
    """Of Go and of its SDK's client, as far as it is built."""
    if not is_built():
        return {}
    done = subprocess.run([_PROGRAM, "versions"], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return {"Go": found["go"], "aws-sdk-go-v2/service/dynamodb": found[_CLIENT]}


@contextmanager
def ready(contender: Contender, endpoint: str, table: str, warm_up: str) -> Iterator[Callable[[], Taken]]:
    """Warmed up; what is given rewrites *table*."""
    process = subprocess.Popen(
        [_PROGRAM, contender.name, endpoint, table, warm_up],
        # One core, as everybody has.
        env={**os.environ, "GOMAXPROCS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise SystemExit(f"bench: {contender.name} failed, as it says above")

        def run() -> Taken:
            out, _ = process.communicate("go\n")
            if process.returncode:
                raise SystemExit(f"bench: {contender.name} failed, as it says above")
            return Taken(**json.loads(out))

        yield run
