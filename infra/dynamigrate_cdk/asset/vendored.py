"""
The function's dependencies: installed once from a lock file with hashes, then kept in a folder of the user's.

No Docker: all of them are pure Python, so one wheel fits every machine and every architecture of Lambda.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from ..errors import VendoringFailed
from .tree import digest

CACHE_VARIABLE: Final = "DYNAMIGRATE_CACHE_DIR"
LOCK: Final = Path(__file__).with_name("vendored.lock")

# Powertools is mostly event handlers and utilities; its Logger, Metrics and Tracer need none of them but these.
_DROPPED: Final = ("aws_lambda_powertools/event_handler", "bin")
_UTILITIES: Final = "aws_lambda_powertools/utilities"
_KEPT_UTILITIES: Final = ("__init__.py", "jmespath_utils", "typing")
# Scanners of deployed code (Amazon Inspector, for one) find packages by METADATA, and licenses ask to be kept. The
# other files name the installer and its paths.
_KEPT_DIST_INFO: Final = ("METADATA", "licenses")

_FILES = "files"
_DIGEST = "digest"


def vendored() -> Path:
    """
    The folder with the dependencies, as they go into the asset; read-only for the caller.

    Only the first call on a machine needs the network: it installs, and keeps the result under a name made from the
    lock. What is kept is compared to its digest each time, so a damaged copy is replaced.

    Raises:
        VendoringFailed: It could not be installed, or there is no place to keep it.
    """
    kept = cache_folder() / f"vendored-{_key()}"
    if not _is_whole(kept):
        _install(kept)
    return kept / _FILES


def cache_folder() -> Path:
    """Where dependencies are kept: what the environment says, else the user's cache folder."""
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given).expanduser().resolve()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "dynamigrate"


def _key() -> str:
    kept = repr((_DROPPED, _UTILITIES, _KEPT_UTILITIES, _KEPT_DIST_INFO))
    return hashlib.sha256(LOCK.read_bytes() + kept.encode()).hexdigest()[:16]


def _is_whole(kept: Path) -> bool:
    try:
        return (kept / _DIGEST).read_text(encoding="utf-8") == digest(kept / _FILES)
    except OSError:
        return False


def _install(kept: Path) -> None:
    """Make *kept* in one step, so that a synth that runs beside this one sees all of it or nothing."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix="vendoring-", dir=kept.parent))
    except OSError as error:
        raise VendoringFailed(
            f"The function's dependencies can't be kept in {kept.parent}: {error}. "
            f"Set {CACHE_VARIABLE} to a folder that can be written."
        ) from error
    try:
        print(f"dynamigrate: installing the function's dependencies, once, into {kept}", file=sys.stderr)  # noqa: T201
        new = work / "new"
        _run_installer(new / _FILES)
        _prune(new / _FILES)
        (new / _DIGEST).write_text(digest(new / _FILES), encoding="utf-8")
        if kept.exists() and not _is_whole(kept):
            kept.rename(work / "damaged")
        try:
            new.rename(kept)
        except OSError:
            if not _is_whole(kept):  # else another synth was first
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run_installer(target: Path) -> None:
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--quiet", "--target", str(target)]
    done = subprocess.run(  # noqa: S603
        [*_installer(), *options, "-r", str(LOCK)],
        # Settings for a normal install that can't go with --target.
        env=os.environ | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_PREFIX": "", "PIP_TARGET": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        last = "\n".join(f"    {line}" for line in done.stderr.strip().splitlines()[-6:])
        raise VendoringFailed(
            f"The function's dependencies could not be installed (exit code {done.returncode}):\n{last}\n"
            "The first synth on a machine needs the package index, or a mirror that pip is configured for. Without "
            f"either, copy {cache_folder()} from a machine that has it, or set {CACHE_VARIABLE} to a copy."
        )


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


def _prune(root: Path) -> None:
    for name in _DROPPED:
        shutil.rmtree(root / name, ignore_errors=True)
    unused = [path for path in (root / _UTILITIES).iterdir() if path.name not in _KEPT_UTILITIES]
    installer = [
        path for info in root.glob("*.dist-info") for path in info.iterdir() if path.name not in _KEPT_DIST_INFO
    ]
    for path in [*unused, *installer, *root.rglob("__pycache__"), root / ".lock"]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
