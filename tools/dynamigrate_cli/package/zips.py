"""Zip files that are the same bytes whenever the same files go into them."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# The first that a zip file can say.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16
_ON_UNIX: Final = 3


def write_zip(path: Path, root: Path) -> None:
    """Write all files under *root*, in the order of their names, each readable by everybody and of one time."""
    files = sorted((one.relative_to(root).as_posix(), one) for one in root.rglob("*") if one.is_file())
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, file in files:
            info = ZipInfo(name, _TIME)
            info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, _READABLE, _ON_UNIX
            archive.writestr(info, file.read_bytes())
