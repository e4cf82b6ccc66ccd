"""Manual commands: what is understood, what is refused, and what runs."""

from typing import Any

import pytest

from dynamigrate.commands.registry import COMMANDS
from tests.unit.handler.front import BAD, FIRST, GOOD, LASTING, SECOND, THIRD, Front, holder

ACTIONS = [
    "status",
    "plan",
    "history",
    "migrate",
    "step",
    "to",
    "undo",
    "rewind",
    "reset",
    "repair",
    "baseline",
    "verify",
    "pause",
    "resume",
    "rate",
    "workers",
    "cancel",
    "unlock",
]
# With everything that they need but the confirmation.
TO_BE_CONFIRMED: list[dict[str, Any]] = [
    {"action": "undo"},
    {"action": "rewind"},
    {"action": "reset"},
    {"action": "step", "n": -1},
    {"action": "repair", "migration": FIRST, "as": "pending"},
    {"action": "baseline", "migration": FIRST},
    {"action": "cancel"},
    {"action": "unlock", "force": True},
]
CONSOLE_TEST_EVENT = {"key1": "value1", "key2": "value2", "key3": "value3"}


def error_of(answer: Any) -> Any:
    assert answer["ok"] is False
    assert set(answer["error"]) >= {"type", "message", "next"}
    return answer["error"]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (CONSOLE_TEST_EVENT, "The event has no action."),
        ({}, "The event has no action."),
        (None, "The event is None, and should be an object with an action."),
        ("status", "The event is 'status', and should be an object with an action."),
        (["status"], "The event is ['status'], and should be an object with an action."),
        (7, "The event is 7, and should be an object with an action."),
        ({"action": "drop"}, "There is no action 'drop'."),
        ({"action": None}, "There is no action None."),
        ({"action": ["status"]}, "There is no action ['status']."),
        ({"action": "stop"}, "There is no action 'stop'."),
        ({"RequestType": "Create"}, "The event has no action."),
    ],
)
def test_a_stray_event_gets_the_list_of_commands(front: Front, event: object, message: str) -> None:
    """The console's ready-made one included; nothing is changed."""
    answer = front.handle(event)
    assert error_of(answer)["type"] == "UnknownAction"
    assert answer["error"]["message"] == message
    assert [one["example"]["action"] for one in answer["commands"]] == ACTIONS
    assert (front.target.states(), front.target.waits) == ({}, [])


def test_a_long_event_is_shown_cut(front: Front) -> None:
    """The answer is to be read."""
    assert len(front.handle("x" * 100_000)["error"]["message"]) < 200


@pytest.mark.parametrize("action", ACTIONS)
def test_every_example_of_the_help_can_be_sent_as_it_is(front: Front, action: str) -> None:
    """What is refused is refused for the state it meets, never for what it says."""
    answer = front.handle(dict(COMMANDS[action].example))
    refused = {"UnknownAction", "InvalidArgument", "ConfirmationNeeded"}
    assert answer["ok"] or answer["error"]["type"] not in refused


@pytest.mark.parametrize("event", TO_BE_CONFIRMED, ids=lambda event: event["action"])
def test_what_undoes_or_overrides_has_to_be_confirmed(front: Front, event: dict[str, Any]) -> None:
    """It says so, with the very event to send; nothing is done."""
    front.target.apply(FIRST, SECOND)
    before = front.target.records()
    error = error_of(front.handle(event))
    assert error["type"] == "ConfirmationNeeded"
    assert '"confirm": true' in error["next"]
    assert error["command"] == {**event, "confirm": True}
    assert (front.target.records(), front.target.waits, front.target.forced) == (before, [], [])
    assert front.target.stops == []


@pytest.mark.parametrize("event", TO_BE_CONFIRMED, ids=lambda event: event["action"])
def test_a_confirmation_that_is_false_is_none(front: Front, event: dict[str, Any]) -> None:
    """Said out loud."""
    assert error_of(front.handle({**event, "confirm": False}))["type"] == "ConfirmationNeeded"


@pytest.mark.parametrize("confirm", ["true", 1, "yes", None, []])
def test_a_confirmation_is_true_and_nothing_like_it(front: Front, confirm: object) -> None:
    """A string that says false is true to Python."""
    front.target.apply(FIRST)
    error = error_of(front.invoke("undo", confirm=confirm))
    assert error["type"] == "InvalidArgument"
    assert '"confirm" is' in error["message"]
    assert front.target.states() == {FIRST: "applied"}


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"action": "status", "verbose": True}, "status has no argument 'verbose'; it takes format."),
        ({"action": "migrate", "n": 1}, "migrate has no argument 'n'; it takes wait."),
        ({"action": "migrate", "confirm": True}, "migrate has no argument 'confirm'; it takes wait."),
        (
            {"action": "migrate", "wait": "60"},
            "\"wait\" is '60', and should be seconds to wait for the lock, 0 to 900.",
        ),
        ({"action": "migrate", "wait": -1}, '"wait" is -1, and should be seconds'),
        ({"action": "migrate", "wait": float("nan")}, '"wait" is nan, and should be seconds'),
        ({"action": "migrate", "wait": 10**400}, '"wait" is 1000'),
        ({"action": "migrate", "wait": True}, '"wait" is True, and should be seconds'),
        ({"action": "step"}, 'step needs "n": a whole number.'),
        ({"action": "step", "n": "1"}, "\"n\" is '1', and should be a whole number."),
        ({"action": "step", "n": 1.5}, '"n" is 1.5, and should be a whole number.'),
        ({"action": "step", "n": True}, '"n" is True, and should be a whole number.'),
        ({"action": "step", "n": None}, '"n" is None, and should be a whole number.'),
        ({"action": "to"}, 'to needs "migration": a migration\'s id, as a string of digits.'),
        (
            {"action": "to", "migration": 20261123090000},
            '"migration" is 20261123090000, and should be a migration\'s id',
        ),
        ({"action": "to", "migration": "1_x"}, "\"migration\" is '1_x', and should be a migration's id"),
        ({"action": "to", "migration": "٣"}, "\"migration\" is '٣', and should be"),
        ({"action": "to", "migration": ""}, "\"migration\" is '', and should be"),
        ({"action": "repair", "migration": FIRST}, 'repair needs "as": "applied" or "pending".'),
        ({"action": "repair", "as": "pending"}, 'repair needs "migration"'),
        ({"action": "repair", "migration": FIRST, "as": "done"}, '"as" is \'done\', and should be "applied"'),
        ({"action": "repair", "migration": FIRST, "as": ["applied"]}, "\"as\" is ['applied']"),
        ({"action": "unlock", "force": "yes"}, "\"force\" is 'yes', and should be true or false."),
        ({"action": "baseline"}, 'baseline needs "migration"'),
    ],
)
def test_an_argument_that_is_wrong_is_named(front: Front, event: dict[str, Any], message: str) -> None:
    """With what is expected, and an example that works; nothing is done."""
    error = error_of(front.handle(event))
    assert error["type"] == "InvalidArgument"
    assert message in error["message"]
    assert error["command"] == COMMANDS[event["action"]].example
    assert "Nothing was done." in error["next"]
    assert (front.target.states(), front.target.waits) == ({}, [])


def test_migrate_runs_all_that_is_pending(front: Front) -> None:
    """And says what it did."""
    answer = front.invoke("migrate")
    assert answer["ok"] is True
    assert (answer["applied"], answer["undone"], answer["pending"]) == ([FIRST, SECOND], [], [])
    assert answer["run_id"] == front.line("run.started")["run_id"]
    assert front.target.states() == {FIRST: "applied", SECOND: "applied"}


def test_migrate_waits_as_long_as_it_is_told(front: Front) -> None:
    """Not at all by default: a person can try again."""
    front.invoke("migrate")
    front.invoke("migrate", wait=7.5)
    assert front.target.waits == [0, 7.5]


def test_step_runs_the_next_n(front: Front) -> None:
    """Oldest first."""
    answer = front.invoke("step", n=1)
    assert (answer["applied"], answer["pending"]) == ([FIRST], [SECOND])


def test_step_goes_back_when_confirmed(front: Front) -> None:
    """Newest first."""
    front.target.apply(FIRST, SECOND)
    answer = front.invoke("step", n=-2, confirm=True)
    assert answer["undone"] == [SECOND, FIRST]


@pytest.mark.parametrize("n", [0, 3, 10**30])
def test_step_by_what_is_not_there_runs_nothing(front: Front, n: int) -> None:
    """Not as far as it goes, but not at all."""
    error = error_of(front.invoke("step", n=n))
    assert error["type"] == "StepOutOfRange"
    assert front.target.states() == {}


def test_to_goes_forward_without_being_confirmed(front: Front) -> None:
    """It undoes nothing."""
    front.write(GOOD, GOOD, GOOD)
    assert front.invoke("to", migration=SECOND)["applied"] == [FIRST, SECOND]


def test_to_goes_back_only_when_confirmed(front: Front) -> None:
    """Where it leads is only known under the lock; then it says what it would undo."""
    front.write(GOOD, GOOD, GOOD)
    front.target.apply(FIRST, SECOND, THIRD)
    error = error_of(front.invoke("to", migration=FIRST))
    assert (error["type"], error["message"]) == ("ConfirmationNeeded", f"This would undo {THIRD}, {SECOND}.")
    assert error["command"] == {"action": "to", "migration": FIRST, "confirm": True}
    assert len(front.target.states()) == 3
    assert front.invoke("to", migration=FIRST, confirm=True)["undone"] == [THIRD, SECOND]


def test_to_an_id_that_nobody_knows_is_refused(front: Front) -> None:
    """Neither the source nor the history has it."""
    assert error_of(front.invoke("to", migration="7"))["type"] == "MigrationNotFound"


def test_to_an_id_that_only_the_history_has_is_known(front: Front) -> None:
    """After a rollback the function runs older code."""
    front.environ["DYNAMIGRATE_MISSING"] = "ignore"
    front.target.apply(FIRST, SECOND, THIRD)
    answer = front.invoke("to", migration=THIRD)
    assert (answer["ok"], answer["applied"], answer["undone"]) == (True, [], [])


def test_undo_takes_back_the_newest(front: Front) -> None:
    """One, not all."""
    front.target.apply(FIRST, SECOND)
    assert front.invoke("undo", confirm=True)["undone"] == [SECOND]
    assert front.target.states() == {FIRST: "applied"}


def test_undo_of_nothing_is_an_error(front: Front) -> None:
    """There is nothing to take back."""
    assert error_of(front.invoke("undo", confirm=True))["type"] == "StepOutOfRange"


def test_undo_of_what_can_not_be_undone_changes_nothing(front: Front) -> None:
    """It is found out before anything runs."""
    front.write(GOOD, LASTING)
    front.target.apply(FIRST, SECOND)
    error = error_of(front.invoke("undo", confirm=True))
    assert error["type"] == "MigrationNotUndoable"
    assert front.target.states() == {FIRST: "applied", SECOND: "applied"}


def test_rewind_takes_back_all(front: Front) -> None:
    """Newest first."""
    front.target.apply(FIRST, SECOND)
    assert front.invoke("rewind", confirm=True)["undone"] == [SECOND, FIRST]


def test_reset_takes_back_all_and_runs_all(front: Front) -> None:
    """Back, then forth."""
    front.target.apply(FIRST)
    answer = front.invoke("reset", confirm=True)
    assert (answer["undone"], answer["applied"]) == ([FIRST], [FIRST, SECOND])


def test_a_failure_says_what_was_done_before_it(front: Front) -> None:
    """Beside the error, and the command to run next as an object that can be copied."""
    front.write(GOOD, BAD, GOOD)
    answer = front.invoke("migrate")
    error = error_of(answer)
    assert error["type"] == "MigrationFailed"
    assert error["message"] == f"{SECOND}_add_status failed: KeyError: 'status' ({SECOND}_add_status.py:2)."
    assert error["command"] == {"action": "repair", "migration": SECOND, "as": "pending", "confirm": True}
    assert (answer["applied"], answer["failed"], answer["pending"]) == ([FIRST], SECOND, [SECOND, THIRD])


def test_a_lock_that_another_holds_is_named(front: Front) -> None:
    """Also under the same request id: a person always gets an answer."""
    front.target.held_by = holder(request_id="request-1")
    error = error_of(front.invoke("migrate"))
    assert error["type"] == "LockHeld"
    assert "stack Other, function F" in error["message"]
    assert error["command"] == {"action": "unlock", "confirm": True}


@pytest.mark.parametrize("action", ["status", "plan", "migrate"])
@pytest.mark.parametrize("failure", [RuntimeError("a bug"), SystemExit(1), KeyboardInterrupt()])
def test_whatever_goes_wrong_is_an_answer(front: Front, action: str, failure: BaseException) -> None:
    """Never a traceback to the caller; it is in the log."""
    front.target.breaks = failure
    error = error_of(front.invoke(action))
    assert error["type"] == type(failure).__name__
    assert error["next"] == "Read the traceback in the function's log."
    line = front.line("run.finished")
    assert (line["result"], line["command"], line["level"]) == ("failed", action, "ERROR")
    assert "Traceback" in line["exception"]


def test_broken_settings_are_an_answer(front: Front) -> None:
    """With the variable's name."""
    front.environ["DYNAMIGRATE_PARAMS"] = "[]"
    assert "DYNAMIGRATE_PARAMS" in error_of(front.invoke("status"))["message"]


def test_the_history_says_who_invoked_what(front: Front) -> None:
    """Lambda does not tell who, so it is the request that can be looked up."""
    front.invoke("step", n=1)
    run = front.target.runs()[0].run
    assert (run.actor, run.command, run.deploy_id) == ("invoke, request request-1", "step", "")


def test_near_the_deadline_a_command_stops_too(front: Front) -> None:
    """What is left can be run by the next."""
    front.context.seconds = 4
    answer = front.invoke("migrate")
    assert error_of(answer)["type"] == "RunUnfinished"
    assert answer["pending"] == [FIRST, SECOND]


@pytest.mark.usefixtures("silence")
def test_an_error_that_is_no_unicode_is_an_answer(front: Front) -> None:
    """Lambda would drop an answer that can't be encoded, and report a crash."""
    front.write("def do(ctx): raise ValueError('a\\ud800b')\n")
    assert "ValueError: a\\ud800b" in error_of(front.invoke("migrate"))["message"]


def test_ok_comes_first_in_every_answer(front: Front) -> None:
    """The console shows keys in their order."""
    for event in [{"action": "status"}, {"action": "migrate"}, {}, {"action": "undo"}]:
        assert next(iter(front.handle(event))) == "ok"
