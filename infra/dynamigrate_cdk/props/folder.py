"""The prop `migrations`: a folder that is there, wherever the app is started."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import InvalidProp

_HOW = 'Give it from the app\'s own file: migrations=Path(__file__).parent / "migrations".'


def existing_folder(where: str, migrations: object) -> Path:
    """
    The folder that the prop names, as an absolute path.

    Raises:
        InvalidProp: It is no path, or there is no folder of that name; the message says where it was looked for.
    """
    if not isinstance(migrations, (str, os.PathLike)):
        raise InvalidProp(where, f"migrations is {migrations!r}.", _HOW)
    given = Path(os.fsdecode(migrations))
    folder = given.resolve()
    if folder.is_dir():
        return folder
    found = "is no folder" if folder.exists() else "is not there"
    if given.is_absolute():
        raise InvalidProp(where, f"migrations is {str(given)!r}, which {found}.", _HOW)
    raise InvalidProp(
        where,
        f"migrations is {str(given)!r}, and {folder} {found}: a relative folder is looked for from where the app is "
        f"started, here {Path.cwd()}.",
        _HOW,
    )
