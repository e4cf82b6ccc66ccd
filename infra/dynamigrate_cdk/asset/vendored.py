"""
The engine's dependencies: installed once from a lock file with hashes, then kept in a folder of the user's.

No Docker: all of them are pure Python, so one wheel fits every machine and every architecture of Lambda.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

from .cache import kept
from .installed import copy_installed
from .installer import install
from .platform import Platform
from .requirements import read_requirements

LOCK: Final = Path(__file__).with_name("vendored.lock")

# Powertools is mostly event handlers and utilities; its Logger, Metrics and Tracer need none of them but these.
_DROPPED: Final = ("aws_lambda_powertools/event_handler",)
_UTILITIES: Final = "aws_lambda_powertools/utilities"
_KEPT_UTILITIES: Final = ("__init__.py", "jmespath_utils", "typing")
# Scanners of deployed code (Amazon Inspector, for one) find packages by METADATA, licenses ask to be kept, and
# plug-ins are found by their entry points. The other files name the installer and its paths.
_KEPT_DIST_INFO: Final = ("METADATA", "entry_points.txt", "licenses")
_LICENSES: Final = ("AUTHORS", "COPYING", "LICENCE", "LICENSE", "NOTICE")
PRUNING: Final = repr((_KEPT_DIST_INFO, _LICENSES))

# The packages run anywhere, so any platform will do to read the lock with.
_ANY: Final = Platform(python="3.13", architecture="x86_64")


def vendored() -> Path:
    """
    The folder with the engine's dependencies, as they go into the asset; read-only for the caller.

    They are copied from beside the construct, where the very versions are installed there; else only the first call
    on a machine needs the network.

    Raises:
        VendoringFailed: They could not be installed, or there is no place to keep them.
    """
    return kept(f"vendored-{_key()}", _install)


def prune(root: Path) -> None:
    """Remove what differs from one machine to the next, and programs, which nothing in the function starts."""
    notes = [path for info in root.glob("*.dist-info") for path in info.iterdir() if not _is_kept(path.name)]
    for path in [*notes, *root.rglob("__pycache__"), root / "bin", root / ".lock"]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def is_dropped(module: str) -> bool:
    """Whether *module*, with its dots, is of Powertools and not in the asset."""
    path = module.replace(".", "/")
    if any(path == one or path.startswith(f"{one}/") for one in _DROPPED):
        return True
    inside = path.removeprefix(f"{_UTILITIES}/")
    return inside != path and inside.partition("/")[0] not in _KEPT_UTILITIES


def _key() -> str:
    rules = repr((_DROPPED, _UTILITIES, _KEPT_UTILITIES, PRUNING))
    return hashlib.sha256(LOCK.read_bytes() + rules.encode()).hexdigest()[:16]


def _install(root: Path) -> None:
    root.mkdir(parents=True)
    if missing := copy_installed(read_requirements(LOCK, _ANY).pins, root):
        install(missing, root, what="the function's dependencies")
    for name in _DROPPED:
        shutil.rmtree(root / name, ignore_errors=True)
    for path in (root / _UTILITIES).iterdir():
        if path.name not in _KEPT_UTILITIES:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    prune(root)


def _is_kept(name: str) -> bool:
    return name in _KEPT_DIST_INFO or name.upper().startswith(_LICENSES)
