"""What is linted, as it is named at the keyboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .errors import LintError
from .finding import Finding
from .lint import lint
from .settings import codes, read_settings


def lint_paths(
    paths: Iterable[Path | str],
    *,
    against: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    tables: Mapping[str, object] | None = None,
) -> tuple[Finding, ...]:
    """
    What is found in the folders *paths*, by the settings and the tables of the ``pyproject.toml`` above each; of a file,
    the folder that it is a migration or a helper of.

    Args:
        select: Codes instead of those that the settings select.
        ignore: Codes beside those that the settings ignore.
        tables: The names in `ctx.tables`; None: what the file says, or they are not known.

    Raises:
        LintError: There is no such folder, a setting can't be what it is, or there is nothing to compare with.
    """
    found: list[Finding] = []
    for folder in dict.fromkeys(map(_folder_of, map(Path, paths))):
        settings, table = read_settings(folder)
        if select:
            settings = replace(settings, select=codes(list(select), "--select"))
        if ignore:
            settings = replace(settings, ignore=(*settings.ignore, *codes(list(ignore), "--ignore")))
        named = table.get("tables") if tables is None else tables
        known = named if isinstance(named, Mapping) else None
        found.extend(lint(folder, settings=settings, against=against, tables=known))
    return tuple(found)


def _folder_of(path: Path) -> Path:
    if not path.exists():
        raise LintError(f"There is no {path}.", "Name the folder that holds the migrations.")
    if path.is_dir():
        return path
    folder = path.parent
    while folder.name.startswith("_"):  # a folder of helpers
        folder = folder.parent
    return folder
