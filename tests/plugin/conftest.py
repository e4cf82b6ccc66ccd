"""A folder of migrations that a test writes, and the plugin's fixtures on it."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import dynamigrate
from dynamigrate import FolderSource, Source

# A pytest within this one forgets what it has imported, and a package would be left with names of two editions.
for _name in dynamigrate.__all__:
    getattr(dynamigrate, _name)
for _name in ("migration_test", "stand_ins"):
    import_module(f"dynamigrate_pytest.{_name}")

ID = "20261123090000"
Write = Callable[[str], None]


@pytest.fixture
def migration_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    return folder


@pytest.fixture
def migration_source(migration_folder: Path) -> Source:
    """In place of the plugin's own."""
    return FolderSource(migration_folder)


@pytest.fixture
def write(migration_folder: Path) -> Write:
    """Writes the one migration that there is."""

    def write(text: str) -> None:
        (migration_folder / f"{ID}_add_status.py").write_text(text, encoding="utf-8")

    return write
