"""The engine and its dependencies are compiled once, and kept for the next synth."""

import os
from pathlib import Path

import pytest

from dynamigrate_cdk.asset import own_code
from dynamigrate_cdk.asset.bytecode import compile_tree
from dynamigrate_cdk.asset.cache import CACHE_VARIABLE
from dynamigrate_cdk.asset.tree import files


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was compiled, in an empty cache."""
    roots: list[Path] = []

    def noted(root: Path, *, strictly: tuple[str, ...]) -> None:
        roots.append(root)
        compile_tree(root, strictly=strictly)

    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(own_code, "compile_tree", noted)
    return roots


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "one.py").write_text("ONE = 1\n")
    return engine


@pytest.fixture
def dependencies(tmp_path: Path) -> Path:
    dependencies = tmp_path / "dependencies"
    (dependencies / "tools").mkdir(parents=True)
    (dependencies / "tools" / "__init__.py").write_text("TWO = 2\n")
    (dependencies / "single.py").write_text("THREE = 3\n")
    return dependencies


def test_a_second_synth_compiles_nothing(compiled: list[Path], engine: Path, dependencies: Path) -> None:
    """It finds all that the first one made; what Python leaves beside the sources is no change of them."""
    first = own_code.own_code(engine, dependencies)
    (engine / "__pycache__").mkdir()
    (engine / "__pycache__" / "one.cpython-311.pyc").write_text("left by an import")
    assert own_code.own_code(engine, dependencies) == first
    assert len(compiled) == 1
    found = list(files(first))
    assert [name for name in found if name.endswith(".py")] == ["engine/one.py", "single.py", "tools/__init__.py"]
    assert len([name for name in found if name.endswith(".pyc")]) == 3


@pytest.mark.parametrize("changed", ["engine/one.py", "dependencies/single.py"])
def test_a_change_of_a_source_is_compiled(
    compiled: list[Path], engine: Path, dependencies: Path, tmp_path: Path, changed: str
) -> None:
    """And goes into the asset."""
    before = own_code.own_code(engine, dependencies)
    (tmp_path / changed).write_text("ONE = 11\n")
    after = own_code.own_code(engine, dependencies)
    assert after != before
    assert len(compiled) == 2
    assert "ONE = 11\n" in {path.read_text() for path in after.rglob("*.py")}


def test_a_damaged_copy_is_compiled_again(compiled: list[Path], engine: Path, dependencies: Path) -> None:
    """Nobody deploys what somebody's disk, or somebody's hand, has changed since."""
    code = own_code.own_code(engine, dependencies)
    (code / "engine" / "one.py").write_text("ONE = 'another'\n")
    assert (own_code.own_code(engine, dependencies) / "engine" / "one.py").read_text() == "ONE = 1\n"
    assert len(compiled) == 2


def test_the_newest_are_kept(compiled: list[Path], engine: Path, dependencies: Path) -> None:
    """Those of versions that are long gone would fill a disk."""
    made = []
    for number in range(7):
        (engine / "one.py").write_text(f"ONE = {number}\n")
        made.append(own_code.own_code(engine, dependencies))
        os.utime(made[-1].parent, (number, number))
    assert [code.exists() for code in made] == [False, False, True, True, True, True, True]
    assert len(compiled) == 7
