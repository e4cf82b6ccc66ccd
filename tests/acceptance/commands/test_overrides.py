"""`repair`, `baseline` and `unlock`: the commands that set the record straight."""

import pytest

from tests.acceptance.commands.console import CENTS, CHECK, LASTING, STATUSES, WORDS, Console

pytestmark = pytest.mark.acceptance


def test_repair_settles_a_dirty_migration_either_way(console: Console) -> None:
    """As pending it runs again, as applied it counts as done; the answer says what was wrong."""
    console.break_an_order()
    console.invoke("migrate")
    answer = console.invoke("repair", migration=CHECK, as_="pending", confirm=True)
    assert list(answer) == ["ok", "repaired", "now", "was", "run_id", "next"]
    assert (answer["repaired"], answer["now"], answer["next"]) == (CHECK, "pending", {"action": "migrate"})
    assert answer["was"]["message"] == "order 'broken' has no customer"

    assert console.invoke("migrate")["failed"] == CHECK
    answer = console.invoke("repair", migration=CHECK, as_="applied", confirm=True)
    assert list(answer) == ["ok", "repaired", "now", "was", "run_id"]
    assert console.invoke("status")["current"] == CHECK


def test_repair_leaves_alone_what_is_not_dirty(console: Console) -> None:
    """An applied migration, and one that nobody knows."""
    console.begin(STATUSES)
    error = console.refused("repair", migration=STATUSES, as_="pending", confirm=True)
    assert error["type"] == "NotDirty"
    assert error["message"].endswith("is applied and not dirty, so there is nothing to repair.")
    error = console.refused("repair", migration="7", as_="pending", confirm=True)
    assert (error["type"], error["message"]) == ("MigrationNotFound", "7 is not in the history.")


def test_baseline_counts_as_applied_what_ran_before_there_was_a_history(console: Console) -> None:
    """In an empty history; none of it is run, and what comes after it is pending."""
    answer = console.invoke("baseline", migration=WORDS, confirm=True)
    assert list(answer) == ["ok", "baseline", "applied", "run_id"]
    assert (answer["baseline"], answer["applied"]) == (WORDS, [STATUSES, CENTS, WORDS])
    assert [one["migration"] for one in console.invoke("plan")["actions"]] == [CHECK, LASTING]
    assert console.invoke("baseline", migration=WORDS, confirm=True)["applied"] == []


def test_baseline_does_not_paper_over_a_history(console: Console) -> None:
    """Nor does it take an id that nobody knows."""
    assert console.refused("baseline", migration="7", confirm=True)["type"] == "MigrationNotFound"
    console.begin(STATUSES)
    error = console.refused("baseline", migration=WORDS, confirm=True)
    assert error["type"] == "BaselineRefused"
    assert error["message"].startswith(f"The history is not empty: it has {STATUSES}")


def test_unlock_finds_nobody(console: Console) -> None:
    """Which is as good as having freed it."""
    assert console.invoke("unlock", confirm=True) == {
        "ok": True, "lock": {"held": False}, "note": "Nobody held the lock.",
    }  # fmt: skip


def test_unlock_frees_the_lock_of_the_dead(console: Console) -> None:
    """The answer and the history say whose it was."""
    console.leave_a_dead_holder()
    answer = console.invoke("unlock", confirm=True)
    assert list(answer) == ["ok", "lock", "was", "run_id"]
    assert answer["lock"] == {"held": False}
    assert answer["was"]["holder"] == "stack Old, function Gone"
    [run] = console.invoke("history")["runs"]
    assert (run["command"], run["note"]) == ("unlock", "The lock of stack Old, function Gone was freed.")


def test_unlock_leaves_a_living_holder_its_lock(console: Console) -> None:
    """It is watched for a lease, and it beats; only force frees it, and the error says what that means."""
    with console.held_by_a_colleague():
        error = console.refused("unlock", confirm=True)
        assert error["type"] == "LockHeld"
        assert "is held by process 7 on a colleague's laptop since" in error["message"]
        assert "it beats, so its holder lives" in error["message"]
        assert error["command"] == {"action": "unlock", "force": True, "confirm": True}
        answer = console.send(error["command"])
        assert answer["was"]["holder"] == "process 7 on a colleague's laptop"
    [run] = console.invoke("history")["runs"]
    assert run["note"] == "The lock of process 7 on a colleague's laptop was freed by force."
