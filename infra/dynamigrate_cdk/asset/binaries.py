"""Compiled modules and wheels in a folder of migrations: whether the function can load them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from packaging.utils import InvalidWheelFilename

from ..errors import SynthError
from .packages import fits
from .platform import Platform

_SHARED: Final = re.compile(r"\.(so(\.\d+)*|pyd|dylib)$", re.IGNORECASE)
_MACHINES: Final = {
    0x03: "i686",
    0x15: "ppc64le",
    0x16: "s390x",
    0x28: "armv7l",
    0x3E: "x86_64",
    0xB7: "aarch64",
    0xF3: "riscv64",
}
_MACH_O: Final = tuple(
    bytes.fromhex(magic) for magic in ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe", "bebafeca")
)
_LINUX_TAG: Final = re.compile(r"(?P<machine>[a-z0-9_]+)-linux-(?P<libc>gnu|musl)\w*$")
_PYTHON_TAG: Final = re.compile(r"(?P<implementation>cpython-|cp|pypy)(?P<major>3)(?P<minor>\d+)(?P<abi>t?)")


def check_binaries(root: Path, shown: Path, platform: Platform) -> None:
    """
    Look at each file in *root* that is compiled: its header, and what its name says.

    A file that the function can't load is no mistake where the same module is also there in a form that it can.

    Args:
        root: The folder of migrations as it is deployed.
        shown: Where the user has it, for messages.

    Raises:
        SynthError: The function can't load one; the message says what it is made for, and what the function has.
    """
    shared: dict[Path, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        if path.is_dir():
            continue
        if path.suffix == ".whl":
            _check_wheel(path, shown / path.relative_to(root), platform)
        elif _SHARED.search(path.name):
            shared.setdefault(path.with_name(path.name.partition(".")[0]), []).append(path)
    for module, paths in sorted(shared.items()):
        made_for = {path: _misfit(path, platform) for path in sorted(paths)}
        if None in made_for.values() or module.with_suffix(".py").is_file():
            continue
        path, other = next((path, other) for path, other in made_for.items() if other is not None)
        raise SynthError(
            f"{shown / path.relative_to(root)} is made for {other}, and the function has {platform}, so it could not be loaded. Replace it by one "
            f"for that, or pin its package in {shown / 'requirements.txt'}, which brings the right one; or give the "
            "function the other architecture or runtime."
        )


def _check_wheel(path: Path, shown: Path, platform: Platform) -> None:
    try:
        if fits(path, platform):
            return
    except InvalidWheelFilename as error:
        raise SynthError(f"{shown} is not named as wheels are ({error}). Rename it, or take it out.") from error
    raise SynthError(
        f"{shown} is a wheel for another platform: the function has {platform}. Replace it by one for that, or pin its "
        "package in a requirements.txt, which brings the right one. A folder of wheels for several platforms is "
        "named there with --find-links."
    )


def _misfit(path: Path, platform: Platform) -> str | None:
    """What *path* is made for, if the function can't load it."""
    with path.open("rb") as file:
        header = file.read(20)
    tags = path.name.split(".")[1:-1]
    if path.suffix.lower() == ".pyd" or header.startswith(b"MZ"):
        return "Windows"
    if path.suffix.lower() == ".dylib" or header.startswith(_MACH_O) or any(tag.endswith("darwin") for tag in tags):
        return "macOS"
    machine = _machine(header)
    if machine is not None and machine != platform.machine:
        return f"Linux on {machine}"
    return next((other for tag in tags if (other := _other_tag(tag, platform))), None)


def _machine(header: bytes) -> str | None:
    """What an ELF file's header says it runs on."""
    if not header.startswith(b"\x7fELF") or len(header) < 20:
        return None
    number = int.from_bytes(header[18:20], "little" if header[5] == 1 else "big")
    return _MACHINES.get(number, f"another processor (ELF machine {number})")


def _other_tag(tag: str, platform: Platform) -> str | None:
    """A part of the name that Python does not look for there, whatever the file holds; None: there is none."""
    linux = _LINUX_TAG.search(tag)
    if linux and linux["machine"] != platform.machine:
        return f"Linux on {linux['machine']}"
    if linux and linux["libc"] == "musl":
        return "Linux with musl (Alpine)"
    python = _PYTHON_TAG.match(tag)
    if python is None:
        return None
    if python["implementation"] == "pypy":
        return "PyPy"
    version = f"{python['major']}.{python['minor']}"
    if version != platform.python or python["abi"]:
        return f"Python {version}{' without the lock (free-threaded)' if python['abi'] else ''}"
    return None
