"""How things stand, as any front door can ask the engine."""

from dataclasses import replace

import pytest

from dynamigrate import MemoryTarget
from dynamigrate.continuation import Continuation
from dynamigrate.next_step import Command
from dynamigrate.records import Details, Failure, Run, RunRecord, RunResult
from dynamigrate.status import Finding, State, status
from tests.unit.fakes import MORNING, RecordingMigrations, applied


def test_each_migration_has_a_state(target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """By the source and by the history, which need not know the same."""
    applied(target, "1", "2")
    target.add("3")
    with target.lock():
        run = Continuation(run=Run(id="own"), began=MORNING, ends=MORNING + 60)
        target.launch("5", Details(), run, until=MORNING + 60)
    held = notebook.migration("6", requires=("4",), if_not_ready="hold")
    report = status(notebook.source("2", "3", "4", "5", held).load(), target)
    assert {one.id: one.state for one in report.migrations} == {
        "1": State.MISSING,
        "2": State.APPLIED,
        "3": State.DIRTY,
        "4": State.PENDING,
        "5": State.RUNNING,
        "6": State.HELD,
    }
    assert report.counts == dict.fromkeys(State, 1)
    assert report.current == "2"


def test_without_tables_all_is_pending(target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """And none are made."""
    target.destroy()
    report = status(notebook.source("1").load(), target)
    assert (report.has_state, report.counts[State.PENDING], report.lock) == (False, 1, None)
    assert report.next_step is not None
    assert report.next_step.command == Command("migrate")


def test_nothing_is_left_to_do_where_all_is_applied(target: MemoryTarget, notebook: RecordingMigrations) -> None:
    """So no command is named."""
    applied(target, "1")
    assert status(notebook.source("1").load(), target).next_step is None


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (Finding.RUNNING, Command("status")),
        (Finding.FAILED, Command("repair", {"migration": "1", "as": "pending", "confirm": True})),
        (Finding.STOPPED, Command("migrate")),
        (Finding.CRASHED, Command("repair", {"migration": "1", "as": "pending", "confirm": True})),
        (Finding.UNKNOWN, Command("repair", {"migration": "1", "as": "pending", "confirm": True})),
    ],
)
def test_a_dirty_one_says_what_became_of_it_and_what_to_do(
    target: MemoryTarget,
    notebook: RecordingMigrations,
    monkeypatch: pytest.MonkeyPatch,
    found: Finding,
    command: Command,
) -> None:
    """As values: a front door words them."""
    target.add("1", Details(run_id="run-1"))
    match found:
        case Finding.FAILED:
            target.fail("1", Failure(type="KeyError", message="status"))
        case Finding.STOPPED:
            target.save_checkpoint("1", 7)
        case Finding.UNKNOWN:
            run = RunRecord(
                run=Run(id="run-1"), started_at="2026-11-23T09:00:00.000Z", seconds=1, result=RunResult.FAILED
            )
            target.record_run(run)
        case _:
            pass
    with target.lock():
        if found is Finding.RUNNING:
            lock = target.lock_status()
            assert lock is not None
            monkeypatch.setattr(target, "lock_status", lambda: replace(lock, run_id="run-1"))
        report = status(notebook.source("1").load(), target)
    [dirty] = report.dirty
    assert (dirty.finding, dirty.next_step.command) == (found, command)
    assert report.next_step == dirty.next_step


def test_one_that_this_code_does_not_have_goes_on_with_its_own(target: MemoryTarget) -> None:
    """A repair would throw its checkpoints away, so none is named."""
    target.add("1")
    target.save_checkpoint("1", 7)
    [dirty] = status((), target).dirty
    assert dirty.next_step.command is None
    assert dirty.next_step.startswith("Deploy the code that has it again")
