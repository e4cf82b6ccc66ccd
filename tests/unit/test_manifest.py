"""What is in a folder of migrations, read without running it; and the manifest that keeps it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import (
    FolderSource,
    InvalidMigration,
    InvalidMigrationName,
    MigrationAlreadyExists,
    NoMigrationsAvailable,
)
from dynamigrate.contract.manifest import MANIFEST_NAME, Manifest, ManifestEntry, load_manifest, read_folder

DO = "def do(ctx):\n    ...\n"


def write(folder: Path, **files: str | bytes) -> Path:
    """Write these files, named without their ``.py`` and, for Python's sake, with an ``m`` in front; an empty one: *DO*."""
    for name, content in files.items():
        (folder / f"{name.removeprefix('m')}.py").write_bytes(
            content if isinstance(content, bytes) else (content or DO).encode()
        )
    return folder


class TestReadingAFolder:
    """`read_folder`, which both the construct and a source without a manifest call."""

    def test_tells_all_that_a_plan_needs(self, tmp_path: Path) -> None:
        """Of each migration, oldest first."""
        write(
            tmp_path,
            m10_drop_users='changed = "ignore"\n' + DO,
            m9_create_users='out_of_order: str = "allow"\n' + DO + "undo = do\n",
        )
        nine, ten = read_folder(tmp_path).migrations
        assert nine._replace(checksum="") == ManifestEntry(
            id="9",
            description="create users",
            file="9_create_users.py",
            checksum="",
            can_undo=True,
            out_of_order="allow",
        )
        assert ten._replace(checksum="") == ManifestEntry(
            id="10", description="drop users", file="10_drop_users.py", checksum="", can_undo=False, changed="ignore"
        )
        assert len(nine.checksum) == 32
        assert nine.checksum != ten.checksum

    def test_runs_nothing(self, tmp_path: Path) -> None:
        """A file that would fail is read all the same."""
        write(tmp_path, m1_one="raise SystemExit(1)\n" + DO, m2_two="import nowhere\n" + DO)
        assert [entry.id for entry in read_folder(tmp_path).migrations] == ["1", "2"]

    def test_passes_over_what_is_no_migration(self, tmp_path: Path) -> None:
        """Helpers, data, caches and folders of any name."""
        write(tmp_path, m1_one="", _money="CENTS = 100\n", __init__="not python at all (")
        (tmp_path / "orders.csv").write_text("1,2\n", encoding="utf-8")
        (tmp_path / "1_one.pyc").write_bytes(b"")
        (tmp_path / "1_one.pyi").write_text("", encoding="utf-8")
        (tmp_path / "2_two.py.bak").write_text(DO, encoding="utf-8")
        for name in ("_old", "tests", "data", "1_one"):
            (tmp_path / name).mkdir()
        write(tmp_path / "_old", m0_nought="")
        write(tmp_path / "tests", m3_three="")
        write(tmp_path / "data", reading="", m4_initial="class Migration: ...")
        assert [entry.id for entry in read_folder(tmp_path).migrations] == ["1"]

    @pytest.mark.parametrize(
        "code",
        [
            "def do(ctx): ...",
            "do = lambda ctx: None",
            "do: object = print",
            "from operator import neg as do",
            "import operator.neg as do",
            "class do:\n    def __init__(self, ctx): ...",
            "a = do = print",
            "do = 1\ndef do(ctx): ...",
        ],
    )
    def test_finds_do_however_it_is_made(self, tmp_path: Path, code: str) -> None:
        """Anything at the top of the file that may give a function."""
        write(tmp_path, m1_one=code)
        assert len(read_folder(tmp_path).migrations) == 1

    @pytest.mark.parametrize(
        "code",
        [
            "# empty",
            "def undo(ctx): ...",
            "class Step:\n    def do(ctx): ...",
            "def outer():\n    def do(ctx): ...",
            "do: object",
            "import do.something as other",
        ],
    )
    def test_refuses_a_file_without_do(self, tmp_path: Path, code: str) -> None:
        """It names the file, and what to add."""
        write(tmp_path, m1_one=code)
        with pytest.raises(InvalidMigration) as caught:
            read_folder(tmp_path)
        assert str(caught.value) == (
            f"{tmp_path / '1_one.py'} does not define do. "
            "Add a function do(ctx), and undo(ctx) if it can be taken back."
        )
        assert caught.value.migration_id == "1"

    @pytest.mark.parametrize(
        ("code", "can_undo"),
        [("", False), ("undo = None", False), ("def undo(ctx): ...", True), ("undo = print", True)],
    )
    def test_knows_whether_it_can_be_undone(self, tmp_path: Path, code: str, can_undo: bool) -> None:
        """An `undo` that is None is none."""
        write(tmp_path, m1_one=DO + code)
        assert read_folder(tmp_path).migrations[0].can_undo is can_undo

    @pytest.mark.parametrize(
        ("code", "line", "what"),
        [
            ("do = 1", 1, "do is 1"),
            ("\n\ndo = None", 3, "do is None"),
            (DO + "undo = 'later'", 3, "undo is 'later'"),
        ],
    )
    def test_refuses_what_can_not_be_called(self, tmp_path: Path, code: str, line: int, what: str) -> None:
        """Where that can be told without running it: with the line."""
        write(tmp_path, m1_one=code)
        with pytest.raises(InvalidMigration, match=rf"1_one\.py:{line}: {re.escape(what)}, which can't be called\."):
            read_folder(tmp_path)

    @pytest.mark.parametrize("bad", ["main", "create_users", "1", "1-create-users"])
    def test_refuses_a_file_that_is_neither_migration_nor_helper(self, tmp_path: Path, bad: str) -> None:
        """It would silently never run."""
        write(tmp_path, m1_one="")
        (tmp_path / f"{bad}.py").write_text(DO, encoding="utf-8")
        with pytest.raises(InvalidMigrationName, match=rf"^'{bad}\.py' is not the name of a migration\."):
            read_folder(tmp_path)

    def test_refuses_two_files_with_one_id(self, tmp_path: Path) -> None:
        """By value, and it names both."""
        write(tmp_path, m1_one="", m01_uno="")
        with pytest.raises(MigrationAlreadyExists, match=r"^01_uno\.py and 1_one\.py in .* have the same id, 1\."):
            read_folder(tmp_path)

    @pytest.mark.parametrize(
        ("code", "where"),
        [
            (b"def do(ctx):\n    return (\n", "1_one.py:2"),
            (b"def do(ctx):\nreturn 1\n", "1_one.py:2"),
            (b"x = '\xff'\n" + DO.encode(), "1_one.py"),
            (b"x = '\0'\n" + DO.encode(), "1_one.py"),
        ],
        ids=["a bracket", "an indent", "no UTF-8", "a null byte"],
    )
    def test_refuses_what_is_not_python(self, tmp_path: Path, code: bytes, where: str) -> None:
        """With the line, where there is one."""
        write(tmp_path, m1_one=code)
        with pytest.raises(InvalidMigration, match=rf"{re.escape(where)}.* is not valid Python: .+\.") as caught:
            read_folder(tmp_path)
        assert caught.value.migration_id == "1"
        assert isinstance(caught.value.__cause__, SyntaxError | ValueError)

    def test_takes_other_encodings_that_say_so(self, tmp_path: Path) -> None:
        """As Python does."""
        write(
            tmp_path,
            m1_one="\ufeff".encode() + DO.encode(),
            m2_two="# coding: latin-1\nX = 'ä'\n".encode("latin-1") + DO.encode(),
        )
        assert len(read_folder(tmp_path).migrations) == 2

    @pytest.mark.parametrize(
        ("name", "value", "allowed"),
        [
            ("out_of_order", "True", "'error', 'allow'"),
            ("out_of_order", "'warn'", "'error', 'allow'"),
            ("out_of_order", "'al' + 'low'", "'error', 'allow'"),
            ("changed", "None", "'warn', 'error', 'ignore'"),
            ("changed", "SETTING", "'warn', 'error', 'ignore'"),
        ],
    )
    def test_refuses_a_setting_that_means_nothing(self, tmp_path: Path, name: str, value: str, allowed: str) -> None:
        """Or that can't be read without running the file."""
        write(tmp_path, m1_one=f"{name} = {value}\n" + DO)
        with pytest.raises(InvalidMigration, match=rf"1_one\.py: {name} must be one of {allowed}, written out\."):
            read_folder(tmp_path)

    @pytest.mark.parametrize("missing", [True, False], ids=["no folder", "an empty folder"])
    def test_refuses_a_folder_without_migrations(self, tmp_path: Path, missing: bool) -> None:
        """Nothing to migrate is a mistake in where to look."""
        folder = tmp_path / "migrations"
        if not missing:
            folder.mkdir()
            write(folder, _money="")
        with pytest.raises(NoMigrationsAvailable) as caught:
            read_folder(folder)
        assert str(folder) in str(caught.value)
        assert caught.value.next_step


class TestTheManifest:
    """What is written at synth and read at a cold start."""

    def test_comes_back_as_it_was(self, tmp_path: Path) -> None:
        """Through its JSON, field by field."""
        write(tmp_path, m10_ten='changed = "ignore"\n' + DO, m9_größe=DO + "undo = do")
        manifest = replace(read_folder(tmp_path), digest="0a" * 32)
        assert Manifest.from_json(manifest.to_json()) == manifest

    def test_is_the_same_for_the_same_files(self, tmp_path: Path) -> None:
        """To the byte, so that an asset's hash changes only with its content."""
        texts = set()
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            write(tmp_path / name, m1_one="", m2_two="")
            texts.add(read_folder(tmp_path / name).to_json())
        assert len(texts) == 1

    def test_stands_in_for_the_files(self, tmp_path: Path) -> None:
        """They are not even read."""
        write(tmp_path, m1_one="")
        manifest = replace(read_folder(tmp_path), digest="d")
        (tmp_path / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
        write(tmp_path, m1_one="not python at all (", m2_two="")
        assert load_manifest(tmp_path) == manifest
        assert [migration.id for migration in FolderSource(tmp_path).load()] == ["1"]

    def test_is_not_needed(self, tmp_path: Path) -> None:
        """Without one the files are read."""
        write(tmp_path, m1_one="")
        assert load_manifest(tmp_path) == read_folder(tmp_path)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            "{}",
            '{"migrations": 1, "digest": ""}',
            '{"migrations": []}',
            '{"migrations": [1], "digest": ""}',
            '{"migrations": [{}], "digest": ""}',
            '{"migrations": [{"id": "1", "colour": "red"}], "digest": ""}',
            "\ud800",
        ],
    )
    def test_that_is_none_is_refused(self, tmp_path: Path, text: str) -> None:
        """With its path and what to do, as every other mistake in the folder."""
        write(tmp_path, m1_one="")
        path = tmp_path / MANIFEST_NAME
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with pytest.raises(InvalidMigration) as caught:
            FolderSource(tmp_path).load()
        assert str(caught.value).startswith(f"{path} is no manifest (")
        assert str(caught.value).endswith("Synthesize and deploy again, or delete it to have the files read.")

    def test_that_lists_nothing_is_an_empty_source(self, tmp_path: Path) -> None:
        """As a folder without migrations."""
        (tmp_path / MANIFEST_NAME).write_text(Manifest(migrations=()).to_json(), encoding="utf-8")
        with pytest.raises(NoMigrationsAvailable, match="lists no migration"):
            FolderSource(tmp_path).load()

    @pytest.mark.parametrize(
        "field", [{"id": "x"}, {"id": 1}, {"out_of_order": "maybe"}, {"changed": "maybe"}, {"replaces": ["x"]}], ids=str
    )
    def test_is_checked_when_it_is_read(self, tmp_path: Path, field: dict[str, Any]) -> None:
        """What a migration may not be, it may not be by way of a manifest."""
        write(tmp_path, m1_one="")
        content = json.loads(read_folder(tmp_path).to_json())
        content["migrations"][0] |= field
        (tmp_path / MANIFEST_NAME).write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(InvalidMigration, match=r"is no manifest \(ValueError: ManifestEntry\(.* is no migration\)"):
            FolderSource(tmp_path).load()
