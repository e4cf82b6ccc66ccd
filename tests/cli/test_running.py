"""``up``, ``step``, ``to``, ``down``, ``reset`` and what settles: run here, on a state in DynamoDB."""

from typing import TYPE_CHECKING

import pytest

from dynamigrate import DynamoDBTarget
from tests.cli.command_line import BAD, FIRST, GOOD, LASTING, SECOND, THIRD, CommandLine, Project

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.ministack


def _states(cli: CommandLine) -> list[str]:
    return [row["state"] for row in cli("status", "--json").answer["migrations"]]


def test_up_runs_what_is_pending_and_says_what_it_did(cli: CommandLine, project: Project) -> None:
    """The answer on stdout, the way there on stderr."""
    project.write(GOOD, GOOD)
    result = cli("up")
    assert result.code == 0
    assert result.lines[0].startswith(f"Applied {FIRST}, {SECOND} in ")
    assert [line.partition(" in ")[0] for line in result.err.splitlines()] == [
        f"{FIRST}_create_statuses begins (1 of 2).",
        f"{FIRST}_create_statuses applied",
        f"{SECOND}_store_totals_in_cents begins (2 of 2).",
        f"{SECOND}_store_totals_in_cents applied",
    ]
    assert cli("up").lines == ["There was nothing to do."]


def test_up_says_what_a_migration_logs(cli: CommandLine, project: Project) -> None:
    """With its own words, and nowhere but on stderr."""
    project.write("def do(ctx):\n    ctx.logger.warning('order %s is odd', 7)\n")
    result = cli("up", "--json")
    assert "order 7 is odd" in result.err.splitlines()
    assert result.answer["applied"] == [FIRST]


def test_what_a_migration_prints_goes_beside_the_answer(cli: CommandLine, project: Project) -> None:
    """As it is imported, too: a script that reads the answer finds one JSON object."""
    project.write("print('imported')\n\n\ndef do(ctx):\n    print('7 orders are odd')\n")
    for command in ("plan", "up", "status"):
        result = cli(command, "--json")
        assert result.answer["ok"]
        assert "imported" in result.err.splitlines() or command != "plan"
        assert ("7 orders are odd" in result.err.splitlines()) == (command == "up")


def test_a_failure_says_how_far_it_came_and_what_settles_it(cli: CommandLine, project: Project) -> None:
    """On stderr, with a command that can be typed; the exit code is 1."""
    project.write(GOOD, BAD, GOOD)
    result = cli("up")
    assert (result.code, result.out) == (1, "")
    told = result.err.splitlines()
    assert told[-3] == f"Applied: {FIRST}."
    assert told[-2] == (
        f"Error: {SECOND}_store_totals_in_cents failed: ValueError: order 'broken' has no customer "
        f"({SECOND}_store_totals_in_cents.py:2)."
    )
    assert f"run dynamigrate repair {SECOND} --as pending to have it run again, or --as applied" in told[-1]
    assert cli("repair", SECOND, "--as", "pending", "--yes").lines == [
        f"{SECOND} counts as pending now.",
        "Next: dynamigrate up",
    ]
    assert _states(cli) == ["applied", "pending", "pending"]


def test_negative_numbers_are_numbers(cli: CommandLine, project: Project) -> None:
    """``step -1`` goes back, and has to be confirmed."""
    project.write(GOOD, GOOD, GOOD)
    assert cli("step", "3").code == 0
    assert cli("step", "-2", "--yes").lines[0].startswith(f"Undone {THIRD}, {SECOND} in ")
    assert _states(cli) == ["applied", "pending", "pending"]


def test_what_goes_back_goes_back(cli: CommandLine, project: Project) -> None:
    """Each of them, where it was confirmed."""
    project.write(GOOD, GOOD, GOOD)
    cli("up")
    assert cli("down", "--yes").lines[0].startswith(f"Undone {THIRD} in ")
    assert cli("to", FIRST, "--yes").lines[0].startswith(f"Undone {SECOND} in ")
    assert cli("to", SECOND).lines[0].startswith(f"Applied {SECOND} in ")
    assert (
        cli("reset", "--yes").lines[0].startswith(f"Undone {SECOND}, {FIRST}; Applied {FIRST}, {SECOND}, {THIRD} in ")
    )
    assert cli("down", "--all", "--yes").lines[0].startswith(f"Undone {THIRD}, {SECOND}, {FIRST} in ")
    assert _states(cli) == ["pending", "pending", "pending"]


@pytest.mark.parametrize(
    "command",
    [
        ("down",),
        ("down", "--all"),
        ("reset",),
        ("step", "-1"),
        ("to", FIRST),
        ("repair", SECOND, "--as", "applied"),
        ("baseline", FIRST),
        ("unlock",),
        ("cancel",),
    ],
    ids=" ".join,
)
def test_what_undoes_or_overrides_is_refused_where_nobody_can_be_asked(
    cli: CommandLine, project: Project, command: tuple[str, ...]
) -> None:
    """With 2, before anything was done, and saying what would have it done."""
    project.write(GOOD, GOOD)
    cli("up")
    result = cli(*command)
    assert result.code == 2
    assert result.err.splitlines()[-2].endswith(
        "has to be confirmed, and there is no terminal to ask at. Nothing was done."
    )
    assert result.err.splitlines()[-1] == "Add --yes to have it done."
    assert _states(cli) == ["applied", "applied"]


def test_one_that_can_not_be_undone_is_refused(cli: CommandLine, project: Project) -> None:
    """As the engine refuses it, before anything is undone."""
    project.write(LASTING, GOOD)
    cli("up")
    result = cli("down", "--all", "--yes")
    assert result.code == 1
    assert f"Error: {FIRST}_create_statuses can't be undone: it has no undo." in result.err


def test_a_baseline_counts_without_running(cli: CommandLine, project: Project) -> None:
    """In an empty history."""
    project.write(BAD, BAD, GOOD)
    assert cli("baseline", SECOND, "--yes").lines == [f"Counted as applied: {FIRST}, {SECOND}."]
    assert _states(cli) == ["applied", "applied", "pending"]


def test_a_lock_of_somebody_else_is_named(
    cli: CommandLine, project: Project, ministack_dynamodb: "DynamoDBClient"
) -> None:
    """Who holds it, since when; and orders reach that run."""
    project.write(GOOD)
    target = DynamoDBTarget(
        ministack_dynamodb,
        table_name=project.table,
        lock_table_name=project.lock_table,
        holder="process 7 on a colleague's laptop",
    )
    target.create()
    with target.lock():
        result = cli("up")
        assert result.code == 1
        assert "process 7 on a colleague's laptop" in result.err
        assert "process 7 on a colleague's laptop holds the lock since " in cli("status").lines[0]
        assert "It was asked to stop" in cli("cancel", "--yes").out
        assert "It is paused." in cli("pause").lines
        rated = cli("rate", "--write-units", "5", "--for", "10m").lines
        assert any(line.startswith("Its rate is 5 write units a second until ") for line in rated)
    assert cli("status").lines[0].endswith("Nobody holds the lock.")
    assert cli("pause").err.splitlines()[0] == "Error: Nothing is running."


def test_an_order_of_nobody_is_refused_with_the_command_to_look(cli: CommandLine, project: Project) -> None:
    """And what a rate lacks is said before anything is asked."""
    project.write(GOOD)
    assert "dynamigrate status" in cli("pause").err
    assert cli("rate", "--for", "10m").err == (
        "Error: Neither --read-units nor --write-units is given.\nGive one, or both, or --for 0m.\n"
    )


def test_state_tables_of_no_given_name_are_not_made_unasked(cli: CommandLine, project: Project) -> None:
    """A deployed function has its history elsewhere, and all would run again."""
    (project.folder / "pyproject.toml").write_text(
        f'[tool.dynamigrate]\nendpoint-url = "{project.endpoint_url}"\nregion = "us-east-1"\n'
    )
    project.write(GOOD)
    for command in (["up"], ["step", "1"], ["to", FIRST], ["reset"]):
        result = cli(*command)
        assert result.code == 2
        assert result.err.startswith("There is no table _migrations in us-east-1 ")
        assert "--state-of STACK finds them." in result.err
    assert cli("up", "--yes").code == 0
