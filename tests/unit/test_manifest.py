"""What is in a folder of migrations, read without running it; and the manifest that keeps it."""

import json
import os
import re
import unicodedata
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


NAME = "20260101000000_a.py"
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


class TestFunctionsThatWouldNotRun:
    """Told as what they are, with the line, before anything runs."""

    @pytest.mark.parametrize(
        ("code", "what"),
        [
            ("async def do(ctx): ...", "asynchronous (async def), and a call would not run it"),
            ("async def do(ctx): yield 1", "an asynchronous generator, and a call would not run it"),
            ("def do(ctx): yield 1", "a generator (it has a yield), and a call would not run it"),
            ("def do(ctx):\n    x = yield from ctx", "a generator (it has a yield), and a call would not run it"),
            ("do = lambda ctx: (yield)", "a generator (it has a yield), and a call would not run it"),
            ("async def run(ctx): ...\ndo = run", "asynchronous (async def), and a call would not run it"),
            ("if 1:\n    async def do(ctx): ...", "asynchronous (async def), and a call would not run it"),
            ("from contextlib import contextmanager\n@contextmanager\ndef do(ctx): yield", "a context manager"),
            ("import contextlib\n@contextlib.contextmanager\ndef do(ctx): yield", "a context manager"),
            ("import contextlib\n@contextlib.asynccontextmanager\nasync def do(ctx): yield", "a context manager"),
            ("class do:\n    def __init__(self, ctx): ...", "a class, and a call would only make an object of it"),
            ("def do(): ...", "a function that takes no argument, and is called with one, the context"),
            ("do = lambda: None", "a function that takes no argument, and is called with one, the context"),
            ("def do(*, ctx): ...", "a function that takes no argument, and is called with one, the context"),
            ("def do(a, b): ...", "a function that needs 2 arguments, and is called with one, the context"),
            ("def do(self, ctx): ...", "a function that needs 2 arguments, and is called with one, the context"),
            ("def do(ctx, *, dry): ...", "a function that needs dry by name, and is called with the context alone"),
        ],
    )
    @pytest.mark.parametrize("name", ["do", "undo"])
    def test_are_refused(self, tmp_path: Path, code: str, what: str, name: str) -> None:
        """In either direction."""
        if name == "undo":
            code = DO + re.sub(r"\bdo\b", "undo", code)
        write(tmp_path, m1_one=code)
        with pytest.raises(InvalidMigration) as caught:
            read_folder(tmp_path)
        message = str(caught.value)
        assert re.search(rf"1_one\.py:\d+: {name} is {re.escape(what)}", message)
        assert message.endswith(f"Make it a function: def {name}(ctx): ...")

    @pytest.mark.parametrize(
        "code",
        [
            "def do(context): ...",
            "def do(ctx, /): ...",
            "def do(ctx=None): ...",
            "def do(*args): ...",
            "def do(*args, **kwargs): ...",
            "def do(ctx, *more): ...",
            "def do(ctx, other=1): ...",
            "def do(ctx, *, other=1): ...",
            "def do(a=1, b=2): ...",
            "import functools\ndo = functools.partial(print, 1)",
            "do = lambda ctx: None",
            "do = lambda *a: None",
            "def do(ctx):\n    def rows():\n        yield 1\n    return list(rows())",
            "def do(ctx):\n    f = lambda: (yield)",
            "def do(ctx):\n    async def wait(): ...",
            "@some.decorator\ndef do(): ...",
            "@in_a_loop\nasync def do(ctx): ...",
            "def do(): ...\ndef do(ctx): ...",
            "try:\n    from fast import do\nexcept ImportError:\n    def do(ctx): ...",
            "with open('x'):\n    do = print",
            "for do in (print,): pass\ndo = print",
            "do, undo = make()",
            "[do, undo] = print, print",
        ],
    )
    def test_are_not_those_that_run(self, tmp_path: Path, code: str) -> None:
        """As Python calls them."""
        write(tmp_path, m1_one=code)
        assert len(read_folder(tmp_path).migrations) == 1

    @pytest.mark.parametrize("setting", ['changed = "ignore"', 'out_of_order = "allow"', 'replaces = ["1"]'])
    def test_nor_is_a_setting_that_depends_on_a_condition(self, tmp_path: Path, setting: str) -> None:
        """Only running the file would tell, and passing it over would be worse."""
        write(tmp_path, m1_one=f"if 1 == 1:\n    {setting}\n{DO}")
        with pytest.raises(InvalidMigration, match="written out at the top level of the file"):
            read_folder(tmp_path)


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
