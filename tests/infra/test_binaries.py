"""Compiled modules in a folder of migrations: those that the function can't load are found at synth."""

import re
import struct
import sys
from pathlib import Path
from platform import machine

import pytest

from dynamigrate_cdk import SynthError
from dynamigrate_cdk.asset import Platform
from dynamigrate_cdk.asset.binaries import check_binaries
from tests.infra.wheels import make_wheel

ARM = Platform(python="3.13", architecture="arm64")
X86 = Platform(python="3.13", architecture="x86_64")


def elf(machine: int, *, big: bool = False) -> bytes:
    """The beginning of a file for that processor."""
    words = struct.pack(">HH" if big else "<HH", 3, machine)
    return b"\x7fELF\x02" + (b"\x02" if big else b"\x01") + b"\x01" + bytes(9) + words


ON_ARM, ON_X86 = elf(0xB7), elf(0x3E)
MACH_O = bytes.fromhex("cffaedfe") + bytes(16)
WINDOWS = b"MZ" + bytes(18)

MISFITS: dict[str, tuple[str, bytes, str]] = {
    "another processor, by its name": ("core.cpython-313-x86_64-linux-gnu.so", b"", "Linux on x86_64"),
    "another processor, by its header": ("core.abi3.so", ON_X86, "Linux on x86_64"),
    "another processor, without a tag": ("core.so", ON_X86, "Linux on x86_64"),
    "a library": ("libcore.so.1.2", ON_X86, "Linux on x86_64"),
    "an old processor": ("core.so", elf(0x28), "Linux on armv7l"),
    "a large one": ("core.so", elf(0x16, big=True), "Linux on s390x"),
    "an odd one": ("core.so", elf(0x2A), "Linux on another processor (ELF machine 42)"),
    "a name that is not looked for": ("core.cpython-313-x86_64-linux-gnu.so", ON_ARM, "Linux on x86_64"),
    "another Python": ("core.cpython-311-aarch64-linux-gnu.so", ON_ARM, "Python 3.11"),
    "a Python without the lock": ("core.cpython-313t-aarch64-linux-gnu.so", ON_ARM, "Python 3.13 without the lock"),
    "PyPy": ("core.pypy311-pp73-aarch64-linux-gnu.so", ON_ARM, "PyPy"),
    "Alpine": ("core.cpython-313-aarch64-linux-musl.so", ON_ARM, "Linux with musl (Alpine)"),
    "a Mac, by its name": ("core.cpython-313-darwin.so", b"", "macOS"),
    "a Mac, by its header": ("core.abi3.so", MACH_O, "macOS"),
    "a Mac's library": ("libcore.dylib", MACH_O, "macOS"),
    "Windows": ("core.cp313-win_amd64.pyd", WINDOWS, "Windows"),
    "Windows, by its header": ("core.so", WINDOWS, "Windows"),
}


def check(folder: Path, platform: Platform = ARM) -> None:
    check_binaries(folder, folder, platform)


@pytest.mark.parametrize(("name", "content", "made_for"), MISFITS.values(), ids=MISFITS.keys())
def test_what_cannot_be_loaded_is_an_error(tmp_path: Path, name: str, content: bytes, made_for: str) -> None:
    """It says what the file is for, and what the function has."""
    (tmp_path / "_vendor").mkdir()
    path = tmp_path / "_vendor" / name
    path.write_bytes(content)
    message = f"{path} is made for {made_for}"
    with pytest.raises(SynthError, match=re.escape(message) + r".*, and the function has Python 3\.13 on Linux, arm64"):
        check(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("core.cpython-313-aarch64-linux-gnu.so", ON_ARM),
        ("core.cpython-313-aarch64-linux-gnu.so", b""),
        ("core.abi3.so", ON_ARM),
        ("core.so", ON_ARM),
        ("libcore.so.1", ON_ARM),
        ("core.txt", ON_X86),
        ("script.so.txt", WINDOWS),
    ],
)
def test_what_can_be_loaded_is_none(tmp_path: Path, name: str, content: bytes) -> None:
    """Nor is what is no compiled module."""
    (tmp_path / name).write_bytes(content)
    check(tmp_path)


def test_one_that_fits_is_enough(tmp_path: Path) -> None:
    """A folder may have the module for several platforms, or in Python too: the right one is loaded."""
    for name, content in {
        "core.cpython-313-aarch64-linux-gnu.so": ON_ARM,
        "core.cpython-313-x86_64-linux-gnu.so": ON_X86,
        "core.cpython-312-x86_64-linux-gnu.so": ON_X86,
        "core.cp313-win_amd64.pyd": WINDOWS,
        "slow.cpython-313-darwin.so": MACH_O,
        "slow.py": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
    check(tmp_path)
    check(tmp_path, X86)
    with pytest.raises(
        SynthError, match=r"core\.\S+ is made for .*, and the function has Python 3\.11 on Linux, arm64"
    ):
        check(tmp_path, Platform(python="3.11", architecture="arm64"))


def test_a_real_one_is_read(tmp_path: Path) -> None:
    """The header of a module that this Python itself loads."""
    real = next(found for path in sys.path for found in Path(path).glob("_ssl.*.so"))
    (tmp_path / "mine.so").write_bytes(real.read_bytes())
    this, other = (X86, ARM) if machine() == "x86_64" else (ARM, X86)
    check(tmp_path, this)
    with pytest.raises(SynthError, match=rf"mine\.so is made for Linux on {this.machine}, and the function has"):
        check(tmp_path, other)


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64", True),
        ("cp313-cp313-manylinux_2_17_x86_64", False),
        ("cp312-cp312-manylinux_2_17_aarch64", False),
        ("cp313-cp313-macosx_11_0_arm64", False),
    ],
)
def test_a_wheel_for_another_platform_is_an_error(tmp_path: Path, tag: str, fits: bool) -> None:
    """One that lies in the folder, to be put on `sys.path`."""
    wheel = make_wheel(tmp_path, "fast", tag=tag)
    if fits:
        check(tmp_path)
        return
    with pytest.raises(SynthError, match=rf"{re.escape(str(wheel))} is a wheel for another platform: the function has"):
        check(tmp_path)


def test_a_wheel_without_a_wheels_name_is_told(tmp_path: Path) -> None:
    """It could not be installed either."""
    (tmp_path / "fast.whl").write_bytes(b"")
    with pytest.raises(SynthError, match=r"fast\.whl is not named as wheels are .* Rename it, or take it out"):
        check(tmp_path)
