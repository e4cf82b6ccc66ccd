"""What every function has beside the migrations is compiled and zipped once, and kept for the next synth."""

import os
from pathlib import Path
from zipfile import ZipFile

import pytest

from dynamigrate_cdk.asset import base as made_in
from dynamigrate_cdk.asset.archive import write_archive
from dynamigrate_cdk.asset.base import Base, base
from dynamigrate_cdk.asset.cache import CACHE_VARIABLE, kept
from dynamigrate_cdk.asset.packages import Packages

DEPENDENCIES = {"tools/__init__.py": "TWO = 2\n", "single.py": "THREE = 3\n", "single-1.0.dist-info/METADATA": ""}


@pytest.fixture
def zipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was zipped, in an empty cache."""
    archives: list[Path] = []

    def noted(path: Path, root: Path) -> None:
        archives.append(path)
        write_archive(path, root)

    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(made_in, "write_archive", noted)
    return archives


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "one.py").write_text("ONE = 1\n")
    return engine


def kept_files(name: str, files: dict[str, str]) -> Path:
    """A folder of the cache."""

    def make(folder: Path) -> None:
        for file, text in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return kept(name, make)


def made(
    engine: Path, brought: Packages | None = None, *, compiled: bool = True, dependencies: str = "vendored"
) -> Base:
    """With the dependencies, kept under that name."""
    return base(engine, kept_files(dependencies, DEPENDENCIES), brought or Packages(), compiled=compiled)


def sources(one: Base) -> dict[str, str]:
    """What is in the archive, as text, but for what is compiled."""
    with ZipFile(one.archive) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if not name.endswith(".pyc")}


def test_a_second_synth_zips_nothing(zipped: list[Path], engine: Path) -> None:
    """It finds all that the first one made; what Python leaves beside the sources is no change of them."""
    first = made(engine)
    (engine / "__pycache__").mkdir()
    (engine / "__pycache__" / "one.cpython-311.pyc").write_text("left by an import")
    assert made(engine) == first
    assert len(zipped) == 1
    assert sources(first) == {"engine/one.py": "ONE = 1\n", **DEPENDENCIES}
    names = ZipFile(first.archive).namelist()
    assert len([name for name in names if name.endswith(".pyc")]) == 3
    assert sorted(first.contents) == sorted(names)


def test_what_is_not_compiled_is_another(zipped: list[Path], engine: Path) -> None:
    """For a runtime that is not the Python here."""
    plain = made(engine, compiled=False)
    assert plain.archive != made(engine).archive
    assert not [name for name in plain.contents if name.endswith(".pyc")]
    assert len(zipped) == 2


def test_a_change_of_a_source_is_zipped(zipped: list[Path], engine: Path) -> None:
    """And goes into the asset."""
    before = made(engine)
    (engine / "one.py").write_text("ONE = 11\n")
    after = made(engine)
    assert after.archive != before.archive
    assert sources(after)["engine/one.py"] == "ONE = 11\n"
    assert len(zipped) == 2


def test_other_dependencies_are_zipped(zipped: list[Path], engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another version of them."""
    before = made(engine)
    monkeypatch.setitem(DEPENDENCIES, "single.py", "THREE = 33\n")
    after = made(engine, dependencies="vendored-newer")
    assert sources(after)["single.py"] == "THREE = 33\n"
    assert sources(before)["single.py"] == "THREE = 3\n"
    assert len(zipped) == 2


def test_another_way_to_compile_is_another(zipped: list[Path], engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade of this library nothing is left of how an older one did it."""
    before, plain = made(engine), made(engine, compiled=False)
    monkeypatch.setattr(made_in, "compiler", lambda: "a newer one")
    assert made(engine).archive != before.archive
    assert made(engine, compiled=False).archive == plain.archive, "nothing in it is compiled"


def test_packages_come_along_and_one_that_is_pinned_replaces_ours(zipped: list[Path], engine: Path) -> None:
    """Its module and its note."""
    files = {"single.py": "THREE = 'pinned'\n", "single-2.0.dist-info/METADATA": "", "other.py": "FOUR = 4\n"}
    brought = Packages(kept_files("packages-1", files), frozenset({"single", "other"}))
    found = sources(made(engine, brought, compiled=False))
    assert found == {"engine/one.py": "ONE = 1\n", "tools/__init__.py": "TWO = 2\n", **files}
    changed = Packages(kept_files("packages-2", {**files, "other.py": "FOUR = 44\n"}), brought.distributions)
    assert sources(made(engine, changed, compiled=False))["other.py"] == "FOUR = 44\n"
    assert len(zipped) == 2


def test_a_damaged_copy_is_made_again(zipped: list[Path], engine: Path) -> None:
    """Nobody deploys what somebody's disk, or somebody's hand, has changed since."""
    found = made(engine)
    found.archive.write_bytes(b"another")
    assert sources(made(engine))["engine/one.py"] == "ONE = 1\n"
    assert len(zipped) == 2


def test_the_newest_are_kept(zipped: list[Path], engine: Path) -> None:
    """Those of versions that are long gone would fill a disk."""
    archives = []
    for number in range(12):
        (engine / "one.py").write_text(f"ONE = {number}\n")
        archives.append(made(engine).archive)
        os.utime(archives[-1].parents[1], (number, number))
    assert [archive.exists() for archive in archives] == [number >= 2 for number in range(12)]
    assert len(zipped) == 12


def test_none_goes_that_a_synth_beside_this_one_may_be_reading(zipped: list[Path], engine: Path) -> None:
    """However many were made since: an app may have many sets of packages, and a machine many apps."""
    archives = []
    for number in range(12):
        (engine / "one.py").write_text(f"ONE = {number}\n")
        archives.append(made(engine).archive)
    assert all(archive.exists() for archive in archives)


def test_one_that_goes_while_it_is_looked_at_is_no_matter(zipped: list[Path], engine: Path) -> None:
    """A synth beside this one tidies up too."""
    folder = made(engine).archive.parents[2]
    (folder / "base-gone").symlink_to(folder / "nowhere")
    (engine / "one.py").write_text("ONE = 11\n")
    assert sources(made(engine))["engine/one.py"] == "ONE = 11\n"


def test_the_one_that_is_used_is_no_old_one(zipped: list[Path], engine: Path) -> None:
    """However long ago it was made: a synth beside this one may be reading it."""
    used = made(engine).archive
    os.utime(used.parents[1], (1, 1))
    assert made(engine).archive == used
    for number in range(10):
        (engine / "one.py").write_text(f"ONE = -{number}\n")
        os.utime(made(engine).archive.parents[1], (2, 2))
    assert used.exists()
