"""
Compile a folder; run as a program of its own, by `bytecode`.

The marshalled form of a string depends on who else in the process refers to it, so a process that has done anything
else before would give other bytes.
"""

from __future__ import annotations

import importlib.util
import py_compile
import sys
from pathlib import Path


def main(root: Path, strictly: set[str]) -> None:
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        if Path(importlib.util.cache_from_source(str(path))).exists():  # as it came from the cache
            continue
        inside = path.relative_to(root)
        try:
            py_compile.compile(
                str(path),
                # The path that a traceback falls back to; the importer puts the real one in its place.
                dfile=inside.as_posix(),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except (py_compile.PyCompileError, RecursionError):
            if inside.parts[0] in strictly:
                raise


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
