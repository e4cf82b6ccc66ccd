"""No two modules need each other, in whatever number of steps, but for one pair."""

from pathlib import Path

import pytest

from tests.architecture.source import CONSTRUCTS, ENGINE, circles, imports

# A migration's function takes a context, and a context has the migration. This one import closes the circle, for types.
CLOSING = ("migration", "context")


@pytest.mark.parametrize("package", [ENGINE, CONSTRUCTS], ids=lambda package: package.name)
def test_modules_import_each_other_in_no_circle(package: Path) -> None:
    """Imports for types alone and those inside of functions are imports too: a reader has to follow them."""
    assert circles(package, without={CLOSING}) == []


def test_the_one_circle_is_of_types_alone() -> None:
    """At run time there is none."""
    module, needed = CLOSING
    found = [one for one in imports(ENGINE / f"{module}.py") if one.module.endswith(f".{needed}")]
    assert [one.for_types for one in found] == [True]


def test_a_circle_is_seen(tmp_path: Path) -> None:
    """Through three modules, one of them in a package; and it is none without one of its imports."""
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
    assert circles(package, without={("lamp", "door")}) == []
