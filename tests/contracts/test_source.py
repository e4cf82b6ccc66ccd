"""What every source promises: the same for one in memory and one in a folder, with a manifest or without."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from dynamigrate import (
    FolderSource,
    InvalidMigrationName,
    MemorySource,
    Migration,
    MigrationAlreadyExists,
    NoMigrationsAvailable,
    Source,
)
from dynamigrate.contract.manifest import MANIFEST_NAME, Manifest, read_folder


class Written(NamedTuple):
    """A migration as its author gives it."""

    id: str
    words: str = "change things"
    can_undo: bool = True


MakeSource = Callable[[Sequence[Written]], Source]


def _memory(folder: Path, migrations: Sequence[Written]) -> Source:
    def noting(note: str) -> Callable[[Any], None]:
        return lambda ctx: ctx.calls.append(note)

    source = MemorySource()
    for id_, words, can_undo in migrations:
        source.add(Migration(id_, words, noting(f"do {id_}"), noting(f"undo {id_}") if can_undo else None))
    return source


def _folder(folder: Path, migrations: Sequence[Written]) -> Source:
    for id_, words, can_undo in migrations:
        lines = [f"def do(ctx):\n    ctx.calls.append('do {id_}')\n"]
        if can_undo:
            lines.append(f"def undo(ctx):\n    ctx.calls.append('undo {id_}')\n")
        (folder / f"{id_}_{words.replace(' ', '_')}.py").write_text("\n".join(lines), encoding="utf-8")
    return FolderSource(folder)


def _folder_with_manifest(folder: Path, migrations: Sequence[Written]) -> Source:
    source = _folder(folder, migrations)
    manifest = read_folder(folder) if migrations else Manifest(migrations=())
    (folder / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
    return source


@pytest.fixture(params=[_memory, _folder, _folder_with_manifest], ids=["memory", "folder", "folder with a manifest"])
def make_source(request: pytest.FixtureRequest, tmp_path: Path) -> MakeSource:
    """Makes each kind of source in turn."""
    return lambda migrations: request.param(tmp_path, migrations)


def test_gives_its_migrations_sorted_by_value(make_source: MakeSource) -> None:
    """9 before 10, whatever the order in which they came, and as they were written."""
    source = make_source([Written("10"), Written("9"), Written("0100"), Written("20261123090000")])
    assert [migration.id for migration in source.load()] == ["9", "10", "0100", "20261123090000"]


def test_gives_a_tuple(make_source: MakeSource) -> None:
    """What one caller does with it is nothing to the next one."""
    source = make_source([Written("1")])
    assert type(source.load()) is tuple
    assert source.load() == source.load()


def test_gives_what_was_written(make_source: MakeSource) -> None:
    """Id, description, and whether it can be undone."""
    first, second = make_source([Written("01", "add status", can_undo=False), Written("2", "créer")]).load()
    assert (first.id, first.description, first.can_undo, str(first)) == ("01", "add status", False, "01_add_status")
    assert (second.id, second.description, second.can_undo, str(second)) == ("2", "créer", True, "2_créer")


def test_gives_functions_that_do_what_they_should(make_source: MakeSource) -> None:
    """Each migration's own, called with the one argument."""
    ctx: Any = SimpleNamespace(calls=[])
    for migration in make_source([Written("1"), Written("2")]).load():
        assert migration.undo is not None
        migration.do(ctx)
        migration.undo(ctx)
    assert ctx.calls == ["do 1", "undo 1", "do 2", "undo 2"]


def test_without_migrations_says_so(make_source: MakeSource) -> None:
    """An empty source is a mistake of whoever set it up, and the error says how to mend it."""
    with pytest.raises(NoMigrationsAvailable) as caught:
        make_source([]).load()
    assert caught.value.next_step


@pytest.mark.parametrize("second", ["1", "01", "0001"])
def test_refuses_an_id_that_is_taken(make_source: MakeSource, second: str) -> None:
    """By value: both names are in the error."""
    with pytest.raises(MigrationAlreadyExists, match=r"ha(s|ve) the same id") as caught:
        make_source([Written("1", "add status"), Written(second, "drop status")]).load()
    assert caught.value.migration_id in ("1", second)
    assert "1_add_status" in str(caught.value)
    assert f"{second}_drop_status" in str(caught.value)


@pytest.mark.parametrize("bad", ["one", "1a", "٣"])
def test_refuses_what_is_no_id(make_source: MakeSource, bad: str) -> None:
    """An id is ASCII digits."""
    with pytest.raises(InvalidMigrationName, match=f"'{bad}.*is not"):
        make_source([Written(bad)]).load()
