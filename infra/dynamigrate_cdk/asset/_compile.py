"""
Compile a folder; run as a program of its own, by `bytecode`.

The marshalled form of a string depends on who else in the process refers to it, so a process that has done anything
else before would give other bytes.
"""

from __future__ import annotations

import py_compile
import sys
from pathlib import Path


def main(root: Path) -> None:
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        py_compile.compile(
            str(path),
            # The path that a traceback falls back to; the importer puts the real one in its place.
            dfile=path.relative_to(root).as_posix(),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
