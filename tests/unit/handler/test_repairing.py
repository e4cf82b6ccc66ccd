"""The commands that set the record straight."""

from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate.records import Details, Failure
from tests.unit.handler.front import FIRST, GOOD, SECOND, THIRD, Front, holder


def test_repair_as_pending_has_it_run_again(front: Front) -> None:
    """It says what it was, and what to do next."""
    front.target.add(FIRST)
    front.target.fail(FIRST, Failure(type="KeyError", message="'status'", where="x.py:14"))
    answer = front.invoke("repair", migration=FIRST, confirm=True, **{"as": "pending"})
    assert (answer["ok"], answer["repaired"], answer["now"]) == (True, FIRST, "pending")
    assert answer["was"] == {"type": "KeyError", "message": "'status'", "where": "x.py:14"}
    assert answer["next"] == {"action": "migrate"}
    assert front.target.states() == {}


def test_repair_as_applied_counts_it_as_done(front: Front) -> None:
    """Nothing runs."""
    front.target.add(FIRST)
    answer = front.invoke("repair", migration=FIRST, confirm=True, **{"as": "applied"})
    assert (answer["now"], answer["was"]) == ("applied", "begun and never finished")
    assert front.target.states() == {FIRST: "applied"}


def test_repair_knows_an_id_that_only_the_history_has(front: Front) -> None:
    """After a rollback the function runs older code."""
    front.target.add(THIRD)
    assert front.invoke("repair", migration=THIRD, confirm=True, **{"as": "pending"})["ok"] is True


@pytest.mark.parametrize(("migration", "error"), [(FIRST, "NotDirty"), (SECOND, "MigrationNotFound")])
def test_repair_of_what_is_not_dirty_is_refused(front: Front, migration: str, error: str) -> None:
    """There is nothing to settle."""
    front.target.apply(FIRST)
    answer = front.invoke("repair", migration=migration, confirm=True, **{"as": "pending"})
    assert answer["error"]["type"] == error
    assert front.target.states() == {FIRST: "applied"}


def test_repair_is_in_the_history_and_the_log(front: Front) -> None:
    """Who did it, and when."""
    front.target.add(FIRST)
    front.invoke("repair", migration=FIRST, confirm=True, **{"as": "pending"})
    record = front.target.runs()[0]
    assert (record.run.command, record.run.actor) == ("repair", "invoke, request request-1")
    assert (front.line("migration.repaired")["repaired"], front.line("migration.repaired")["level"]) == (
        FIRST,
        "WARNING",
    )


def test_unlock_says_who_it_was(front: Front) -> None:
    """And keeps it in the history."""
    front.target.held_by = holder()
    answer = front.invoke("unlock", confirm=True)
    assert answer["lock"] == {"held": False}
    assert answer["was"]["holder"] == "stack Other, function F"
    assert front.target.forced == [False]
    [record] = front.target.runs()
    assert (record.run.command, record.note) == ("unlock", "The lock of stack Other, function F was freed.")


def test_unlock_by_force_says_so(front: Front) -> None:
    """It is another thing to override a holder that lives."""
    front.target.held_by = holder(beat=3)
    assert front.invoke("unlock", confirm=True, force=True)["ok"] is True
    assert front.target.forced == [True]
    assert front.target.runs()[0].note == "The lock of stack Other, function F was freed by force."


def test_unlock_refuses_a_holder_that_beats(front: Front) -> None:
    """It lives, and works."""
    front.target.held_by = holder(beat=3)
    assert front.invoke("unlock", confirm=True)["error"]["type"] == "LockHeld"
    assert front.target.runs() == ()


def test_unlock_of_a_free_lock_is_fine(front: Front) -> None:
    """And no run of the history."""
    answer = front.invoke("unlock", confirm=True)
    assert (answer["ok"], answer["note"]) == (True, "Nobody held the lock.")
    assert front.target.runs() == ()


def baseline(front: Front, migration: str) -> Any:
    return front.invoke("baseline", migration=migration, confirm=True)


def test_baseline_counts_all_up_to_one_as_applied_without_running_them(front: Front) -> None:
    """The rest stays pending."""
    broken = "def do(ctx): raise AssertionError\n"
    front.write(broken, broken, GOOD)
    answer = baseline(front, SECOND)
    assert (answer["ok"], answer["baseline"], answer["applied"]) == (True, SECOND, [FIRST, SECOND])
    assert front.target.states() == {FIRST: "applied", SECOND: "applied"}
    assert front.invoke("migrate")["applied"] == [THIRD]


def test_baseline_is_in_the_history(front: Front) -> None:
    """As what it is: not run."""
    baseline(front, SECOND)
    [record] = front.target.runs()
    assert (record.run.command, record.result, record.applied) == ("baseline", "succeeded", (FIRST, SECOND))
    assert record.note == f"baseline {SECOND}: 2 counted as applied, without running them."
    assert front.target.records()[0].details.actor == "baseline, invoke, request request-1"
    assert front.target.records()[0].details.checksum is not None


def test_baseline_is_refused_where_there_is_a_history(front: Front) -> None:
    """It would paper over what was not run."""
    front.target.apply(FIRST)
    error = baseline(front, SECOND)["error"]
    assert (error["type"], error["message"]) == (
        "BaselineRefused",
        f"The history is not empty: it has {FIRST}.",
    )
    assert front.target.states() == {FIRST: "applied"}
    assert front.target.runs() == ()


def test_baseline_is_refused_where_something_is_dirty(front: Front) -> None:
    """That takes a repair."""
    front.target.add(FIRST, Details(actor="cloudformation S"))
    assert baseline(front, FIRST)["error"]["type"] == "BaselineRefused"


def test_baseline_of_what_is_applied_already_is_fine(front: Front) -> None:
    """There is nothing to do, whoever applied it; and nothing is recorded."""
    front.target.apply(FIRST, SECOND)
    answer = baseline(front, SECOND)
    assert (answer["ok"], answer["applied"]) == (True, [])
    assert front.target.runs() == ()


def test_baseline_of_an_unknown_id_is_refused(front: Front) -> None:
    """Neither the source nor the history has it."""
    assert baseline(front, THIRD)["error"]["type"] == "MigrationNotFound"
    assert front.target.states() == {}


@pytest.mark.parametrize("broken", ["add", "finish_migration"])
def test_baseline_that_was_interrupted_can_be_run_again(
    front: Front, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """What an earlier one left, finished or half done, is carried on: no code is involved."""
    real: Callable[..., None] = getattr(front.target, broken)

    def dies(migration_id: str, *details: Any) -> None:
        if migration_id == SECOND:
            raise OSError("killed")
        real(migration_id, *details)

    with monkeypatch.context() as patch:
        patch.setattr(front.target, broken, dies)
        assert baseline(front, SECOND)["error"]["message"] == "killed"
    [record] = front.target.runs()
    assert (record.result, record.applied) == ("failed", (FIRST,))
    assert record.note == f"baseline {SECOND}: 1 counted as applied, interrupted."
    assert baseline(front, SECOND)["applied"] == [SECOND]
    assert front.target.states() == {FIRST: "applied", SECOND: "applied"}


def test_baseline_makes_the_tables(front: Front) -> None:
    """It is the first thing to run in an account that was migrated by hand."""
    front.target.destroy()
    assert baseline(front, SECOND)["ok"] is True


def test_baseline_needs_the_lock(front: Front) -> None:
    """A deploy may be running."""
    front.target.held_by = holder()
    assert baseline(front, SECOND)["error"]["type"] == "LockHeld"
    assert front.target.states() == {}
