"""What can't be packaged: each says what, where, and what to do, and nothing is written."""

import sys
from pathlib import Path

import pytest

from tests.cli.command_line import FIRST, GOOD, CommandLine

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    """One good migration, where the settings look for it."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / f"{FIRST}_create_statuses.py").write_text(GOOD)
    return folder


@pytest.fixture(autouse=True)
def _nothing_written(tmp_path: Path, folder: Path) -> object:
    """After each of these, there is what was there before."""
    yield
    left = {one.name for one in tmp_path.iterdir()} - {"kept"}
    assert left <= {"migrations", "empty", "file"}


def refused(cli: CommandLine, *arguments: str, code: int = 2) -> str:
    result = cli("package", "--out", "packaged", *arguments)
    assert (result.code, result.out) == (code, "")
    return result.err


def test_a_folder_that_is_not_there(cli: CommandLine) -> None:
    """With how to name another."""
    assert refused(cli, "nowhere") == (
        "Error: nowhere is not there.\n"
        "Name the folder that holds the migrations: dynamigrate package FOLDER. Nothing was written.\n"
    )


def test_a_folder_that_is_a_file(cli: CommandLine, tmp_path: Path) -> None:
    """It is said, and not tried."""
    (tmp_path / "file").write_text("")
    assert refused(cli, "file").startswith("Error: file is no folder.\n")


def test_a_folder_with_nothing_in_it(cli: CommandLine, tmp_path: Path) -> None:
    """As everywhere else, and what a migration's file looks like."""
    (tmp_path / "empty").mkdir()
    said = refused(cli, "empty", code=1)
    assert said.startswith(f"Error: There is no migration in {tmp_path / 'empty'}.")
    assert "20261123090000_create_users.py" in said
    assert said.endswith("Nothing was written.\n")


def test_a_broken_file(cli: CommandLine, folder: Path) -> None:
    """Which one, and which line."""
    (folder / "20261120090000_broken.py").write_text("def do(ctx:\n")
    said = refused(cli, code=1)
    assert "20261120090000_broken.py:1 is not valid Python: '(' was never closed." in said
    assert said.endswith("Nothing was written.\n")


def test_a_migration_that_nothing_would_run(cli: CommandLine, folder: Path) -> None:
    """Its phase is after, and there would be no second template."""
    (folder / "20261120090000_drop_old.py").write_text(f'phase = "after"\n\n\n{GOOD}')
    assert refused(cli).startswith("Error: 20261120090000_drop_old: the phase is after, and nothing would run that")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--table", "x=y"], "--table x=y names no table."),
        (["--table", "="], "--table '=' has no name."),
        (["--table", "заказы"], "--table заказы has no letter from A to Z, and no digit"),
        (["--table", "orders="], "--table 'orders=' has no name."),
        (["--table", "orders", "--table", "orders=Orders"], "--table orders is given twice."),
        (["--table", "orders", "--table", "Orders"], "would both be the parameter OrdersTable."),
        (["--table", "lock"], "--table lock would be the parameter LockTable, which names a table of the state."),
        (["--key", "orders"], "--key orders is of no table: there is none."),
        (["--table", "orders", "--key", "orders=alias/orders"], "--key orders=alias/orders is no key's ARN."),
        (["--key", f"state={KEY}", "--state", "function"], "--key state is given beside --state function"),
        (["--lock-id", "orders", "--state", "function"], "lock-id is 'orders', and with --state function"),
        (["--timeout", "soon"], "--timeout 'soon' is no duration."),
        (["--name", "orders=Orders"], "For the package say --table orders=Orders."),
        (["--stack", "Orders"], "--stack Orders has no meaning for a package, which goes to every stage."),
        (["--run-limit", "never"], "--run-limit 'never' is no duration."),
    ],
)
def test_options_that_can_not_be(cli: CommandLine, arguments: list[str], said: str) -> None:
    """What is wrong with which, before anything is made."""
    assert said in refused(cli, *arguments)


@pytest.mark.parametrize(
    "arguments", [["--tables", "orders"], ["--state", "nowhere"], ["--memory", "much"], ["a", "b"]]
)
def test_what_the_command_does_not_know(cli: CommandLine, arguments: list[str]) -> None:
    """What it is about, and where to read more."""
    said = refused(cli, *arguments)
    assert "Try 'dynamigrate package --help' for help." in said
    assert arguments[-1] in said or arguments[0] in said


def test_a_folder_that_has_other_files(cli: CommandLine, tmp_path: Path) -> None:
    """Nobody's work is overwritten."""
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("notes.txt", "template.json"):
        (kept / name).write_text("mine")
    result = cli("package", "--out", "kept")
    assert result.code == 2
    assert result.err.startswith("Error: --out kept has files that are of no package: notes.txt.\n")
    assert (kept / "template.json").read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_is_no_package(cli: CommandLine, tmp_path: Path) -> None:
    """What is in it would go with the earlier package."""
    (tmp_path / "kept/function.zip").mkdir(parents=True)
    (tmp_path / "kept/function.zip/notes.txt").write_text("mine")
    assert "--out kept has files that are of no package: function.zip." in cli("package", "--out", "kept").err
    assert (tmp_path / "kept/function.zip/notes.txt").read_text() == "mine"


def test_an_output_that_is_a_link(cli: CommandLine, tmp_path: Path) -> None:
    """A folder would take the link's place."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/link").symlink_to("..")
    assert "Error: --out kept/link is a link." in cli("package", "--out", "kept/link").err


@pytest.mark.parametrize("out", ["migrations/packaged", "migrations/../migrations/packaged/deep"])
def test_an_output_within_the_folder_of_migrations(cli: CommandLine, folder: Path, out: str) -> None:
    """The next package would have this one in its code, and be another one for it."""
    (folder / "1_first.py").write_text("def do(ctx):\n    pass\n")
    said = refused(cli, "--out", out)
    assert f"--out {out} is in the folder of migrations, all of which goes into the function's code." in said


def test_an_output_that_is_a_file(cli: CommandLine, tmp_path: Path) -> None:
    """It is left as it is."""
    (tmp_path / "file").write_text("mine")
    assert "Error: --out file is no folder." in cli("package", "--out", "file").err
    assert (tmp_path / "file").read_text() == "mine"


def test_without_the_constructs(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is missing, and what brings it."""
    for name in [one for one in sys.modules if one.startswith(("dynamigrate_cli.package.s", "dynamigrate_cdk"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aws_cdk", None)
    assert refused(cli) == (
        "Error: dynamigrate package needs aws_cdk, which is not installed here: it makes its template with the constructs.\n"
        "Install it: pip install 'dynamigrate[cdk,cli]'. Nothing was written.\n"
    )


def test_without_node(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The constructs run in it."""
    monkeypatch.setenv("PATH", "")
    assert "needs Node.js" in refused(cli)


def test_an_answer_as_json_is_the_error(cli: CommandLine) -> None:
    """One object, and nothing else on stdout."""
    result = cli("package", "nowhere", "--out", "packaged", "--json")
    assert result.answer["error"]["message"] == "nowhere is not there."
