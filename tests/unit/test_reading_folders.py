"""What is known of migrations from their files alone, which are read and not run."""

import re
from pathlib import Path

import pytest

from dynamigrate import (
    InvalidMigration,
    InvalidMigrationName,
    MigrationAlreadyExists,
    NoMigrationsAvailable,
)
from dynamigrate.contract.manifest import ManifestEntry, read_folder
from tests.unit.migration_files import DO, write


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
        with pytest.raises(InvalidMigration, match=rf"1_one\.py:1: {name} must be one of {allowed}, written out\."):
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


LONG = {
    "a sum of 1,200 texts": "X = " + " + ".join(["'a'"] * 1200),
    "600 elif": "def f(x):\n    if x == 0: return 0\n"
    + "".join(f"    elif x == {n}: return {n}\n" for n in range(1, 600)),
    "a chain of 400 calls": "X = ''" + ".strip()" * 400,
    "400 comparisons joined by and": "X = " + " and ".join(f"{n} == {n}" for n in range(400)),
    "80 lists in lists": "X = " + "[" * 80 + "]" * 80,
    "18 loops in loops": "".join(f"{' ' * n}for x{n} in ():\n" for n in range(18)) + " " * 18 + "pass",
    "400 conditions in one": "X = " + "1 if 0 else " * 400 + "2",
    "a number of 5,000 digits": "X = 0x" + "f" * 5000,
    "5,000 assignments": "X = 1\n" * 5000,
}


@pytest.mark.parametrize("code", LONG.values(), ids=LONG.keys())
def test_long_code_is_read_as_python_reads_it(tmp_path: Path, code: str) -> None:
    """Whatever Python compiles; and one change in it is seen."""
    write(tmp_path, m1_one=f"{code}\n{DO}")
    compile((tmp_path / "1_one.py").read_text(), "1_one.py", "exec")
    (entry,) = read_folder(tmp_path).migrations
    write(tmp_path, m1_one=f"{code}\nY = 1\n{DO}")
    assert read_folder(tmp_path).migrations[0].checksum != entry.checksum


def test_code_too_deep_for_python_is_told(tmp_path: Path) -> None:
    """As any other file that does not parse, not by an error of Python's own."""
    write(tmp_path, m1_one=f"X = {'-' * 100_000}1\n{DO}")
    with pytest.raises(InvalidMigration, match=r"1_one\.py.* (nested too deeply|is not valid Python)"):
        read_folder(tmp_path)
