"""Compiled files, made at synth, which halve a cold start."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..errors import SynthError, VendoringFailed
from .cache import kept
from .tree import copy_tree, digest

_PROGRAM: Final = Path(__file__).with_name("_compile.py")
_KEPT: Final = "compiled"
# Apps of one machine, and histories of one app, have a folder each.
_NEWEST: Final = 20


def compiled_tree(root: Path, *, strictly: Iterable[str]) -> Path:
    """
    A folder with what is in *root*, and what `compile_tree` puts there; read-only for the caller.

    It takes a process, and few synths find other migrations than the one before, so it is kept; where there is no place
    for that, it is *root* itself.

    Raises:
        SynthError: As in `compile_tree`.
    """
    key = hashlib.sha256(f"{digest(root)} {compiler()}".encode()).hexdigest()[:16]

    def make(folder: Path) -> None:
        copy_tree(root, folder, whole=True)
        folder.parent.chmod(0o700)  # migrations may be nobody else's to read
        compile_tree(folder, strictly=strictly)

    try:
        return kept(f"{_KEPT}-{key}", make, newest=_NEWEST)
    except VendoringFailed:  # an image of a build may have a cache that can only be read
        compile_tree(root, strictly=strictly)
        return root


def compiler() -> str:
    """What decides which compiled files come of a source."""
    return f"{hashlib.sha256(_PROGRAM.read_bytes()).hexdigest()} {sys.version}"


def compile_tree(root: Path, *, strictly: Iterable[str] = ()) -> None:
    """
    Put a compiled file beside every source under *root*: the same bytes on every machine with this Python.

    They are not checked against their source when imported: in a zip file, whose times mean nothing, a check by time
    would never hold. So nothing may change under *root* afterwards.
    """
    done = subprocess.run(  # noqa: S603
        # Without `site`, whose work differs from one environment to the next, and without this folder on the path.
        [sys.executable, "-S", "-P", "-B", str(_PROGRAM), str(root), *strictly],
        env={"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"} | {k: v for k, v in os.environ.items() if k == "SYSTEMROOT"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SynthError(f"The function's code could not be compiled:\n{done.stderr.strip()}")
    for path in root.rglob("__pycache__"):
        path.chmod(0o755)
        for compiled in path.iterdir():
            compiled.chmod(0o644)
