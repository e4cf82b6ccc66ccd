"""Fresh processes of each program, in turns."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..cores import CLIENT_CORE, pin
from ..machine import Machine
from ..scale import Scale
from ..turns import Say

_BARE: Final = Path(__file__).with_name("bare.py")
_OURS: Final = "dynamigrate_cli"

BARE, HELP, COMMAND, IDS, PYTHON = "bare", "help", "command", "ids", "python"
# What each runs, after the interpreter.
COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    BARE: (str(_BARE), "--help"),
    HELP: ("-m", _OURS, "--help"),
    COMMAND: ("-m", _OURS, "status", "--help"),
    IDS: ("-m", _OURS),
    PYTHON: ("-c", "pass"),
}
# A shell asks like that what may follow `dynamigrate to`.
_ASKS: Final = {"_DYNAMIGRATE_COMPLETE": "complete_bash", "COMP_WORDS": "dynamigrate to ", "COMP_CWORD": "2"}


@dataclass(frozen=True, kw_only=True)
class StartUps:
    """
    Attributes:
        seconds: By what was run: from its start to its end, round by round.
    """

    machine: Machine
    seconds: Mapping[str, Sequence[float]]

    @property
    def rounds(self) -> int:
        return len(self.seconds[BARE])


def measure_start_ups(scale: Scale, say: Say) -> StartUps:
    """One process of each in each round, after one round that leaves compiled files and warm caches."""
    machine = Machine.here()
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(scale.starts + 1):
        for name, arguments in COMMANDS.items():
            seconds = _run(arguments, _ASKS if name == IDS else {})
            if number:
                found[name].append(seconds)
    for name, rounds in found.items():
        say(f"  {name}: {min(rounds) * 1000:.0f} to {max(rounds) * 1000:.0f} ms")
    return StartUps(machine=machine, seconds=found)


def _run(arguments: Sequence[str], more: Mapping[str, str]) -> float:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**kept, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
        preexec_fn=lambda: pin(0, CLIENT_CORE),
    )
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(arguments)} failed, as it says above")
    return time.perf_counter() - began
