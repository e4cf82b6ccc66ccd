"""`dynamigrate --stack`: the deployed function, asked from a command line, and its log followed."""

from pathlib import Path

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.commands.console import ALL, CENTS, CHECK, LASTING, STATUSES, WORDS, Console
from tests.cli.command_line import CommandLine

pytestmark = pytest.mark.acceptance

_STACK = "ConsoleMigrations"


@pytest.fixture
def cli(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> CommandLine:
    """The command line in an empty folder, on the embedded AWS."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DYNAMIGRATE_ENDPOINT_URL", aws.endpoint_url)
    monkeypatch.setenv("DYNAMIGRATE_STACK", _STACK)
    return CommandLine(monkeypatch, capsys)


def test_it_answers_what_the_function_answers(console: Console, cli: CommandLine) -> None:
    """To the letter, as JSON; and in words what is pending."""
    console.begin(STATUSES)
    assert cli("status", "--json").answer == console.invoke("status")
    assert cli("plan", "--json").answer == console.invoke("plan")
    assert cli("status", "--check").code == 3
    assert cli("status").lines[0] == "1 applied, 4 pending. Nobody holds the lock."


def test_it_runs_what_is_pending_and_shows_the_log_of_that_run(console: Console, cli: CommandLine) -> None:
    """Line by line on stderr; the answer on stdout."""
    console.begin(STATUSES)
    result = cli("to", WORDS)
    assert result.code == 0, result.err
    assert result.lines[0].startswith(f"Applied {CENTS}, {WORDS} in ")
    told = result.err.splitlines()
    assert f"{CENTS}_store_totals_in_cents begins (1 of 2)." in told
    assert any(line.startswith(f"{WORDS}_spell_out_statuses applied in ") for line in told)
    assert cli("up").lines[0].startswith(f"Applied {CHECK}, {LASTING} in ")
    assert cli("up").lines == ["There was nothing to do."]


def test_what_fails_is_settled_by_the_command_that_is_said(console: Console, cli: CommandLine) -> None:
    """Which finds the stack again by itself: where it is in the environment, it need not be said."""
    console.break_an_order()
    result = cli("up", "--stack", _STACK)
    assert result.code == 1
    assert f"dynamigrate repair {CHECK} --as pending --stack {_STACK}" in result.err
    assert cli("repair", CHECK, "--as", "pending", "--yes").lines == [
        f"{CHECK} counts as pending now.",
        "Next: dynamigrate up",
    ]
    assert console.invoke("status")["counts"]["dirty"] == 0


def test_going_back_is_refused_unless_it_is_confirmed(console: Console, cli: CommandLine) -> None:
    """And the function has done nothing."""
    console.begin(*ALL)
    assert cli("down").code == 2
    assert console.invoke("status")["counts"]["applied"] == 5
    assert cli("down", "--yes").code == 1, "the newest has no undo"
    console.begin(STATUSES, CENTS)
    assert cli("down", "--yes").lines[0].startswith(f"Undone {CENTS} in ")


def test_a_folder_here_is_planned_on_the_state_of_the_stack(console: Console, cli: CommandLine, tmp_path: Path) -> None:
    """With the names of its tables: what a pull request would do."""
    console.begin(STATUSES)
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / f"{STATUSES}_create_statuses.py").write_text("def do(ctx):\n    pass\n")
    (folder / "20270101000000_count.py").write_text(
        "def check(ctx):\n    ctx.dynamodb.scan(TableName=ctx.tables['orders'])\n\n\ndef do(ctx):\n    pass\n"
    )
    result = cli("plan", "--state-of", _STACK, "--checks")
    assert result.code == 0, result.err
    assert "do      20270101000000  count" in result.lines
    assert any(line.startswith("The check of 20270101000000 passed in ") for line in result.lines)


def test_a_stack_of_the_app_without_the_construct_is_said_to_be_one(console: Console, cli: CommandLine) -> None:
    """The data's, for one."""
    result = cli("status", "--stack", "ConsoleData")
    assert result.code == 1
    assert "has no Migrations construct" in result.err


def test_stages_are_shown_beside_each_other_with_what_is_not_one(console: Console, cli: CommandLine) -> None:
    """As the functions answer; here one function as two stages, and a stack without any."""
    console.begin(STATUSES)
    stacks = ("--stack", f"test={_STACK}", "--stack", f"live={_STACK}", "--stack", "ConsoleData")
    result = cli("status", *stacks)
    assert (result.code, result.err) == (1, "")
    for name, line in zip(("test", "live"), result.lines[1:3], strict=True):
        assert line.split()[:4] == [name, STATUSES, "1", "4"]
        assert line.endswith(f"free  dynamigrate up --stack {_STACK}")
    assert "has no Migrations construct" in result.lines[3]
    assert [line.split()[:3] for line in result.lines[7:-1]] == [[one, "pending", "pending"] for one in ALL[:0:-1]]
    told = cli("status", *stacks, "--json").answer["stages"]["live"]
    assert {name: value for name, value in told.items() if name != "last_run"} == console.invoke("status")
