"""Zip files that are the same bytes whenever the same files go into them, as far as zlib is the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from .tree import files

# The first that a zip file can say.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
# Of whatever rights they are here: the function's user must be able to read what another wrote.
_READABLE: Final = 0o100644 << 16
_ON_UNIX: Final = 3


def write_archive(path: Path, root: Path, *, upon: Path | None = None, note: tuple[str, bytes] | None = None) -> None:
    """
    Write all files under *root* to a zip file, in the order of their names, each readable by everybody and of one time.

    Args:
        upon: A zip file whose files come first, as they are there; none of them is under *root*.
        note: The name and the content of a file that comes last.
    """
    if upon is not None:
        shutil.copyfile(upon, path)
    with ZipFile(path, "w" if upon is None else "a", ZIP_DEFLATED) as archive:
        for name in files(root):
            archive.writestr(_info(name), (root / name).read_bytes())
        if note is not None:
            archive.writestr(_info(note[0]), note[1])


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _TIME)
    info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, _READABLE, _ON_UNIX
    return info
