"""Every manual command on the deployed function, and its answer as an operator sees it in the Lambda console."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from demo.service import OrderService
from dynamigrate import DynamoDBTarget
from dynamigrate.contract import LockAttr
from dynamigrate.handler.commands import COMMANDS
from local_aws import LocalAws

pytestmark = pytest.mark.acceptance

STATUSES, CENTS, WORDS = "20261102090000", "20261109143000", "20261116101500"
# Fails while there is an order "broken".
CHECK = "20261120090000"
# Has no undo.
LASTING = "20261123090000"
ALL = [STATUSES, CENTS, WORDS, CHECK, LASTING]

_CHECK = """
def do(ctx):
    if "Item" in ctx.dynamodb.get_item(TableName=ctx.tables["orders"], Key={"orderId": {"S": "broken"}}):
        raise ValueError("order 'broken' has no customer")


def undo(ctx):
    pass
"""
_LASTING = """
def do(ctx):
    pass
"""
# An argument's value that can't be.
WRONG: dict[str, object] = {
    "migration": 20261102090000, "n": "1", "as": "done", "wait": -1, "force": "yes", "confirm": "true",
}  # fmt: skip
HELP = ["error", "commands"]


class Console:
    """The function's page in the console: an event goes in, an answer comes out."""

    def __init__(self, aws: LocalAws, service: OrderService) -> None:
        outputs = service.outputs()
        self._aws = aws
        self._function = outputs["MigrationsFunction"]
        self._orders = outputs["OrdersTable"]
        self._state = outputs["MigrationsTable"], outputs["LockTable"]
        self.after_the_deploy = self.invoke("history")

    def send(self, event: object) -> Any:
        """What is answered to *event*; a traceback would be an answer too, and never is one."""
        answer = self._aws.client("lambda").invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
        assert "FunctionError" not in answer
        return json.loads(answer["Payload"].read())

    def invoke(self, action: str, **arguments: Any) -> Any:
        return self.send({"action": action, **{name.rstrip("_"): value for name, value in arguments.items()}})

    def refused(self, action: str, **arguments: Any) -> dict[str, Any]:
        """The error of a command that changes nothing."""
        before = self.state()
        answer = self.invoke(action, **arguments)
        assert list(answer)[:2] == ["ok", "error"]
        assert answer["ok"] is False
        assert list(answer["error"])[:3] == ["type", "message", "next"]
        assert self.state() == before
        error: dict[str, Any] = answer["error"]
        return error

    def begin(self, *applied: str) -> None:
        """An empty history, or one with *applied*; nobody holds the lock."""
        client = self._aws.client("dynamodb")
        for table in self._state:
            for item in client.scan(TableName=table)["Items"]:
                client.delete_item(TableName=table, Key={"ID": item["ID"]})
        client.delete_item(TableName=self._orders, Key={"orderId": {"S": "broken"}})
        target = self.target()
        for one in applied:
            target.add(one)
            target.finish_migration(one)

    def break_an_order(self) -> None:
        """The check fails from now on."""
        self._aws.client("dynamodb").put_item(TableName=self._orders, Item={"orderId": {"S": "broken"}})

    def target(self, **options: Any) -> DynamoDBTarget:
        table, lock_table = self._state
        return DynamoDBTarget(self._aws.client("dynamodb"), table_name=table, lock_table_name=lock_table, **options)

    def state(self) -> list[Any]:
        """All that is kept, but for how often a holder has beaten."""
        client = self._aws.client("dynamodb")
        items = [client.scan(TableName=table)["Items"] for table in self._state]
        for item in items[1]:
            item.pop(LockAttr.BEAT, None)
            item.pop(LockAttr.DEADLINE_MS, None)
        return [sorted(some, key=lambda item: item["ID"]["S"]) for some in items]

    @contextmanager
    def held_by_a_colleague(self) -> Iterator[None]:
        """Somebody else runs migrations from a terminal, and lives."""
        with self.target(lease=3.0, holder="process 7 on a colleague's laptop").lock():
            yield

    def leave_a_dead_holder(self) -> None:
        """A lock whose holder does not beat any more."""
        values = {
            LockAttr.OWNER: {"S": "token"}, LockAttr.BEAT: {"N": "4"}, LockAttr.LEASE_MS: {"N": "200"},
            LockAttr.DEADLINE_MS: {"N": "4070908800000"}, LockAttr.ACQUIRED_AT: {"S": "2026-11-23T09:00:00.000Z"},
            LockAttr.HOLDER: {"S": "stack Old, function Gone"},
        }  # fmt: skip
        self._aws.client("dynamodb").put_item(
            TableName=self._state[1],
            Item={"ID": {"S": "migrations"}, **{name.value: value for name, value in values.items()}},
        )


@pytest.fixture(scope="module")
def deployed(aws: LocalAws) -> Console:
    """The order service with two migrations more, deployed once for all."""
    aws.bootstrap()
    service = OrderService(aws, prefix="Console")
    service.write_migration(f"{CHECK}_check_orders", _CHECK)
    service.write_migration(f"{LASTING}_close_the_books", _LASTING)
    result = service.deploy("Data", "Migrations", context={"app_version": "1.4", "deploy_id": "build-7"})
    assert result.ok, result.output
    return Console(aws, service)


@pytest.fixture
def console(deployed: Console) -> Console:
    """With an empty history."""
    deployed.begin()
    return deployed


def shown(answer: Any) -> str:
    """As the console shows it, with what differs from run to run made the same."""
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    for pattern, same in (
        (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "REQUEST"),
        (r'("seconds": )[\d.e-]+', r"\1SECONDS"),
    ):
        text = re.sub(pattern, same, text)
    return text


def test_status_shows_what_there_is_and_what_to_do_next(console: Console) -> None:
    """In the order in which it matters: what is current, what to do, who has the lock, and then each migration."""
    console.begin(STATUSES)
    answer = console.invoke("status")
    assert list(answer) == ["ok", "current", "counts", "next", "lock", "migrations"]
    answer["migrations"] = answer["migrations"][:2]
    assert (
        shown(answer)
        == """{
  "ok": true,
  "current": "20261102090000",
  "counts": {
    "applied": 1,
    "pending": 4,
    "dirty": 0,
    "missing": 0
  },
  "next": {
    "action": "migrate"
  },
  "lock": {
    "held": false
  },
  "migrations": [
    {
      "id": "20261102090000",
      "description": "create statuses",
      "state": "applied",
      "applied_at": "TIME",
      "seconds": SECONDS,
      "run_id": null,
      "actor": null
    },
    {
      "id": "20261109143000",
      "description": "store totals in cents",
      "state": "pending"
    }
  ]
}"""
    )


def test_status_of_a_dirty_migration_has_its_error_and_the_way_out(console: Console) -> None:
    """The command that settles it can be copied as it is, and does settle it."""
    console.break_an_order()
    console.invoke("migrate")
    answer = console.invoke("status")
    assert list(answer) == ["ok", "current", "counts", "next", "dirty", "lock", "migrations"]
    assert (
        shown(answer["dirty"])
        == f"""[
  {{
    "migration": "{CHECK}",
    "found": "failed",
    "in": "do",
    "began": "TIME",
    "error": {{
      "type": "ValueError",
      "message": "order 'broken' has no customer",
      "where": "20261120090000_check_orders.py:4"
    }},
    "next": {{
      "action": "repair",
      "migration": "{CHECK}",
      "as": "pending",
      "confirm": true
    }}
  }}
]"""
    )
    assert answer["next"] == answer["dirty"][0]["next"]
    assert console.send(answer["next"])["ok"] is True
    assert console.invoke("status")["next"] == {"action": "migrate"}


def test_plan_shows_what_a_command_would_do(console: Console) -> None:
    """`migrate`, `step` and `to`, forward and back; nothing is run, and no lock is taken."""
    console.begin(STATUSES, CENTS, WORDS)
    before = console.state()
    with console.held_by_a_colleague():
        answer = console.invoke("plan")
    assert list(answer) == ["ok", "actions", "pending"]
    assert answer["actions"] == [
        {"action": "do", "migration": CHECK, "description": "check orders"},
        {"action": "do", "migration": LASTING, "description": "close the books"},
    ]
    assert answer["pending"] == [CHECK, LASTING]

    def planned(**arguments: Any) -> list[tuple[str, str]]:
        return [(one["action"], one["migration"]) for one in console.invoke("plan", **arguments)["actions"]]

    assert planned(n=1) == [("do", CHECK)]
    assert planned(n=-2) == [("undo", WORDS), ("undo", CENTS)]
    assert planned(migration=STATUSES) == [("undo", WORDS), ("undo", CENTS)]
    assert planned(migration=CHECK) == [("do", CHECK)]
    assert console.state() == before


def test_plan_takes_one_question_at_a_time(console: Console) -> None:
    """Both arguments at once have no meaning; an unknown id and a step too far are what they are for `to` and `step`."""
    assert console.refused("plan", migration=CHECK, n=1) == {
        "type": "InvalidArgument",
        "message": "plan takes a migration or n, not both.",
        "next": 'Give "migration" for what to would do, "n" for what step would do, none for migrate.',
    }
    assert console.refused("plan", migration="1")["type"] == "MigrationNotFound"
    assert console.refused("plan", n=6)["message"] == "Can't step 6 forward: 5 pending."


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
def test_what_has_no_undo_is_not_undone(console: Console, action: str, arguments: Mapping[str, Any]) -> None:
    """It is known before anything runs, so nothing does."""
    console.begin(*ALL)
    assert console.refused(action, **arguments, confirm=True) == {
        "type": "MigrationNotUndoable",
        "message": f"{LASTING}_close_the_books can't be undone: it has no undo.",
        "next": "Nothing was run. Add an undo(ctx) to it, or write a new migration that takes it back.",
    }


def test_what_newer_code_applied_is_not_undone(console: Console) -> None:
    """As after a rollback: the history knows it, and the function's code does not."""
    console.begin(STATUSES, "20270101000000")
    error = console.refused("undo", confirm=True)
    assert error["message"] == "20270101000000 can't be undone: its code is not in the source."
    assert "Deploy the code that has it" in error["next"]
    status = console.invoke("status")
    assert (status["counts"]["missing"], status["migrations"][-1]["state"]) == (1, "missing")


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


def test_history_shows_who_did_what_with_what_result(console: Console) -> None:
    """The newest first, each with all that is known of it; a run that found nothing to do is not among them."""
    console.break_an_order()
    console.invoke("migrate")
    console.invoke("repair", migration=CHECK, as_="pending", confirm=True)
    console.invoke("step", n=-1, confirm=True)
    console.invoke("to", migration=CENTS)
    answer = console.invoke("history")
    assert list(answer) == ["ok", "runs"]
    assert [(run["command"], run["result"]) for run in answer["runs"]] == [
        ("step", "succeeded"),
        ("repair", "succeeded"),
        ("migrate", "failed"),
    ]
    answer["runs"][2]["note"] = answer["runs"][2]["note"].partition(". ")[0]
    assert (
        shown([answer["runs"][0], answer["runs"][2]])
        == f"""[
  {{
    "run_id": "RUN",
    "started_at": "TIME",
    "seconds": SECONDS,
    "command": "step",
    "result": "succeeded",
    "applied": [],
    "undone": [
      "{WORDS}"
    ],
    "actor": "invoke, request REQUEST",
    "deploy_id": "",
    "app_version": "1.4"
  }},
  {{
    "run_id": "RUN",
    "started_at": "TIME",
    "seconds": SECONDS,
    "command": "migrate",
    "result": "failed",
    "applied": [
      "{STATUSES}",
      "{CENTS}",
      "{WORDS}"
    ],
    "undone": [],
    "failed": "{CHECK}",
    "actor": "invoke, request REQUEST",
    "deploy_id": "",
    "app_version": "1.4",
    "note": "{CHECK}_check_orders failed: ValueError: order 'broken' has no customer ({CHECK}_check_orders.py:4)"
  }}
]"""
    )


def test_history_shows_which_deploy_it_was(deployed: Console) -> None:
    """The stack, the deploy id and the application's version, as they were given at synth."""
    [run] = deployed.after_the_deploy["runs"]
    assert (run["actor"], run["deploy_id"], run["app_version"]) == (
        "cloudformation ConsoleMigrations", "build-7", "1.4",
    )  # fmt: skip
    assert (run["result"], run["applied"]) == ("succeeded", ALL)


def test_history_shows_as_many_runs_as_it_is_asked_for(console: Console) -> None:
    """At least one."""
    console.invoke("step", n=1)
    console.invoke("step", n=1)
    [run] = console.invoke("history", n=1)["runs"]
    assert run["applied"] == [CENTS]
    assert console.refused("history", n=0)["message"] == (
        'history: "n" is 0, and should be how many runs to show, 1 or more.'
    )


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


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("migrate", {}),
        ("step", {"n": 1}),
        ("to", {"migration": STATUSES}),
        ("undo", {"confirm": True}),
        ("rewind", {"confirm": True}),
        ("reset", {"confirm": True}),
        ("repair", {"migration": STATUSES, "as": "pending", "confirm": True}),
        ("baseline", {"migration": STATUSES, "confirm": True}),
    ],
)
def test_while_somebody_else_runs_nothing_does(console: Console, action: str, arguments: Mapping[str, Any]) -> None:
    """The answer names the holder, since when, and what to do; no run is left behind."""
    with console.held_by_a_colleague():
        error = console.refused(action, **arguments)
    assert error["type"] == "LockHeld"
    assert error["message"].startswith("The lock 'migrations' is held by process 7 on a colleague's laptop since 20")
    assert error["next"].startswith("Wait until it has finished, and try again.")
    assert error["command"] == {"action": "unlock", "confirm": True}
    assert console.invoke("history")["runs"] == []


def test_status_shows_who_holds_the_lock(console: Console) -> None:
    """All but the token that proves it."""
    with console.held_by_a_colleague():
        lock = console.invoke("status")["lock"]
    assert list(lock) == ["held", "holder", "since", "until", "request_id", "run_id"]
    assert lock["holder"] == "process 7 on a colleague's laptop"


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("undo", {}),
        ("rewind", {}),
        ("reset", {}),
        ("step", {"n": -1}),
        ("to", {"migration": STATUSES}),
        ("repair", {"migration": STATUSES, "as": "applied"}),
        ("baseline", {"migration": STATUSES}),
        ("unlock", {}),
        ("unlock", {"force": True}),
    ],
)
def test_what_undoes_or_overrides_has_to_be_confirmed(
    console: Console, action: str, arguments: Mapping[str, Any]
) -> None:
    """The answer has the same event with its confirmation, ready to be sent."""
    console.begin(STATUSES, CENTS)
    for given in (arguments, {**arguments, "confirm": False}):
        error = console.refused(action, **given)
        assert error["type"] == "ConfirmationNeeded"
        assert error["next"].startswith('Nothing was done. If that is what you want, add "confirm": true: ')
        assert error["command"] == {"action": action, **arguments, "confirm": True}


@pytest.mark.parametrize("action", COMMANDS)
def test_a_mistaken_argument_is_named_and_nothing_is_done(console: Console, action: str) -> None:
    """One that is missing, one of the wrong type and one that there is not; each answer has an event that would do."""
    command = COMMANDS[action]
    example = dict(command.example)
    arguments = {name: value for name, value in example.items() if name != "action"}
    mistakes: list[tuple[dict[str, object], str]] = [
        ({**arguments, "colour": "red"}, f"{action} has no argument 'colour'; it takes "),
        *(
            ({other: value for other, value in arguments.items() if other != name}, f'{action} needs "{name}": ')
            for name in command.required
        ),
        *(
            ({**arguments, name: WRONG[name]}, f'{action}: "{name}" is {WRONG[name]!r}, and should be ')
            for name in (*command.required, *command.optional)
        ),
    ]
    for given, message in mistakes:
        error = console.refused(action, **given)
        assert error["type"] == "InvalidArgument"
        assert error["message"].startswith(message)
        assert error["next"].endswith("Nothing was done.")
        assert error["command"] == example


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"key1": "value1", "key2": "value2", "key3": "value3"}, "The event has no action."),
        ({}, "The event has no action."),
        ({"action": "destroy"}, "There is no action 'destroy'."),
        ({"action": ["migrate"]}, "There is no action ['migrate']."),
        ([{"action": "migrate"}], "The event is [{'action': 'migrate'}], and should be an object with an action."),
        ("migrate", "The event is 'migrate', and should be an object with an action."),
        (None, "The event is None, and should be an object with an action."),
    ],
    ids=["console's test event", "empty", "unknown", "no text", "a list", "a text", "null"],
)
def test_a_stray_event_gets_the_list_of_commands(console: Console, event: object, message: str) -> None:
    """The console's ready-made test event too; nothing changes."""
    before = console.state()
    answer = console.send(event)
    assert list(answer) == ["ok", "error", "commands"]
    assert answer["error"] == {
        "type": "UnknownAction", "message": message, "next": "Nothing was done. Send one of the commands below.",
    }  # fmt: skip
    assert [one["example"]["action"] for one in answer["commands"]] == list(COMMANDS)
    assert console.state() == before


def test_every_example_in_the_list_of_commands_can_be_sent(console: Console) -> None:
    """None of them is refused for how it is written."""
    console.begin(*ALL)
    for command in console.send({})["commands"]:
        answer = console.send(command["example"])
        assert answer["ok"] or answer["error"]["type"] not in (
            "UnknownAction", "InvalidArgument", "ConfirmationNeeded",
        )  # fmt: skip
