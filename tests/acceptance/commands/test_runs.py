"""`migrate`, `step`, `to`, `undo`, `rewind` and `reset`: the commands that run migrations."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.acceptance.commands.console import ALL, CENTS, CHECK, LASTING, STATUSES, WORDS, Console

pytestmark = pytest.mark.acceptance


def test_migrate_runs_all_that_is_pending(console: Console) -> None:
    """And again, nothing: the answer has the same layout."""
    answer = console.invoke("migrate")
    assert list(answer) == ["ok", "run_id", "applied", "undone", "pending", "seconds"]
    assert (answer["applied"], answer["undone"], answer["pending"]) == (ALL, [], [])
    again = console.invoke("migrate")
    assert list(again) == list(answer)
    assert again["applied"] == []


def test_migrate_says_which_one_failed_and_what_was_applied_before(console: Console) -> None:
    """The error first; its way out stands beside it as an object, without escaped quotes."""
    console.break_an_order()
    answer = console.invoke("migrate")
    assert list(answer) == ["ok", "error", "run_id", "applied", "undone", "failed", "pending", "seconds"]
    assert (answer["applied"], answer["failed"]) == ([STATUSES, CENTS, WORDS], CHECK)
    assert answer["pending"] == [CHECK, LASTING]
    error = answer["error"]
    assert list(error) == ["type", "message", "next", "command"]
    assert error["type"] == "MigrationFailed"
    assert error["message"] == (
        f"{CHECK}_check_orders failed: ValueError: order 'broken' has no customer ({CHECK}_check_orders.py:4)."
    )
    assert error["command"] == {"action": "repair", "migration": CHECK, "as": "pending", "confirm": True}


def test_step_goes_as_far_as_it_is_told(console: Console) -> None:
    """Forward at once, back once it is confirmed."""
    assert console.invoke("step", n=2)["applied"] == [STATUSES, CENTS]
    assert console.refused("step", n=-1)["command"] == {"action": "step", "n": -1, "confirm": True}
    answer = console.invoke("step", n=-1, confirm=True)
    assert (answer["undone"], answer["applied"]) == ([CENTS], [])


def test_step_takes_no_step_that_is_not_there(console: Console) -> None:
    """Too far in either direction, or none at all: nothing runs."""
    console.begin(STATUSES)
    assert console.refused("step", n=5)["message"] == "Can't step 5 forward: 4 pending."
    assert console.refused("step", n=-2, confirm=True)["message"] == "Can't step 2 back: 1 applied."
    assert console.refused("step", n=0) == {
        "type": "StepOutOfRange",
        "message": "Can't step by 0.",
        "next": "Step by a whole number: above 0 forward, below 0 back.",
    }


def test_to_goes_forward_or_back_to_a_migration(console: Console) -> None:
    """Where it would undo something, it says what before it is confirmed."""
    assert console.invoke("to", migration=WORDS)["applied"] == [STATUSES, CENTS, WORDS]
    error = console.refused("to", migration=STATUSES)
    assert error["type"] == "ConfirmationNeeded"
    assert error["message"] == f"This would undo {WORDS}, {CENTS}."
    assert console.send(error["command"])["undone"] == [WORDS, CENTS]


def test_to_an_unknown_migration_goes_nowhere(console: Console) -> None:
    """The error says how to see which there are."""
    assert console.refused("to", migration="20270101000000", confirm=True) == {
        "type": "MigrationNotFound",
        "message": "There is no migration 20270101000000, neither in the source nor in the history.",
        "next": 'Invoke {"action": "status"} to see the ids.',
        "command": {"action": "status"},
    }


def test_undo_takes_back_the_newest(console: Console) -> None:
    """One at a time, until there is none."""
    console.begin(STATUSES, CENTS)
    assert console.invoke("undo", confirm=True)["undone"] == [CENTS]
    assert console.invoke("undo", confirm=True)["undone"] == [STATUSES]
    assert console.refused("undo", confirm=True)["type"] == "StepOutOfRange"


def test_rewind_takes_back_everything_and_reset_runs_it_again(console: Console) -> None:
    """Newest first, then oldest first."""
    console.begin(STATUSES, CENTS, WORDS)
    reset = console.invoke("reset", confirm=True)
    assert (reset["undone"], reset["applied"]) == ([WORDS, CENTS, STATUSES], ALL)
    console.begin(STATUSES, CENTS, WORDS)
    rewind = console.invoke("rewind", confirm=True)
    assert (rewind["undone"], rewind["applied"], rewind["pending"]) == ([WORDS, CENTS, STATUSES], [], ALL)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [("undo", {}), ("rewind", {}), ("reset", {}), ("step", {"n": -1}), ("to", {"migration": STATUSES})],
)
def test_a_migration_without_undo_is_not_undone(console: Console, action: str, arguments: Mapping[str, Any]) -> None:
    """It is known before anything runs, so nothing does."""
    console.begin(*ALL)
    assert console.refused(action, **arguments, confirm=True) == {
        "type": "MigrationNotUndoable",
        "message": f"{LASTING}_close_the_books can't be undone: it has no undo.",
        "next": "Nothing was run. Add an undo(ctx) to it, or write a new migration that takes it back.",
    }


def test_a_migration_of_newer_code_is_not_undone(console: Console) -> None:
    """As after a rollback: the history knows it, and the function's code does not."""
    console.begin(STATUSES, "20270101000000")
    error = console.refused("undo", confirm=True)
    assert error["message"] == "20270101000000 can't be undone: its code is not in the source."
    assert "Deploy the code that has it" in error["next"]
    status = console.invoke("status")
    assert (status["counts"]["missing"], status["migrations"][-1]["state"]) == (1, "missing")
