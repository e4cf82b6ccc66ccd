"""pip, or uv: whichever installs where the app is synthesized."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ..errors import VendoringFailed
from .cache import CACHE_VARIABLE, cache_folder
from .platform import Platform
from .requirements import Pin, mask

# Settings of a normal install that can't go with --target, or would ask for what the pins do not.
_SETTINGS: Final = {
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_PREFIX": "",
    "PIP_TARGET": "",
    "PIP_NO_BINARY": "",
    "PIP_CONSTRAINT": "",
}
_NO_WHEEL: Final = re.compile(
    r"No matching distribution found for (?P<pip>\S+)"
    r"|(?P<uv>[\w.-]+==[^\s,]+) has no (usable wheels|wheels with)"
    r"|there is no version of (?P<none>[\w.-]+==[^\s,]+)"
)

_OTHER_HASH: Final = re.compile(r"do not match the hashes|hash mismatch", re.IGNORECASE)


def install(
    pins: Sequence[Pin], target: Path, *, what: str, platform: Platform | None = None, options: Sequence[str] = ()
) -> None:
    """
    Install wheels of exactly *pins* into *target*; nothing is built, and nothing else brought along.

    Args:
        what: What is installed, in words, for whoever waits meanwhile.
        platform: What they must run on; None: they run anywhere.
        options: Where to look, as lines of a file of requirements.

    Raises:
        VendoringFailed: A wheel can't be had; the message says what to do about it.
    """
    command = _installer()
    print(f"dynamigrate: installing {what}, once, into {cache_folder()}", file=sys.stderr)  # noqa: T201
    uv = command[1:2] == ["pip"]
    with TemporaryDirectory(prefix="dynamigrate-") as folder:
        # In a file, which only this user may read: the command line is there for everybody to see.
        listed = Path(folder, "requirements.txt")
        hosts = [line.split()[1] for line in options if line.startswith("--trusted-host")] if uv else []
        kept = [line for line in options if not (uv and line.startswith("--trusted-host"))]
        listed.write_text("\n".join([*kept, *(pin.to_line() for pin in pins), ""]), encoding="utf-8")
        arguments = ["--no-deps", "--only-binary", ":all:", "--quiet", "--target", str(target)]
        if any(pin.hashes for pin in pins):
            arguments.append("--require-hashes")
        if platform is not None:
            arguments += _for_uv(platform) if uv else _for_pip(platform)
        for host in hosts:
            arguments += ["--allow-insecure-host", host]
        done = subprocess.run(  # noqa: S603
            [*command, *arguments, "-r", str(listed)],
            env=os.environ | _SETTINGS,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode != 0:
        raise VendoringFailed(_explanation(done.returncode, done.stderr, platform))


def _for_pip(platform: Platform) -> list[str]:
    arguments = ["--implementation", "cp", "--python-version", platform.python]
    for name in platform.wheel_platforms:
        arguments += ["--platform", name]
    return arguments


def _for_uv(platform: Platform) -> list[str]:
    return ["--python-version", platform.python, "--python-platform", platform.uv_platform]


def _installer() -> list[str]:
    """pip of the Python that synthesizes, or uv, whose environments come without pip."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise VendoringFailed(
        f"The function's dependencies can't be installed: {sys.executable} has no pip, and there is no uv on the PATH. "
        f"Run {sys.executable} -m ensurepip, or install uv."
    )


def _explanation(code: int, stderr: str, platform: Platform | None) -> str:
    last = "\n".join(f"    {line}" for line in mask(stderr).strip().splitlines()[-6:])
    failed = f"The function's dependencies could not be installed (exit code {code}):\n{last}\n"
    if _OTHER_HASH.search(stderr):
        return (
            f"{failed}What the index has is not the file whose hash is pinned. Find out why; if it is right, write the "
            "hashes anew, with `uv pip compile --generate-hashes` or `pip-compile --generate-hashes`."
        )
    missing = _NO_WHEEL.search(" ".join(stderr.split()))
    if missing is not None and platform is not None:
        name = next(value for value in missing.groupdict().values() if value)
        return (
            f"{failed}There is no wheel of {name} for {platform} where it was looked for, or no such version. Pin a "
            "version that has one (its list of files in the index shows it), have the function run where there is one "
            f"(architecture=, runtime=), or build one (`pip wheel --no-deps -w wheels {name}`; where it is compiled, on "
            "such a system) and name its folder with a line "
            "`--find-links wheels`. Nothing is built here."
        )
    return (
        f"{failed}The first synth on a machine needs the package index, or a mirror that is configured for pip or uv. "
        f"Without either, copy {cache_folder()} from a machine that has it, or set {CACHE_VARIABLE} to a copy."
    )
