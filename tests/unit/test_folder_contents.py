"""What else may lie in a folder of migrations: which of it is passed over, and which is refused."""

import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import (
    FolderSource,
    InvalidMigration,
    InvalidMigrationName,
    NoMigrationsAvailable,
)
from dynamigrate.contract.manifest import MANIFEST_NAME, read_folder
from tests.unit.migration_files import DO, NAME, write


class TestWhatLiesAbout:
    """In a folder that people and their tools work in."""

    @pytest.mark.parametrize("name", [f".#{NAME}", f"._{NAME}", f".{NAME}.swp", ".20260102000000_b.py"])
    def test_dot_files_are_passed_over(self, tmp_path: Path, name: str) -> None:
        """Locks of unsaved buffers (links to nowhere), and what macOS keeps beside files; the asset has none either."""
        write(tmp_path, m20260101000000_a="")
        if name.startswith(".#"):
            (tmp_path / name).symlink_to("somebody@host.1:1")
        else:
            (tmp_path / name).write_bytes(b"\0\5\x16\7")
        assert [entry.file for entry in read_folder(tmp_path).migrations] == [NAME]

    @pytest.mark.parametrize(
        "name", [f"{NAME}~", f"{NAME}.orig", f"#{NAME}#", "20260102_b.txt", "20260102_b.sql", "0002_b.py.second"]
    )
    def test_other_files_are_passed_over(self, tmp_path: Path, name: str) -> None:
        """Nobody takes them for migrations."""
        write(tmp_path, m20260101000000_a="")
        (tmp_path / name).write_text(DO)
        assert len(read_folder(tmp_path).migrations) == 1

    def test_a_link_that_leads_nowhere_is_refused(self, tmp_path: Path) -> None:
        """It says where it should lead."""
        write(tmp_path, m1_one="")
        (tmp_path / "2_two.py").symlink_to("gone.py")
        with pytest.raises(InvalidMigration, match=r"2_two\.py is a link that leads nowhere: to gone\.py\. Bring back"):
            read_folder(tmp_path)

    def test_a_link_to_a_file_is_that_file(self, tmp_path: Path) -> None:
        """Under its own name."""
        (tmp_path / "elsewhere").mkdir()
        write(tmp_path / "elsewhere", code="")
        (tmp_path / "2_two.py").symlink_to("elsewhere/code.py")
        assert [entry.id for entry in read_folder(tmp_path).migrations] == ["2"]

    @pytest.mark.parametrize("name", ["2_two.py", "helpers.py"])
    def test_a_folder_named_like_a_file_is_refused(self, tmp_path: Path, name: str) -> None:
        """Nothing in it would run."""
        write(tmp_path, m1_one="")
        (tmp_path / name).mkdir()
        with pytest.raises(InvalidMigration, match=rf"{name} is a folder, and is named like a file of Python"):
            read_folder(tmp_path)

    def test_what_is_no_file_is_refused(self, tmp_path: Path) -> None:
        """Reading a pipe would wait for ever."""
        write(tmp_path, m1_one="")
        os.mkfifo(tmp_path / "2_two.py")
        with pytest.raises(InvalidMigration, match=r"2_two\.py is no regular file\."):
            read_folder(tmp_path)

    @pytest.mark.parametrize("beside", [True, False], ids=["beside a file of its name", "alone"])
    def test_a_package_named_like_a_migration_is_refused(self, tmp_path: Path, beside: bool) -> None:
        """Python would take it in place of the file, whose checksum would be kept."""
        write(tmp_path, m1_one="", **({"m2_two": ""} if beside else {}))
        (tmp_path / "2_two").mkdir()
        write(tmp_path / "2_two", __init__="")
        with pytest.raises(InvalidMigration, match=r"2_two is a package, and is named like a migration"):
            read_folder(tmp_path)

    def test_a_folder_of_data_may_be_named_like_a_migration(self, tmp_path: Path) -> None:
        """It is not what runs."""
        write(tmp_path, m1_one="")
        (tmp_path / "1_one").mkdir()
        (tmp_path / "1_one" / "orders.csv").touch()
        assert len(read_folder(tmp_path).migrations) == 1

    @pytest.mark.parametrize(
        "file",
        [
            "2026/2_two.py",
            "old/deep/2_two.py",
            "old/2026-01-01_x.py",
            "old/20260101-x.py",
            "old/2_two.PY",
            "a b/2_two.py",
        ],
    )
    @pytest.mark.parametrize("code", [DO, "do = print\n", "async def do(ctx): ...\n"])
    def test_a_migration_in_a_subfolder_is_refused(self, tmp_path: Path, file: str, code: str) -> None:
        """It would never run, and nobody would notice."""
        write(tmp_path, m1_one="")
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(code)
        with pytest.raises(InvalidMigration) as caught:
            read_folder(tmp_path)
        assert str(caught.value) == (
            f"{tmp_path / file} looks like a migration and would not run: it is in a subfolder. Move it to {tmp_path}; or, "
            f"if it is not to run, have the name of its folder begin with an underscore: _{file.partition('/')[0]}."
        )

    @pytest.mark.parametrize("file", ["_old/2_two.py", "tests/2_two.py", "old/_kept/2_two.py", ".git/2_two.py"])
    def test_what_is_put_aside_is_passed_over(self, tmp_path: Path, file: str) -> None:
        """By a name that says so."""
        write(tmp_path, m1_one="")
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(DO)
        assert len(read_folder(tmp_path).migrations) == 1

    @pytest.mark.parametrize("name", ["2_two.PY", "2_two.Py", "x.PY", "2_two.py "])
    def test_python_files_with_another_suffix_are_refused(self, tmp_path: Path, name: str) -> None:
        """Where capitals count, no plan would ever find them."""
        write(tmp_path, m1_one="")
        (tmp_path / name).write_text(DO)
        with pytest.raises(InvalidMigrationName, match=re.escape(repr(name))):
            read_folder(tmp_path)

    @pytest.mark.parametrize("name", ["2_two.pyc", "2_two.pyi", "2_two.pyo", "2_two.cpython-311.pyc", "20260101-x.pyc"])
    def test_a_stand_in_without_its_source_is_refused(self, tmp_path: Path, name: str) -> None:
        """A compiled migration would not be deployed."""
        write(tmp_path, m1_one="")
        (tmp_path / name).touch()
        with pytest.raises(
            InvalidMigration, match=rf"{re.escape(name)} looks like a migration and would not run: .*\.py is"
        ):
            read_folder(tmp_path)

    @pytest.mark.parametrize(
        "name", ["x.py", "2026-01-01_x.py", "20260101000000-x.py", "test_one.py", " 1_x.py", "1_ .py"]
    )
    def test_a_wrong_name_is_refused(self, tmp_path: Path, name: str) -> None:
        """Never passed over in silence."""
        write(tmp_path, m1_one="")
        (tmp_path / name).write_text(DO)
        with pytest.raises(InvalidMigrationName, match=re.escape(repr(name))):
            read_folder(tmp_path)

    def test_a_file_that_can_not_be_read_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """With the reason, as an error of this library's."""

        def refuse(self: Path) -> bytes:
            raise PermissionError(13, "Permission denied", str(self))

        write(tmp_path, m1_one="")
        monkeypatch.setattr(Path, "read_bytes", refuse)
        with pytest.raises(InvalidMigration, match=r"1_one\.py can't be read: Permission denied\. Allow this user"):
            read_folder(tmp_path)

    def test_a_folder_that_can_not_be_read_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not taken for an empty one."""

        def refuse(self: Path) -> Any:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "iterdir", refuse)
        with pytest.raises(NoMigrationsAvailable, match=r"can't be read: Permission denied\."):
            read_folder(tmp_path)

    def test_a_file_in_place_of_the_folder_is_told(self, tmp_path: Path) -> None:
        """The path of a migration where that of its folder should be."""
        write(tmp_path, m1_one="")
        with pytest.raises(NoMigrationsAvailable, match=r"1_one\.py is no folder\."):
            FolderSource(tmp_path / "1_one.py").load()

    def test_a_manifest_that_can_not_be_read_is_told(self, tmp_path: Path) -> None:
        """A folder in its place, here."""
        write(tmp_path, m1_one="")
        (tmp_path / MANIFEST_NAME).mkdir()
        with pytest.raises(InvalidMigration, match=rf"{MANIFEST_NAME} can't be read: Is a directory\."):
            FolderSource(tmp_path).load()

    def test_a_do_that_comes_by_a_star_has_to_be_written_out(self, tmp_path: Path) -> None:
        """Only running the file would tell that it is there."""
        write(tmp_path, m1_one="from ._one import *", _one=DO)
        with pytest.raises(InvalidMigration, match=r"does not define do\. Write out what it imports by \*"):
            read_folder(tmp_path)

    def test_folders_that_lead_to_themselves_end(self, tmp_path: Path) -> None:
        """By a link upwards."""
        write(tmp_path, m1_one="")
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "up").symlink_to(tmp_path)
        assert len(read_folder(tmp_path).migrations) == 1

    @pytest.mark.parametrize("words", ["añadir_estado", "größe", "हिन्दी_में", "ภาษาไทย", "ステータス"])
    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    def test_words_may_be_of_any_script(self, tmp_path: Path, words: str, form: Any) -> None:
        """And in either form in which file systems keep accents: the description is the same."""
        file = unicodedata.normalize(form, f"1_{words}.py")
        (tmp_path / file).write_text(DO)
        (entry,) = read_folder(tmp_path).migrations
        assert (entry.file, entry.description) == (file, unicodedata.normalize("NFC", words).replace("_", " "))
        ctx: Any = None
        FolderSource(tmp_path).load()[0].do(ctx)
