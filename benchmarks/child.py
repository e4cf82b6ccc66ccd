"""Measuring in a process of its own, so that nothing one measurement loads or leaves behind reaches the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from .cores import CLIENT_CORE, pin
from .credentials import ENVIRONMENT

ROOT: Final = Path(__file__).parents[1]


def run_module(module: str, *arguments: object) -> Any:
    """What ``python -m benchmarks.MODULE ARGUMENTS`` prints, which is JSON."""
    return _run(["-m", f"benchmarks.{module}", *map(str, arguments)], {})


def run_program(program: Path, *arguments: object, environment: Mapping[str, str]) -> Any:
    """What *program* prints, which is JSON; it sees *environment*, and of this repository only what that names."""
    return _run(["-P", str(program), *map(str, arguments)], environment)


def start_module(module: str, *arguments: object) -> subprocess.Popen[bytes]:
    """``python -m benchmarks.MODULE ARGUMENTS``, beside others of its kind on their core; it has yet to end."""
    return subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
        cwd=ROOT,
        env={**_inherited(), **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: pin(0, CLIENT_CORE),  # noqa: PLW1509 - no other thread runs here
    )


def _run(arguments: list[str], environment: Mapping[str, str]) -> Any:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**_inherited(), **ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
        preexec_fn=lambda: pin(0, CLIENT_CORE),
    )
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(arguments)} failed, as it says above")
    return json.loads(done.stdout.splitlines()[-1])


def _inherited() -> dict[str, str]:
    """Without what would change how Python, the SDK or Powertools behaves, or be in no function's environment."""
    strange = ("AWS_", "POWERTOOLS_", "PYTHON", "REQUESTS_CA_BUNDLE")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(strange) and not name.upper().endswith("_PROXY")
    }
