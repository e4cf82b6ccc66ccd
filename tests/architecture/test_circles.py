"""No two modules need each other, in whatever number of steps, unless there is a reason."""

from pathlib import Path

import pytest

from tests.architecture.source import CONSTRUCTS, ENGINE, circles

# Each with its reason.
KNOWN: dict[Path, list[set[str]]] = {
    ENGINE: [
        {"backfill.item", "backfill.views"},
        # A migration's function takes a context, and a context has the migration: types alone.
        {"checkpoint", "context", "migration", "plan", "records", "targets"},
    ],
    CONSTRUCTS: [],
}


@pytest.mark.parametrize("package", [ENGINE, CONSTRUCTS], ids=lambda package: package.name)
def test_modules_import_each_other_in_no_circle(package: Path) -> None:
    """Imports for types alone and those inside of functions are imports too: a reader has to follow them."""
    assert circles(package) == KNOWN[package]


def test_a_circle_is_seen(tmp_path: Path) -> None:
    """Through three modules, one of them a package, and names that are modules."""
    package = tmp_path / "house"
    (package / "room").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "door.py").write_text("from .room import table\n")
    (package / "room/__init__.py").write_text("")
    (package / "room/table.py").write_text("def lay():\n    from ..lamp import LIGHT\n")
    (package / "lamp.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .door import Door\n"
    )
    (package / "lone.py").write_text("from . import door\n")
    assert circles(package) == [{"door", "room.table", "lamp"}]
