"""The function's own code, compiled: the engine and its dependencies, once for each version of them."""

from __future__ import annotations

import hashlib
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Final

from .bytecode import compile_tree
from .cache import cache_folder, kept
from .tree import copy_any, copy_tree, digest

_KEPT: Final = "compiled"
# Of other versions: apps of one machine may have one each. Whoever works on the engine makes one with each change.
_MOST_OTHERS: Final = 4


def own_code(engine: Path, dependencies: Path) -> Path:
    """
    The folder with *engine* and *dependencies*, each source with its compiled file; read-only for the caller.

    To compile them is most of what putting the code together takes, and what comes of it depends on their sources and this Python alone.

    Raises:
        VendoringFailed: There is no place to keep it.
        SynthError: It could not be compiled.
    """
    sources = f"{digest(engine, whole=False)} {digest(dependencies)} {sys.version}"
    key = hashlib.sha256(sources.encode()).hexdigest()[:16]
    return kept(f"{_KEPT}-{key}", partial(_compile, engine=engine, dependencies=dependencies))


def _compile(root: Path, *, engine: Path, dependencies: Path) -> None:
    _forget_others()
    root.mkdir(parents=True)
    for source in dependencies.iterdir():
        copy_any(source, root / source.name)
    copy_tree(engine, root / engine.name)
    compile_tree(root, strictly=(engine.name,))


def _forget_others() -> None:
    """All but the newest ones; what can't be removed stays."""
    others = sorted(cache_folder().glob(f"{_KEPT}-*"), key=lambda place: place.stat().st_mtime, reverse=True)
    for place in others[_MOST_OTHERS:]:
        shutil.rmtree(place, ignore_errors=True)
