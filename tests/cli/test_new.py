"""`dynamigrate new`: which file it writes, with what in it, and when it writes none."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dynamigrate import FolderSource
from dynamigrate_cli.faults import UsedWrongly
from dynamigrate_cli.main import run
from dynamigrate_cli.new_migration import NewMigration, next_id
from dynamigrate_cli.templates import Kind

ROOT = Path(__file__).resolve().parents[2]

# Reading all of the SDK takes mypy long, and is not what this is about.
_MYPY = """
[mypy]
strict = true
[mypy-botocore.*,boto3.*,moto.*,mypy_boto3_dynamodb.*,aws_lambda_powertools.*]
follow_imports = skip
ignore_missing_imports = true
[mypy-dynamigrate.*,dynamigrate_pytest.*]
ignore_errors = true
"""

NOW = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in, and no settings of whoever runs this."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DYNAMIGRATE_")]:
        monkeypatch.delenv(name)


def new(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["dynamigrate", "new", *words])
    return run()


class TestTheId:
    """A new migration is the newest."""

    def test_is_the_time_in_utc(self) -> None:
        """To the second."""
        assert next_id(["20261102090000_one.py"], now=NOW) == "20261123090000"

    @pytest.mark.parametrize(
        ("there", "expected"),
        [
            ("20261123090000_same_second.py", "20261123090001"),
            ("20270101000000_written_where_a_clock_is_ahead.py", "20270101000001"),
            ("99999999999999_last_of_its_kind.py", "100000000000000"),
            ("20261123090000123_milliseconds.py", "20261123090000124"),
            (f"{'9' * 200}_long.py", "1" + "0" * 200),
        ],
    )
    def test_is_above_all_that_are_there(self, there: str, expected: str) -> None:
        """Whatever the clock says: one that is older than an applied one would be refused."""
        assert next_id([there, "1_one.py"], now=NOW) == expected

    def test_does_not_mind_what_is_no_migration(self) -> None:
        """A folder with a broken file among good ones can be added to."""
        names = ["_9_helper.py", "99_.txt", "readme.md", "30261123090000.py", "tests"]
        assert next_id(names, now=NOW) == "20261123090000"


class TestTheName:
    """The words, as a file name that a folder of migrations takes."""

    @pytest.mark.parametrize(
        ("words", "name", "description"),
        [
            ("add status", "add_status", "add status"),
            ("  Add: Status!  ", "add_status", "add status"),
            ("add_status.py", "add_status", "add status"),
            ("../../etc/passwd", "etc_passwd", "etc passwd"),
            ("spell_out__statuses", "spell_out_statuses", "spell out statuses"),
            ("größe ändern", "grösse_ändern", "grösse ändern"),
            ("स्थिति जोड़ें", "स्थिति_जोड़ें", "स्थिति जोड़ें"),
            ("2nd try", "2nd_try", "2nd try"),
        ],
    )
    def test_is_made_of_words(self, tmp_path: Path, words: str, name: str, description: str) -> None:
        """In small letters, with nothing in it that leads elsewhere; the source reads it as it was meant."""
        found = NewMigration.of(words, tmp_path, now=NOW)
        assert found.file == tmp_path / f"20261123090000_{name}.py"
        found.write(Kind(), test=None)
        assert [(one.id, one.description) for one in FolderSource(tmp_path).load()] == [("20261123090000", description)]

    @pytest.mark.parametrize("words", ["", "   ", "!!", "___", ".py", "/"])
    def test_needs_a_letter_or_a_digit(self, tmp_path: Path, words: str) -> None:
        """It says what would do."""
        with pytest.raises(UsedWrongly, match=r'no letter and no digit in it\. .* dynamigrate new "add status"'):
            NewMigration.of(words, tmp_path, now=NOW)

    def test_has_to_fit_into_a_file_system(self, tmp_path: Path) -> None:
        """That of its test, which is longer, too."""
        NewMigration.of("x" * 232, tmp_path, now=NOW)
        with pytest.raises(UsedWrongly, match=r"too long for a file: 248 bytes\. Say it in fewer words"):
            NewMigration.of("x" * 233, tmp_path, now=NOW)


class TestTheFiles:
    """What is there afterwards."""

    def test_the_usual_folder_is_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The answer is what was written; what to do next is beside it."""
        assert new(monkeypatch, "add", "status", "--no-test") == 0
        (file,) = (tmp_path / "migrations").iterdir()
        assert re.fullmatch(r"20\d{12}_add_status\.py", file.name)
        out, err = capsys.readouterr()
        assert out == f"wrote migrations/{file.name}\n"
        assert err.splitlines() == [f"Write what it does, in migrations/{file.name}.", "Check it: dynamigrate lint"]

    def test_a_folder_that_somebody_named_is_not_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The name may be wrong."""
        assert new(monkeypatch, "--migrations", "migrtions", "add status") == 2
        assert "There is no folder migrtions (--migrations). Make it: mkdir -p migrtions" in _line(capsys)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_is_no_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It is left as it is."""
        (tmp_path / "migrations").write_text("mine")
        assert new(monkeypatch, "add status") == 2
        assert "migrations is no folder." in _line(capsys)
        assert (tmp_path / "migrations").read_text() == "mine"

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        """Not the migration of somebody who was as fast, nor a test; and no half is left behind."""
        one = NewMigration.of("add status", tmp_path, now=NOW)
        one.write(Kind(), test=None)
        one.file.write_text("mine")
        with pytest.raises(
            UsedWrongly, match=r"_add_status\.py is there already, and was left as it is\. Run it again"
        ):
            one.write(Kind(), test="a test")
        assert one.file.read_text() == "mine"
        assert not one.test.exists()
        two = NewMigration.of("add more", tmp_path, now=NOW)
        two.test.parent.mkdir()
        two.test.write_text("mine")
        with pytest.raises(UsedWrongly, match=r"test_20261123090001_add_more\.py is there already"):
            two.write(Kind(), test="a test")
        assert two.test.read_text() == "mine"
        assert not two.file.exists()

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_may_not_be_written_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With the reason."""
        (tmp_path / "migrations").mkdir(mode=0o555)
        assert new(monkeypatch, "add status") == 2
        assert "can't be written: Permission denied. Allow this user to" in _line(capsys)

    def test_a_disk_that_is_full_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not half of a file, which every deploy would refuse."""
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full here")
        one = NewMigration.of("add status", tmp_path, now=NOW)
        opened = Path.open
        monkeypatch.setattr(Path, "open", lambda path, mode, **how: opened(Path("/dev/full"), "w", **how))
        with pytest.raises(UsedWrongly, match="can't be written: No space left on device"):
            one.write(Kind(), test=None)
        assert list(tmp_path.iterdir()) == []

    def test_json_says_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One object on stdout, and nothing else."""
        assert new(monkeypatch, "--json", "--after", "add status") == 0
        out, err = capsys.readouterr()
        answer = json.loads(out)
        assert (answer["ok"], answer["description"], err) == (True, "add status", "")
        assert [(tmp_path / one).is_file() for one in answer["files"]] == [True, True]
        assert "It runs in an AfterMigrations: add one to the CDK app, if there is none." in answer["next"]

    def test_the_table_is_the_one_of_the_settings(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where there is one; an option says another."""
        (tmp_path / "pyproject.toml").write_text('[tool.dynamigrate.tables]\ncustomers = "Data-Customers"\n')
        assert new(monkeypatch, "--backfill", "one") == 0
        assert new(monkeypatch, "--backfill", "two", "--for", "other") == 0
        one, two = sorted((tmp_path / "migrations").glob("*.py"))
        assert 'Backfill(table="customers"' in one.read_text()
        assert 'Backfill(table="other"' in two.read_text()


class TestEveryKind:
    """What is written is as it should be, before anybody has touched it."""

    KINDS = tuple(
        " ".join(one for one in chosen if one)
        for chosen in itertools.product(("", "--backfill"), ("", "--after"), ("", "--undo"))
    )

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """One migration of each kind, with its test."""
        for number, kind in enumerate(self.KINDS):
            assert new(monkeypatch, "number", str(number), *kind.split()) == 0
        return tmp_path / "migrations"

    def test_is_what_a_folder_takes(self, folder: Path) -> None:
        """It can be imported, and what was asked for is in it."""
        found = FolderSource(folder).load()
        assert [one.description for one in found] == [f"number {number}" for number in range(len(self.KINDS))]
        for kind, one in zip(self.KINDS, found, strict=True):
            one.do.resolve()  # type: ignore[attr-defined]
            assert one.can_undo == ("--undo" in kind)
            assert one.phase == ("after" if "--after" in kind else "before")

    def test_is_formatted_and_without_a_fault(self, folder: Path) -> None:
        """As ruff has it by itself, at both usual widths."""
        ruff = [sys.executable, "-m", "ruff"]
        files = [str(path) for path in folder.glob("*.py")]
        for command in (
            ["check", str(folder)],
            ["format", "--check", "--line-length=120", str(folder)],
            ["format", "--check", *files],
        ):
            ruff = [sys.executable, "-m", "ruff", *command, "--isolated"]
            done = subprocess.run(ruff, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr

    def test_breaks_no_rule_of_lint(self, folder: Path) -> None:
        """Each of them, as it has them by itself."""
        command = [sys.executable, "-m", "dynamigrate_lint", str(folder)]
        done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")

    @pytest.mark.slow
    def test_has_types_that_two_checkers_are_content_with(self, folder: Path) -> None:
        """mypy and pyright, both strict, the test too."""
        (folder.parent / "mypy.ini").write_text(_MYPY)
        mypy = [sys.executable, "-m", "mypy", "--cache-dir", str(folder.parent / "cache"), str(folder)]
        roots = [str(ROOT / "lambda_src"), str(ROOT / "tools")]
        done = subprocess.run(
            mypy,
            cwd=folder.parent,
            env={"MYPYPATH": os.pathsep.join(roots), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        node = shutil.which("node")
        assert node is not None, "the CDK's own tests need it too"
        config = {"include": ["migrations"], "extraPaths": roots, "typeCheckingMode": "strict"}
        # boto3's clients have no types of their own.
        untyped = (
            "reportUnknownMemberType",
            "reportUnknownVariableType",
            "reportUnknownArgumentType",
            "reportMissingTypeStubs",
        )
        (folder.parent / "pyrightconfig.json").write_text(json.dumps(config | dict.fromkeys(untyped, False)))
        pyright = [
            node,
            str(ROOT / "node_modules" / "pyright" / "index.js"),
            "--pythonpath",
            sys.executable,
            "-p",
            str(folder.parent),
        ]
        done = subprocess.run(pyright, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    @pytest.mark.slow
    def test_passes_its_own_test(self, folder: Path) -> None:
        """In a project of its own. When it runs changes nothing of that, so one of them stands for both."""
        for number, kind in enumerate(self.KINDS):
            if "--after" in kind and number != len(self.KINDS) - 1:
                for file in folder.rglob(f"*_number_{number}.py"):
                    file.unlink()
        (folder.parent / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
            cwd=folder.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _line(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())
