"""``status``, ``plan`` and ``history`` in a pipe: lines for other programs, JSON, and exit codes."""

from collections.abc import Callable

import pytest

from tests.cli.command_line import BAD, FIRST, GOOD, LASTING, SECOND, THIRD, CommandLine, Project

pytestmark = pytest.mark.ministack


def test_status_has_the_same_columns_whatever_there_is(cli: CommandLine, project: Project) -> None:
    """So that another program finds them: one line a migration, the description last, a dash for nothing."""
    project.write(GOOD, GOOD, BAD)
    cli("step", "1")
    result = cli("status")
    assert result.code == 0
    assert result.err == ""
    lines = result.lines
    assert lines[0] == "1 applied, 2 pending. Nobody holds the lock."
    assert lines[2].split() == ["ID", "STATE", "APPLIED", "(UTC)", "TOOK", "DESCRIPTION"]
    assert [line.split(maxsplit=4)[:2] for line in lines[3:6]] == [
        [FIRST, "applied"],
        [SECOND, "pending"],
        [THIRD, "pending"],
    ]
    assert lines[4].split(maxsplit=4) == [SECOND, "pending", "-", "-", "store totals in cents"]
    assert lines[-1] == "Next: dynamigrate up"


def test_status_says_that_there_is_no_state_and_under_which_names(cli: CommandLine, project: Project) -> None:
    """A name that is wrong looks like a history that is empty."""
    project.write(GOOD)
    result = cli("status")
    assert (
        f"There are no state tables yet; the first deploy or migrate makes them. They would be {project.table} and "
        f"{project.lock_table}." in result.lines
    )


def test_status_of_a_dirty_one_has_its_error_and_the_command_that_settles_it(
    cli: CommandLine, project: Project
) -> None:
    """Typed here, as it is said here."""
    project.write(GOOD, BAD)
    cli("up")
    lines = cli("status").lines
    assert lines[0] == "1 applied, 1 dirty. Nobody holds the lock."
    assert any(line.startswith(f"{SECOND} began at ") and line.endswith("and is dirty: failed.") for line in lines)
    assert f"  ValueError: order 'broken' has no customer ({SECOND}_store_totals_in_cents.py:2)" in lines
    assert lines[-1] == f"Next: dynamigrate repair {SECOND} --as pending"


def test_json_is_the_answer_and_nothing_else(cli: CommandLine, project: Project) -> None:
    """The very shape that the function has, on one line of stdout."""
    project.write(GOOD, LASTING)
    result = cli("status", "--json")
    assert list(result.answer) == ["ok", "current", "counts", "next", "note", "lock", "state", "migrations"]
    assert len(result.lines) == 1
    assert result.err == ""
    assert cli("plan", "--json").answer["actions"][0]["migration"] == FIRST
    assert cli("history", "--json").answer == {"ok": True, "runs": []}


def test_check_ends_with_3_where_something_is_pending_or_dirty(cli: CommandLine, project: Project) -> None:
    """And with 0 once it is not; without --check it is no failure."""
    project.write(GOOD)
    assert [cli("status").code, cli("status", "--check").code, cli("plan", "--check").code] == [0, 3, 3]
    cli("up")
    assert [cli("status", "--check").code, cli("plan", "--check").code] == [0, 0]
    project.write(GOOD, BAD)
    cli("up")
    assert [cli("status", "--check").code, cli("plan", "--check").code] == [3, 3]
    assert cli("plan").code == 1


def test_plan_says_what_up_to_and_step_would_do(cli: CommandLine, project: Project) -> None:
    """In order; a thing to undo is one line, too."""
    project.write(GOOD, GOOD, GOOD)
    cli("step", "2")
    assert cli("plan").lines == ["ACTION  ID              DESCRIPTION", f"do      {THIRD}  spell out statuses"]
    assert [line.split()[:2] for line in cli("plan", "--to", FIRST).lines[1:2]] == [["undo", SECOND]]
    assert [line.split()[:2] for line in cli("plan", "--step", "-2").lines[1:3]] == [["undo", SECOND], ["undo", FIRST]]
    cli("up")
    assert cli("plan").lines == ["There is nothing to do."]


def test_plan_calls_checks_when_asked(cli: CommandLine, project: Project) -> None:
    """A check that fails is a failure of the command, for a script."""
    project.write("def check(ctx):\n    raise ValueError('no')\n\n\ndef do(ctx):\n    pass\n")
    result = cli("plan", "--checks")
    assert result.code == 1
    assert f"The check of {FIRST} failed: ValueError: no" in result.lines


def test_plan_refuses_options_that_contradict(cli: CommandLine, project: Project) -> None:
    """Before anything is asked."""
    assert cli("plan", "--to", "1", "--step", "1").err == (
        "Error: --to and --step are both given.\nGive one of them, or none for what up would do.\n"
    )
    assert cli("plan", "--mask").code == 2


def test_history_is_a_line_a_run_with_who_it_was(cli: CommandLine, project: Project) -> None:
    """The newest first; what failed with its reason and what settles it, as a command of this command line."""
    project.write(GOOD, BAD)
    assert cli("history").lines == ["No run has changed anything yet."]
    cli("up")
    lines = cli("history").lines
    assert lines[0].split() == ["BEGAN", "COMMAND", "RESULT", "SECONDS", "RUN", "WHAT"]
    assert len(lines) == 2
    began, command, result, _seconds, _run, what = lines[1].split(maxsplit=5)
    assert began.endswith("Z")
    assert (command, result) == ("migrate", "failed")
    assert what.startswith(f"applied {FIRST}; failed {SECOND}; {SECOND}_store_totals_in_cents failed: ValueError")
    assert f"dynamigrate repair {SECOND} --as pending" in what
    assert ", process " in what


def test_verify_needs_one_that_is_applied(cli: CommandLine, project: Project) -> None:
    """Its refusal is the engine's, with a command of this command line."""
    project.write(GOOD)
    result = cli("verify", FIRST)
    assert result.code == 1
    assert "{" not in result.err


@pytest.mark.parametrize("columns", ["40", "80"])
def test_the_list_of_commands_cuts_no_sentence(cli_in: Callable[..., CommandLine], columns: str) -> None:
    """However narrow the terminal is; and an argument is named without braces."""
    cli = cli_in(COLUMNS=columns)
    told = " ".join(cli("--help").out.split())
    assert "Count migrations up to one as applied, in an empty history." in told
    assert "Have the app on an AWS embedded on this machine, until Ctrl-C." in told
    assert cli("repair", "--help").lines[0] == "Usage: dynamigrate repair [OPTIONS] ID"
