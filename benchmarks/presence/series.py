"""Each app is synthesized, deployed, and deployed once more with nothing pending, in turns."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dynamigrate_local_aws import LocalAws

from ..machine import Machine
from ..scale import Scale
from ..turns import Say
from .counts import Counts
from .variants import ALL, DEPLOYED, Variant

_APP: Final = Path(__file__).with_name("app")
_STACK: Final = "Shop"


@dataclass(frozen=True, kw_only=True)
class Synth:
    """
    One synth by a fresh process.

    Attributes:
        seconds: By the clock.
        cpu: Seconds of processors, those of the Node that CDK runs in included.
    """

    seconds: float
    cpu: float


@dataclass(frozen=True, kw_only=True)
class Deploys:
    """
    One app, by the clock of the CDK command line.

    Attributes:
        first: Seconds of the first deploy, and *again* of one with nothing pending.
    """

    first: float
    again: float


@dataclass(frozen=True, kw_only=True)
class Presences:
    """
    Attributes:
        synths, deploys: By the variant's name, round by round.
        counts: By the variant's name.
        cdk: The version of the library.
    """

    machine: Machine
    synths: Mapping[str, Sequence[Synth]]
    deploys: Mapping[str, Sequence[Deploys]]
    counts: Mapping[str, Counts]
    cdk: str

    @property
    def rounds(self) -> int:
        return min(len(found) for found in self.deploys.values())


def measure_presences(scale: Scale, say: Say) -> Presences:
    """One of each in each round, after one synth of each that leaves compiled files and warm caches."""
    machine = Machine.here()
    synths: dict[str, list[Synth]] = {variant.name: [] for variant in ALL}
    deploys: dict[str, list[Deploys]] = {variant.name: [] for variant in DEPLOYED}
    counts = {}
    with TemporaryDirectory(prefix="dynamigrate-bench-") as temporary, LocalAws.start() as aws:
        folder = Path(temporary)
        for variant in ALL:
            _synthesized(variant, folder / variant.name)
            counts[variant.name] = Counts.of(folder / variant.name, _STACK)
            say(f"  {variant.title}: {counts[variant.name].resources} resources")
        aws.bootstrap()
        for number in range(scale.deploys):
            # Those that are compared come one after the other, now the one first and now the other: a machine that is
            # slow for a while favours neither.
            for variant in ALL[:: -1 if number % 2 else 1]:
                synth = _synthesized(variant, folder / variant.name)
                synths[variant.name].append(synth)
                told = f"synth {synth.seconds:.1f} s ({synth.cpu:.1f} s of processors)"
                if variant in DEPLOYED:
                    found = _deployed(aws, variant, f"{variant.name}-{number}", folder / "cdk.out")
                    deploys[variant.name].append(found)
                    told += f", first deploy {found.first:.1f} s, another {found.again:.1f} s"
                say(f"  {variant.title}: {told}")
    return Presences(machine=machine, synths=synths, deploys=deploys, counts=counts, cdk=version("aws-cdk-lib"))


def _synthesized(variant: Variant, folder: Path) -> Synth:
    """As the CDK command line has it done, without that."""
    environment = {
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps({"variant": variant.name, "stack": _STACK}),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": _node(),
    }
    before, began = _children(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=_APP,
        env={**_kept(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench: the app of {variant.title} could not be synthesized, as it says above")
    return Synth(seconds=time.perf_counter() - began, cpu=_children() - before)


def _deployed(aws: LocalAws, variant: Variant, stack: str, output: Path) -> Deploys:
    """To a stack that is not there yet."""
    seconds = []
    for _ in range(2):
        result = aws.cdk(
            "deploy",
            "--require-approval",
            "never",
            "--method",
            "direct",
            cwd=_APP,
            app="python3 app.py",
            context={"variant": variant.name, "stack": stack},
            output_directory=output,
        )
        if not result.ok:
            raise SystemExit(f"bench: the deploy of {variant.title} failed:\n{result.output}")
        seconds.append(result.seconds)
    first, again = seconds
    return Deploys(first=first, again=again)


def _children() -> float:
    """Seconds of processors that processes begun here have used, once they have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _kept() -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "XDG_CACHE_HOME")
    return {name: os.environ[name] for name in names if name in os.environ}


def _node() -> str:
    """Its major version: CDK warns of an old one on every synth."""
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return told.lstrip("v").partition(".")[0]
