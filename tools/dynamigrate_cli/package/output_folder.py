"""The folder that a package is written to: all of it or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from ..faults import Fault, UsedWrongly

# All that a package may have: nothing else is ever replaced.
FILES: Final = (
    "template.json",
    "template.paths.json",
    "after.json",
    "after.paths.json",
    "state.json",
    "function.zip",
    "responder.zip",
)


class OutputFolder:
    """*path*, which is empty, not there, or has an earlier package."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            UsedWrongly: It has files that are no package's, or is none.
        """
        self._path = path
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            found = "a link" if path.is_symlink() else "no folder"
            raise UsedWrongly(f"--out {path} is {found}.", "Name a folder that is empty, or not there yet.")
        others = sorted(one.name for one in path.iterdir() if not _is_packaged(one)) if path.exists() else []
        if others:
            more = f", and {len(others) - 3} more" if len(others) > 3 else ""
            raise UsedWrongly(
                f"--out {path} has files that are of no package: {', '.join(others[:3])}{more}.",
                "Name a folder of its own, such as one that is not there yet. Nothing was written.",
            )

    def write(self, templates: Mapping[str, Any], code: Mapping[str, Path]) -> list[Path]:
        """
        Write these, in the place of an earlier package. Returns the files.

        Args:
            code: The zip files.

        Raises:
            Fault: It can't be written; what was there is as it was.
        """
        try:
            with _beside(self._path) as temporary:
                for name, template in templates.items():
                    text = json.dumps(template, indent=1, ensure_ascii=False)
                    (temporary / name).write_text(f"{text}\n", encoding="utf-8", newline="\n")
                for name, archive in code.items():
                    shutil.copyfile(archive, temporary / name)
                self._replace(temporary)
        except OSError as error:
            raise Fault(
                f"{error.filename or self._path} can't be written: {error.strerror or error}.",
                "Name another folder with --out, or allow this user to. Nothing was written.",
            ) from error
        return [self._path / name for name in FILES if name in {*templates, *code}]

    def _replace(self, temporary: Path) -> None:
        temporary.chmod(0o755)
        if not self._path.exists():
            temporary.rename(self._path)
            return
        old = temporary.with_name(f"{temporary.name}.old")
        self._path.rename(old)
        try:
            temporary.rename(self._path)
        except OSError:
            old.rename(self._path)
            raise
        shutil.rmtree(old)


def _is_packaged(path: Path) -> bool:
    return path.name in FILES and not path.is_dir()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, so that it can take the place of *path* at once; gone at the end, unless it did."""
    path = path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
