"""What somebody sees who sits at a terminal, and what a pipe gets: the program as a process of its own."""

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dynamigrate import DynamoDBTarget
from tests.cli.command_line import BAD, FIRST, GOOD, SECOND, CommandLine, Project, program
from tests.cli.pseudo_terminal import PseudoTerminal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.ministack, pytest.mark.slow]

SLOW = (
    "import time\n\n\ndef do(ctx):\n    for n in range(2000):\n        ctx.checkpoint.save({'n': n})\n"
    "        ctx.logger.info('at work') if n == 0 else None\n        time.sleep(0.02)\n"
)
DEAF = "import time\n\n\ndef do(ctx):\n    ctx.logger.info('at work')\n    time.sleep(60)\n"
LONG = "a description that is much too long for a column of a terminal and so it has to go on in the next line of it"


@pytest.mark.parametrize("columns", [80, 120])
def test_status_fits_the_terminal_and_has_colors(project: Project, columns: int) -> None:
    """No line is broken by the terminal but those that are to be copied."""
    project.write(GOOD, BAD)
    project.write_file("20261120090000_" + LONG.replace(" ", "_"), GOOD)
    with PseudoTerminal(["up"], folder=project.folder):
        pass
    with PseudoTerminal(["status"], folder=project.folder, columns=columns) as terminal:
        pass
    assert terminal.result.code == 0
    assert all(len(line) <= columns for line in terminal.result.lines)
    assert "\x1b[32mapplied" in terminal.raw
    assert "\x1b[1;31mdirty" in terminal.raw
    assert f"Next: dynamigrate repair {SECOND} --as pending" in terminal.result.out


def test_a_narrow_terminal_has_descriptions_below(project: Project) -> None:
    """Not one letter beside the other columns."""
    project.write(GOOD, GOOD)
    with PseudoTerminal(["up"], folder=project.folder):
        pass
    with PseudoTerminal(["status"], folder=project.folder, columns=50) as terminal:
        pass
    lines = terminal.result.lines
    assert lines[lines.index("  create statuses") - 1].startswith(f"{FIRST}  applied  ")
    assert all(len(line) <= 50 for line in lines)


def test_a_terminal_that_can_do_less_is_asked_for_less(project: Project) -> None:
    """One whose cursor does not move back has lines, as a pipe; one without such letters has others."""
    project.write(GOOD)
    with PseudoTerminal(["up"], folder=project.folder, TERM="dumb") as terminal:
        pass
    assert "\x1b" not in terminal.raw
    assert terminal.result.lines[0] == f"{FIRST}_create_statuses begins (1 of 1)."
    with PseudoTerminal(["down", "--yes"], folder=project.folder, PYTHONIOENCODING="ascii") as terminal:
        pass
    assert "\x1b[?25l" in terminal.raw
    assert "\\u" not in terminal.raw


def test_no_color_leaves_them_out(project: Project) -> None:
    """By the variable, and by the option."""
    project.write(GOOD)
    for arguments, no_color in ((["status"], "1"), (["status", "--no-color"], "")):
        with PseudoTerminal(arguments, folder=project.folder, NO_COLOR=no_color) as terminal:
            pass
        assert "\x1b[3" not in terminal.raw
        assert FIRST in terminal.result.out


def test_a_pipe_gets_neither_colors_nor_bars(project: Project) -> None:
    """Whatever the width of a terminal that is not there: a long description stays on its line."""
    project.write_file("20261120090000_" + LONG.replace(" ", "_"), GOOD)
    done = program("up", folder=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE).communicate()
    assert b"\x1b" not in done[0] + done[1]
    out, _ = program("status", folder=project.folder, stdout=subprocess.PIPE).communicate()
    assert LONG in out.decode().splitlines()[-1]


def test_a_question_is_answered(project: Project, cli: CommandLine) -> None:
    """What would be undone is shown, and yes does it."""
    project.write(GOOD, GOOD)
    cli("up")
    with PseudoTerminal(["down"], folder=project.folder) as terminal:
        terminal.wait_for(f"undo {SECOND} store totals in cents")
        terminal.wait_for("Undo 1 migration on")
        terminal.wait_for("[y/N]")
        terminal.type("y\n")
    assert terminal.result.code == 0
    assert f"Undone {SECOND} in " in terminal.result.out
    assert cli("status", "--json").answer["current"] == FIRST


def test_what_is_asked_is_what_is_done(project: Project) -> None:
    """Where nothing is applied, a reset undoes nothing."""
    project.write(GOOD)
    with PseudoTerminal(["reset"], folder=project.folder) as terminal:
        terminal.wait_for("Run all migrations on table")
        terminal.wait_for("[y/N]")
        terminal.type("y\n")
    assert terminal.result.code == 0
    assert "Undo" not in terminal.result.out


def test_what_was_typed_before_the_question_does_not_answer_it(project: Project, cli: CommandLine) -> None:
    """A line that was meant for something else undoes nothing, and leaves no part of the bar on the screen."""
    project.write(GOOD)
    cli("up")
    with PseudoTerminal(["down"], folder=project.folder) as terminal:
        terminal.type("y\n")
        terminal.wait_for("[y/N]")
        terminal.type("n\n")
    assert (terminal.result.code, terminal.result.lines[-1]) == (1, "Nothing was done.")
    assert cli("status", "--json").answer["current"] == FIRST


def test_an_interrupt_at_the_question_begins_a_new_line(project: Project, cli: CommandLine) -> None:
    """Nothing was done."""
    project.write(GOOD)
    cli("up")
    with PseudoTerminal(["down"], folder=project.folder) as terminal:
        terminal.wait_for("[y/N]")
        terminal.interrupt()
    assert terminal.result.code == 130
    assert terminal.result.lines[-1] == "Interrupted."
    assert cli("status", "--json").answer["current"] == FIRST


@pytest.mark.parametrize("said", ["n\n", "\n", "\x04"], ids=["no", "nothing", "end"])
def test_anything_but_yes_does_nothing(project: Project, cli: CommandLine, said: str) -> None:
    """And is no success, for whatever comes after it in a script."""
    project.write(GOOD)
    cli("up")
    with PseudoTerminal(["down", "--all"], folder=project.folder) as terminal:
        terminal.wait_for("[y/N]")
        terminal.type(said)
    assert terminal.result.code == 1
    assert terminal.result.lines[-1] == "Nothing was done."
    assert cli("status", "--json").answer["current"] == FIRST


def test_an_interrupt_stops_a_run_at_its_checkpoint(project: Project, cli: CommandLine) -> None:
    """What was done is said, the lock is free, and the next run goes on from there."""
    project.write(GOOD, SLOW)
    with PseudoTerminal(["up"], folder=project.folder) as terminal:
        terminal.wait_for("at work")
        terminal.interrupt()
    assert terminal.result.code == 130
    told = " ".join(terminal.result.out.split())
    assert "Interrupted: the run stops at its next checkpoint, or before its next migration." in told
    assert f"{SECOND} stopped at its checkpoint: it was interrupted (Ctrl-C)." in told
    assert f"Applied in this run: {FIRST}" in told
    status = cli("status", "--json").answer
    assert status["lock"] == {"held": False}
    assert status["dirty"][0]["found"] == "stopped at its checkpoint"


def test_a_second_interrupt_ends_it_at_once(project: Project, cli: CommandLine) -> None:
    """A migration without a checkpoint is dirty then, and how to settle it is said; the lock is free."""
    project.write(DEAF)
    with PseudoTerminal(["up"], folder=project.folder) as terminal:
        terminal.wait_for("at work")
        terminal.interrupt()
        terminal.wait_for("Once more interrupts it at once")
        terminal.interrupt()
    assert terminal.result.code == 130
    told = " ".join(terminal.result.out.split())
    assert f"{FIRST}_create_statuses failed: KeyboardInterrupt (" in told
    assert f"dynamigrate repair {FIRST} --as pending" in told
    assert "Traceback" not in told
    status = cli("status", "--json").answer
    assert status["lock"] == {"held": False}
    assert status["counts"]["dirty"] == 1


def test_an_interrupt_while_nothing_runs_ends_it_at_once(
    project: Project, ministack_dynamodb: "DynamoDBClient"
) -> None:
    """As in the wait for a lock that somebody else holds."""
    project.write(GOOD)
    target = DynamoDBTarget(ministack_dynamodb, table_name=project.table, lock_table_name=project.lock_table)
    target.create()
    with target.lock(), PseudoTerminal(["up", "--wait", "600"], folder=project.folder) as terminal:
        terminal.wait_for(f"table {project.table}")
        terminal.interrupt()
    assert terminal.result.code == 130
    # The second where it had begun to wait.
    assert terminal.result.lines[-1] in {"Interrupted.", "Interrupted; no migration was under way."}


def test_an_interrupt_in_a_pipe_is_the_same(project: Project, cli: CommandLine) -> None:
    """A script that is interrupted leaves no lock behind."""
    project.write(SLOW)
    running = program("up", "--json", folder=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stderr is not None
    for line in running.stderr:
        if line == b"at work\n":
            break
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b'"type": "RunUnfinished"' in out
    assert cli("status", "--json").answer["lock"] == {"held": False}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_what_ends_a_job_or_a_terminal_stops_a_run_in_order(
    project: Project, cli: CommandLine, number: signal.Signals
) -> None:
    """As Ctrl-C does, although nobody reads any more what is said: the lock is free, and the next run goes on."""
    project.write(SLOW)
    # A program that is begun under nohup, as these tests may be, leaves SIGHUP alone.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        running = program("up", folder=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(number, before)
    assert running.stdout is not None
    assert running.stderr is not None
    for line in running.stderr:
        if line == b"at work\n":
            break
    running.stderr.close()
    running.stdout.close()
    running.send_signal(number)
    try:
        assert running.wait(timeout=60) == 130
    finally:
        running.kill()
        running.wait()
    status = cli("status", "--json").answer
    assert status["lock"] == {"held": False}
    assert status["dirty"][0]["found"] == "stopped at its checkpoint"
    assert f"it was interrupted ({number.name})" in cli("history").out


def test_a_run_is_not_for_who_reads_of_it(project: Project, cli: CommandLine) -> None:
    """`up 2>&1 | head -1` runs all, and so does one whose streams are closed from the start."""
    project.write(*["def do(ctx):\n    ctx.logger.info('at work')\n    print('still')\n" for _ in range(3)])
    first = program("to", SECOND, folder=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert first.stderr is not None
    first.stderr.close()
    first.communicate(timeout=60)
    assert cli("status", "--json").answer["current"] == SECOND
    shell = f"{sys.executable} -m dynamigrate_cli up >&- 2>&-"
    done = subprocess.run(["sh", "-c", shell], cwd=project.folder, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert cli("status", "--json").answer["counts"]["pending"] == 0


def test_a_migration_may_print_what_nobody_reads(project: Project, cli: CommandLine) -> None:
    """Whoever read it has had enough in the middle of it: it runs to its end."""
    project.write(
        "import time\n\n\ndef do(ctx):\n    for _ in range(20):\n        print('at work')\n        time.sleep(0.05)\n"
    )
    running = program("up", folder=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert running.stderr is not None
    for line in running.stderr:
        if line == b"at work\n":
            break
    running.stderr.close()
    assert running.wait(timeout=60) == 0
    assert cli("status", "--json").answer["counts"]["applied"] == 1


def test_a_migration_under_way_is_no_crash(project: Project, cli: CommandLine) -> None:
    """Whoever looks meanwhile is told so, and of no repair, which would have it run twice."""
    project.write(DEAF)
    running = program("up", folder=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stderr is not None
    try:
        for line in running.stderr:
            if line == b"at work\n":
                break
        answer = cli("status", "--json").answer
        told = cli("status").lines
    finally:
        running.kill()
        running.communicate()
    assert answer["dirty"][0]["found"] == "running"
    assert answer["lock"]["run_id"] == answer["migrations"][0]["run_id"]
    assert told[0].startswith("1 running. ")
    assert [FIRST, "running"] in [line.split()[:2] for line in told]
    assert told[-3].startswith(f"{FIRST} began at ")
    assert told[-3].endswith("UTC, and is under way.")
    assert told[-1] == "Next: dynamigrate status"


def test_nobody_is_asked_where_there_is_no_stdin(project: Project, cli: CommandLine) -> None:
    """As in a job that closed it: refused, and no traceback."""
    project.write(GOOD)
    cli("up")
    shell = f"{sys.executable} -m dynamigrate_cli down <&-"
    done = subprocess.run(["sh", "-c", shell], cwd=project.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("Add --yes to have it done.\n")


def test_what_a_terminal_would_obey_is_shown(project: Project) -> None:
    """A migration's words may be an item's, and an item's may be anybody's; a letter that is not there is shown, too."""
    project.write("def do(ctx):\n    ctx.logger.info('caf\\u00e9 \\x1b[2J\\x07')\n    raise ValueError('\\x1b[31m')\n")
    with PseudoTerminal(["up"], folder=project.folder, PYTHONIOENCODING="ascii") as terminal:
        pass
    assert terminal.result.code == 1
    assert "caf\\xe9 \\x1b[2J\\x07" in terminal.raw
    assert "\x1b[31m" not in terminal.raw
    assert "\x1b[2J" not in terminal.raw


def test_a_reader_that_has_enough_ends_it_quietly(project: Project) -> None:
    """As `| head` does."""
    for number in range(200):
        project.write_file(f"20261120{number:06}_{LONG.replace(' ', '_')}", GOOD)
    running = program("status", folder=project.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (141, b"")


def test_a_bar_says_how_far_a_run_is(project: Project) -> None:
    """In a terminal, beside its speed."""
    project.write(
        "import time\n\n\ndef do(ctx):\n    ctx.progress(250, 1000, percent=25.0, per_second=1200)\n    time.sleep(1)\n"
    )
    with PseudoTerminal(["up"], folder=project.folder) as terminal:
        terminal.wait_for("25 %, 1,200/s")
    assert "━" in terminal.raw
    assert f"Applied {FIRST} in " in terminal.result.out
