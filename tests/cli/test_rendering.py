"""Answers with all that they can have, as they are shown in a pipe."""

from typing import Any

import pytest

from dynamigrate_cli.render.history import show_history
from dynamigrate_cli.render.lock import lock_lines
from dynamigrate_cli.render.outcome import show_outcome
from dynamigrate_cli.render.plan import show_plan
from dynamigrate_cli.render.quantities import count, dollars, duration, moment, percent
from dynamigrate_cli.render.status import show_status
from dynamigrate_cli.render.verification import show_verification
from dynamigrate_cli.terminal import Terminal
from dynamigrate_cli.wording import Wording

WORDING = Wording(["--stack", "Orders"])
STATUS: dict[str, Any] = {
    "ok": True,
    "phase": "after",
    "counts": {"applied": 2, "pending": 1, "held": 1, "running": 1, "dirty": 1, "missing": 1},
    "next": {"action": "repair", "migration": "2", "as": "pending", "confirm": True},
    "dirty": [
        {
            "migration": "2", "found": "failed", "in": "undo", "began": "2026-11-24T09:12:00.000Z",
            "error": {"type": "ValueError", "message": "no", "where": "2_b.py:3"},
            "restore_point": {
                "at": "2026-11-24T09:11:59Z", "tables": {}, "commands": ["aws dynamodb restore-table-to-point-in-time x"]
            },
            "progress": {"done": 1200, "total": 5000, "percent": 24.0, "per_second": 310, "seconds_left": 250},
            "next": {"action": "repair", "migration": "2", "as": "pending", "confirm": True},
        },
        {
            "migration": "3", "found": "crashed", "in": "do", "began": "2026-11-24T09:12:00.000Z",
            "next": "Deploy the code that has it again.",
        },
    ],
    "running": [
        {
            "migration": "4", "began": "2026-11-24T09:12:00.000Z", "done_about": "2026-11-24T12:00:00.000Z",
            "progress": {"done": 1, "total": 2, "waits_for": "the alarm orders-p99"},
            "lock": {"held": True}, "cancel": {"action": "cancel", "migration": "4", "confirm": True},
        }
    ],
    "warnings": ['1_a was changed since. Invoke {"action": "status"}.'],
    "application": {"deployed_at": "2026-11-24T09:00:00.000Z", "deploy_id": "d", "app_version": "1.4"},
    "lock": {
        "held": True, "holder": "stack Orders", "since": "2026-11-24T09:12:00.000Z", "until": "2026-11-24T09:27:00.000Z",
        "run_id": "r1", "paused": True, "asked_to_stop": "a deploy that is rolled back",
        "goes_on": {
            "slice": 3, "began": "2026-11-24T08:00:00.000Z",
            "fleet": {"migration": "4", "workers": 8, "at_work": 7},
        },
        "rate": {"write_units": 500, "until": "2026-11-24T10:00:00.000Z", "by": "ana"},
    },
    "state": {"table_name": "T", "lock_table_name": "L", "lock_id": "migrations"},
    "migrations": [
        {
            "id": "1", "description": "a", "state": "applied", "applied_at": "2026-11-23T09:12:00.000Z", "seconds": 250.5,
            "run_id": "r", "actor": "x", "changed": True, "warning": "...", "replaced_by": "9", "phase": "after",
            "verified": {"clean": True, "checked": 1000, "at": "2026-11-23T09:12:00.000Z"},
        },
        {
            "id": "5", "description": "drop the old names", "state": "held", "waits_for": ["4 is not applied"],
            "ready_at": "2026-12-01T00:00:00.000Z",
        },
    ],
}  # fmt: skip


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a renderer wrote, line by line."""

    def lines(show: Any, *arguments: Any) -> list[str]:
        show(Terminal(), *arguments)
        return capsys.readouterr().out.splitlines()

    return lines


def test_a_status_with_everything(shown: Any) -> None:
    """In the order in which it matters, with commands of this command line."""
    assert shown(show_status, WORDING, STATUS) == [
        (
            "2 applied, 1 pending, 1 held, 1 running, 1 dirty, 1 missing (after the application). stack Orders holds the lock "
            "since 2026-11-24 09:12 UTC, until 2026-11-24 09:27 UTC at the latest."
        ),
        "Its run is r1.",
        "It goes on in the state machine, slice 3, since 2026-11-24 08:00 UTC.",
        "7 of 8 workers are at work on 4.",
        "Its rate is 500 write units a second until 2026-11-24 10:00 UTC, by ana.",
        "It is paused.",
        "It was asked to stop: a deploy that is rolled back.",
        "",
        "ID  STATE    APPLIED (UTC)                TOOK  DESCRIPTION",
        (
            "1   applied  2026-11-23T09:12:00.000Z  250.500  a (after the application; replaced by 9; changed; clean, 1,000 "
            "items looked at 2026-11-23 09:12)"
        ),
        (
            "5   held     -                               -  drop the old names (waits: 4 is not applied; ready at 2026-12-01 "
            "00:00 UTC)"
        ),
        "",
        "2 was being undone at 2026-11-24 09:12 UTC, and is dirty: failed.",
        "  ValueError: no (2_b.py:3)",
        "  1,200 of about 5,000 (24 %), 310 a second, 4 min 10 s left",
        "  Its tables can be restored to 2026-11-24T09:11:59Z:",
        "    aws dynamodb restore-table-to-point-in-time x",
        "",
        "3 began at 2026-11-24 09:12 UTC, and is dirty: crashed.",
        "  Next: Deploy the code that has it again.",
        "",
        "4 goes on in a run of its own since 2026-11-24 09:12 UTC.",
        "  1 of about 2, waits for the alarm orders-p99",
        "  It should be done about 2026-11-24 12:00 UTC.",
        "  To stop it: dynamigrate cancel 4 --stack Orders",
        "",
        "1_a was changed since. Run dynamigrate status --stack Orders.",
        "The application 1.4 was deployed at 2026-11-24 09:00 UTC.",
        "",
        "Next: dynamigrate repair 2 --as pending --stack Orders",
    ]  # fmt: skip


def test_the_lock_of_another_driver_is_told_in_a_sentence() -> None:
    """Which says nothing of itself."""
    lock = {"held": True, "holder": "another driver, whose entry has no lease and does not say who it is"}
    assert lock_lines(lock) == ["Another driver, whose entry has no lease and does not say who it is, holds the lock."]


def test_nothing_is_said_of_a_way_back_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """A table without point-in-time recovery can't be restored."""
    dirty = {
        "migration": "2", "found": "failed", "in": "do", "began": "2026-11-24T09:12:00.000Z", "next": "Look.",
        "restore_point": {"at": "2026-11-24T09:11:59Z", "tables": {"Orders": "off"}},
    }  # fmt: skip
    show_status(Terminal(), WORDING, {"ok": True, "dirty": [dirty]})
    assert "restored" not in capsys.readouterr().out


def test_a_plan_with_everything(shown: Any) -> None:
    """Each action with what is out of the ordinary, then costs, checks and what would be passed over."""
    answer = {
        "ok": True,
        "warnings": ["1_a was changed since."],
        "actions": [
            {
                "action": "do", "migration": "2", "description": "b", "goes_on_from_its_checkpoint": True, "detached": True,
                "cost": {"note": "It will cost about $3.10."},
            },
            {"action": "do", "migration": "3", "description": "c", "requires": ["9"], "waits_for": ["9 is not clean"],
             "ready_at": "2026-12-01T00:00:00.000Z"},
            {"action": "undo", "migration": "1", "description": "a"},
        ],
        "held": [{"migration": "4", "waits_for": ["9 is not applied"], "ready_at": "2026-12-01T00:00:00.000Z"}],
        "pending": ["2", "3", "4", "5"],
        "checks": [
            {"migration": "2", "passed": True, "seconds": 0.2},
            {"migration": "3", "passed": False, "seconds": 0.1, "error": {"type": "ValueError", "message": "odd"}},
        ],
        "note": "There was no time for more.",
    }  # fmt: skip
    assert shown(show_plan, WORDING, answer) == [
        "ACTION  ID  DESCRIPTION",
        "do      2   b (goes on from its checkpoint; in a run of its own)",
        "do      3   c (would stop the run: requires 9; would stop the run: 9 is not clean; ready at 2026-12-01 00:00 UTC)",
        "undo    1   a",
        "2: It will cost about $3.10.",
        "4 would be passed over: 9 is not applied, ready at 2026-12-01 00:00 UTC.",
        "The check of 2 passed in 0.2 s.",
        "The check of 3 failed: ValueError: odd",
        "There was no time for more.",
        "1_a was changed since.",
        "Pending beside these: 5.",
    ]


def test_a_dry_run_with_everything(shown: Any) -> None:
    """What it would write, what of items would change, and what can't be known."""
    items = [{"key": "#1f3a", "outcome": "delete", "changes": [{"path": "a", "before": 1}]} for _ in range(12)]
    answer = {
        "ok": True,
        "pending": ["2"],
        "actions": [
            {
                "action": "do", "migration": "2", "description": "b",
                "dry_run": {
                    "tables": {
                        "Orders": {
                            "items_read": 1200, "items_written": 7, "items_deleted": 1, "read_units": 6.5,
                            "write_units": 8.0, "read_requests": 2, "write_requests": 8,
                        }
                    },
                    "others": [{"service": "s3", "operation": "PutObject", "count": 2}],
                    "read_units": 6.5, "write_units": 8.0, "dollars": 0.0012, "seconds": 3.2,
                    "sample": {
                        "read": 12, "would_change": 11, "failed": 1,
                        "items": [
                            {
                                "key": {"id": "é"}, "outcome": "update",
                                "changes": [{"path": "total.cents", "before": 1.5, "after": None}],
                            },
                            {"key": {"id": "b"}, "outcome": "failed", "error": {"type": "KeyError", "message": "x"}},
                            *items,
                        ],
                    },
                    "unknown": ["It reads what it would have written."],
                    "error": {"type": "ValueError", "message": "no", "where": "2_b.py:3"},
                    "note": "Its limit was reached.",
                },
            }
        ],
    }  # fmt: skip
    lines = shown(show_plan, WORDING, answer)
    assert lines[3:14] == [
        "2 b, rehearsed:",
        "TABLE    READ  WRITTEN  DELETED  REQUESTS  UNITS",
        "Orders  1,200        7        1        10  14.5",
        "2 calls of s3 PutObject",
        "In all about 6.5 read units, 8 write units, $0.0012, 3.2 s.",
        "Of 12 sampled items 11 would change, and for 1 the transform raises.",
        '  update {"id": "é"}',
        "    - total.cents: 1.5",
        "    + total.cents: null",
        '  failed {"id": "b"}',
        "    KeyError: x",
    ]
    assert lines[-5:] == [
        "    - a: 1",
        "  and 4 more, which --json has.",
        "It raised ValueError: no (2_b.py:3)",
        "Unknown: It reads what it would have written.",
        "Its limit was reached.",
    ]


def test_a_dry_run_says_what_it_does_not_show(shown: Any) -> None:
    """Changes and items beyond what an answer has; another item's table; and kinds that look alike."""
    changes = [{"path": "tags", "before": ["a"], "after": ["a"], "types": ["a list", "a set of texts"]}]
    item = {"key": {"id": "b"}, "outcome": "put", "table": "Archive", "changes": changes, "more_changes": 480}
    failed = {
        "key": {"id": "c"},
        "outcome": "failed",
        "error": {"type": "KeyError", "message": "x", "where": "2_b.py:7"},
    }
    sample = {"read": 9, "would_change": 9, "failed": 0, "left_out": 3, "items": [item, failed]}
    action = {"action": "do", "migration": "2", "description": "b", "dry_run": {"sample": sample}}
    assert shown(show_plan, WORDING, {"ok": True, "pending": ["2"], "actions": [action]})[-8:] == [
        "Of 9 sampled items 9 would change.",
        '  put {"id": "b"} of Archive',
        '    - tags: ["a"] (a list)',
        '    + tags: ["a"] (a set of texts)',
        "    and 480 more changes",
        '  failed {"id": "c"}',
        "    KeyError: x (2_b.py:7)",
        "  3 more items did not fit into the answer.",
    ]


def test_an_outcome_with_everything(shown: Any) -> None:
    """What was done, what goes on by itself, and what is left."""
    answer = {
        "ok": True, "applied": ["1"], "undone": ["0"], "running": ["2"], "held": ["3"], "pending": ["2", "3", "4"],
        "seconds": 3725.0,
    }  # fmt: skip
    assert shown(show_outcome, WORDING, answer) == [
        "Undone 0; Applied 1 in 1 h 02 min.",
        "Go on in a run of their own: 2.",
        "Held, as they are not ready: 3.",
        "Still pending: 2, 4.",
    ]
    goes_on = {"ok": True, "goes_on": "It goes on in the state machine.", "next": {"action": "status"}, "pending": []}
    assert shown(show_outcome, WORDING, goes_on) == [
        "It goes on in the state machine.",
        "Next: dynamigrate status --stack Orders",
    ]


def test_a_look_over_the_data(shown: Any) -> None:
    """How much would change, of what, with which certainty, and which items."""
    found = {
        "ok": True, "migration": "1", "done": True, "clean": False, "would_change": 3, "checked": 1000, "total": 5000,
        "interval": [0.0006, 0.0088], "mode": "sample", "failed": 1, "unsettled": 2, "note": "It wants more each time.",
        "keys": [{"id": "a"}],
    }  # fmt: skip
    assert shown(show_verification, WORDING, found) == [
        "1 is not clean: 3 of 1,000 items (of 5,000) would change.",
        "Of all items 0.06 % to 0.88 % would, with 95 % confidence.",
        "For 1 item the transform raises.",
        "It wants more each time.",
        '  {"id": "a"}',
    ]
    unfinished = {
        "ok": True,
        "migration": "1",
        "done": False,
        "note": "No time.",
        "next": {"action": "verify", "migration": "1"},
    }
    assert shown(show_verification, WORDING, unfinished)[-1] == "Next: dynamigrate verify 1 --stack Orders"


def test_a_history_has_who_and_which_deploy(shown: Any) -> None:
    """One line a run, of stable columns."""
    run = {
        "run_id": "r1", "started_at": "2026-11-24T09:12:00.000Z", "seconds": 1.5, "command": "migrate",
        "result": "succeeded", "applied": ["1"], "undone": [], "actor": "cloudformation Orders", "deploy_id": "build-7",
        "app_version": "1.4",
    }  # fmt: skip
    assert shown(show_history, WORDING, {"ok": True, "runs": [run]}) == [
        "BEGAN                     COMMAND  RESULT     SECONDS  RUN  WHAT",
        (
            "2026-11-24T09:12:00.000Z  migrate  succeeded    1.500  r1   applied 1 (by cloudformation Orders, version 1.4, "
            "deploy build-7)"
        ),
    ]  # fmt: skip


def test_a_lock_of_another_driver() -> None:
    """Which has no lease, and does not say who it is."""
    assert lock_lines({"held": True, "holder": "another driver, which has no lease"}) == [
        "another driver, which has no lease holds the lock."
    ]


def test_amounts_are_short() -> None:
    """And none is a lie: what is nearly nothing is said so."""
    assert [duration(one) for one in (0.04, 9.96, 59.4, 60, 3599, 3600, None)] == [
        "0.0 s", "10.0 s", "59 s", "1 min", "59 min 59 s", "1 h 00 min", "",
    ]  # fmt: skip
    assert [dollars(one) for one in (0, 0.0001, 0.0045, 1234.5, None)] == [
        "$0.00", "less than $0.001", "$0.0045", "$1,234.50", "",
    ]  # fmt: skip
    assert [count(1, "item"), count(1200, "item"), count(2.5, "unit")] == ["1 item", "1,200 items", "2.5 units"]
    assert [percent(0.0038), percent(1.0)] == ["0.38 %", "100 %"]
    assert [moment("2026-11-24T09:12:00.000Z"), moment(None)] == ["2026-11-24 09:12", ""]
