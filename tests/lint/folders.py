"""Folders of migrations, for the linter."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dynamigrate_lint import Finding, Settings, lint

NAME = "20261123090000_documented.py"


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """The folder, with these files in it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def found_in(
    folder: Path, source: str, *, helpers: Mapping[str, str] | None = None, **given: Any
) -> tuple[Finding, ...]:
    """What is found in one migration, beside helpers."""
    return lint(write(folder, {NAME: source, **(helpers or {})}), **given)


def codes(folder: Path, source: str, *, helpers: Mapping[str, str] | None = None, **settings: Any) -> list[str]:
    """The codes of that, by line."""
    return [one.code for one in found_in(folder, source, helpers=helpers, settings=Settings(**settings))]
