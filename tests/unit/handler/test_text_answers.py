"""`{"format": "text"}`: what a person on call reads in the console."""

import json
from typing import Any

import pytest

from dynamigrate.commands.registry import COMMANDS
from dynamigrate.commands.text import as_text
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, Front, holder

LOOKING = ("status", "plan", "history")


def text_of(front: Front, action: str, **arguments: Any) -> list[str]:
    answer = front.invoke(action, **arguments, format="text")
    assert answer["ok"] is True
    return list(answer["text"])


def test_status_has_counts_first_and_the_next_command_last(front: Front) -> None:
    """The command is whole on its last line; it stands beside the text once more, without the quotes escaped."""
    front.target.apply(FIRST)
    answer = front.invoke("status", format="text")
    lines = answer["text"]
    assert lines[:2] == ["1 pending, 1 applied.", "Nobody holds the lock."]
    assert lines[-2:] == ["Next:", json.dumps({"action": "migrate"})]
    assert answer["next"] == {"action": "migrate"} == json.loads(lines[-1])
    assert list(answer) == ["ok", "text", "next"]


def test_what_is_wrong_comes_before_the_list(front: Front) -> None:
    """Which one, since when, the error and where it was raised; and what to do about it at the end."""
    front.write(GOOD, BAD)
    front.invoke("migrate")
    lines = text_of(front, "status")
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{SECOND} began at "))
    assert lines[0] == "1 dirty, 1 applied."
    assert lines[at].endswith(" UTC, and is dirty: failed.")
    assert lines[at + 1].startswith(f"  KeyError: 'status' ({SECOND}_")
    assert at < lines.index("ID              STATE    APPLIED (UTC)     TOOK   DESCRIPTION")
    assert json.loads(lines[-1])["action"] == "repair"


def test_columns_are_aligned(front: Front) -> None:
    """Each begins where its heading does."""
    front.invoke("migrate")
    lines = text_of(front, "status")
    heading = next(number for number, line in enumerate(lines) if line.startswith("ID"))
    at = lines[heading].index("DESCRIPTION")
    assert [line[at:] for line in lines[heading + 1 :]] == ["add status", "add users"]
    assert [line[:14] for line in lines[heading + 1 :]] == [SECOND, FIRST]
    assert lines == [line.rstrip() for line in lines]


def test_where_all_is_applied_nothing_is_next(front: Front) -> None:
    """The text ends with the list."""
    front.target.apply(FIRST, SECOND)
    answer = front.invoke("status", format="text")
    assert list(answer) == ["ok", "text"]
    assert answer["text"][0] == "2 applied."


def test_of_a_long_history_the_newest_are_shown(front: Front) -> None:
    """All that is not applied is; the older ones are counted."""
    ids = [str(20261101000000 + number) for number in range(200)]
    front.write_files({f"{one}_step": GOOD for one in ids})
    front.target.apply(*ids[:-3])
    lines = text_of(front, "status")
    assert len(lines) < 30
    assert all(any(line.startswith(one) for line in lines) for one in ids[-3:])
    assert "and 182 older ones, applied." in lines


def test_the_holder_of_the_lock_is_named(front: Front) -> None:
    """With since when, and until when at the latest."""
    front.target.held_by = holder(stop="the stack is rolling back")
    lines = text_of(front, "status")
    assert lines[1].startswith("The lock is held, since 2026-11-23 09:00 UTC, until ")
    assert lines[1].endswith(", by stack Other, function F.")
    assert lines[2] == "It was asked to stop: the stack is rolling back."


def test_a_plan_ends_with_the_command_that_carries_it_out(front: Front) -> None:
    """The one that was planned: migrate, to or step, confirmed where it undoes."""
    assert json.loads(text_of(front, "plan")[-1]) == {"action": "migrate"}
    assert json.loads(text_of(front, "plan", n=1)[-1]) == {"action": "step", "n": 1}
    front.target.apply(FIRST, SECOND)
    answer = front.invoke("plan", migration=FIRST, format="text")
    assert answer["next"] == {"action": "to", "migration": FIRST, "confirm": True}
    assert answer["text"][:2] == ["ACTION  ID              DESCRIPTION", f"undo    {SECOND}  add status"]


def test_a_plan_with_nothing_to_do_says_so(front: Front) -> None:
    """And has no command."""
    front.target.apply(FIRST, SECOND)
    assert front.invoke("plan", format="text") == {"ok": True, "text": ["There is nothing to do."]}


def test_a_plan_whose_check_fails_says_why_and_has_no_command(front: Front) -> None:
    """A run of it would end there."""
    front.write("def check(ctx):\n    raise ValueError('three orders have no total')\n" + GOOD)
    answer = front.invoke("plan", check=True, format="text")
    assert "next" not in answer
    assert any(
        line.startswith(f"The check of {FIRST} failed: ") and "three orders have no total" in line
        for line in answer["text"]
    )


def test_a_dry_run_is_told_in_sums(front: Front) -> None:
    """What each would write; item by item it is in the answer without a format."""
    lines = text_of(front, "plan", dry_run=True)
    assert f"{FIRST}, rehearsed:" in lines


def test_history_has_a_line_for_each_run_and_why_it_failed(front: Front) -> None:
    """The newest first."""
    front.write(GOOD, BAD)
    front.invoke("migrate")
    lines = text_of(front, "history")
    assert lines[0].split() == ["BEGAN", "(UTC)", "COMMAND", "RESULT", "TOOK", "WHAT"]
    assert f"applied {FIRST}; failed {SECOND} (" in lines[1]
    assert "KeyError" in lines[2]
    assert text_of(front, "history", n=1) == lines


def test_an_empty_history_says_so(front: Front) -> None:
    """In one line."""
    assert text_of(front, "history") == ["No run has changed anything yet."]


@pytest.mark.parametrize("value", ["html", "TEXT", "", 1, True, None, ["text"]])
def test_another_format_is_refused(front: Front, value: object) -> None:
    """As other arguments are: with what is expected."""
    error = front.handle({"action": "status", "format": value})["error"]
    assert error["type"] == "InvalidArgument"
    assert '"format" is' in error["message"]
    assert 'should be "json" or "text".' in error["message"]


@pytest.mark.parametrize("action", [one for one in COMMANDS if one not in LOOKING])
def test_what_does_something_has_no_format(front: Front, action: str) -> None:
    """Its answer is short."""
    error = front.handle({**COMMANDS[action].example, "format": "text"})["error"]
    assert error["message"].startswith(f"{action} has no argument 'format'")


def test_json_is_what_there_is_without_it(front: Front) -> None:
    """Said out loud, it changes nothing."""
    assert front.invoke("status", format="json").keys() == front.invoke("status").keys()


def test_a_command_that_fails_is_told_as_ever(front: Front) -> None:
    """With its type, message and next step."""
    answer = front.invoke("plan", n=9, format="text")
    assert (answer["ok"], answer["error"]["type"]) == (False, "StepOutOfRange")


def test_all_that_an_answer_may_have_is_told() -> None:
    """Of runs of their own, rates, fleets, looks and restore points; nothing of it is lost for being rare."""
    answer = {
        "ok": True,
        "phase": "after",
        "counts": {"running": 1, "held": 1, "dirty": 1},
        "lock": {
            "held": True,
            "holder": "stack A",
            "goes_on": {"fleet": {"migration": "3", "workers": 4, "at_work": 2}},
            "rate": {"write_units": 500, "until": "2026-11-26T10:00:00.000Z", "by": "ana"},
            "paused": True,
        },
        "dirty": [
            {
                "migration": "4",
                "found": "running",
                "in": "undo",
                "began": "2026-11-26T09:00:00.000Z",
                "restore_point": {"at": "2026-11-26T08:59:00.000Z", "commands": ["aws dynamodb restore-table"]},
                "next": "Wait for it.",
            }
        ],
        "running": [
            {
                "migration": "3",
                "began": "2026-11-26T09:00:00.000Z",
                "done_about": "2026-11-26T11:30:00.000Z",
                "progress": {"done": 1200, "total": 5000, "percent": 24.0, "per_second": 310.2, "seconds_left": 3725},
            }
        ],
        "warnings": ["1_a was changed."],
        "migrations": [
            {
                "id": "5",
                "description": "drop price",
                "state": "held",
                "phase": "after",
                "waits_for": ["3 is not applied"],
                "ready_at": "2026-11-27T09:00:00.000Z",
            },
            {"id": "6", "description": None, "state": "applied", "verified": {"would_change": 3, "checked": 1000}},
        ],
    }
    text = as_text({"action": "status"}, answer)["text"]
    assert text[0] == "2 running, 1 held (after the application)."
    for told in (
        "2 of 4 workers are at work on 3.",
        "Its rate is 500 write units a second until 2026-11-26 10:00 UTC, by ana.",
        "It is paused.",
        "4 was being undone at 2026-11-26 09:00 UTC, and is under way.",
        "    aws dynamodb restore-table",
        "  Wait for it.",
        "  1,200 of about 5,000 (24 %), 310 a second, 1 h 02 min left",
        "  It should be done about 2026-11-26 11:30 UTC.",
        "1_a was changed.",
    ):
        assert told in text
    assert any("(3 of 1,000 items would change)" in line for line in text)
    assert any("(after the application; waits: 3 is not applied; ready at 2026-11-27 09:00 UTC)" in one for one in text)
