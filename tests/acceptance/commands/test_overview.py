"""`status`, `plan` and `history`: what there is, what would be done, and what was."""

from typing import Any

import pytest

from tests.acceptance.commands.console import ALL, CENTS, CHECK, LASTING, STATUSES, WORDS, Console, shown

pytestmark = pytest.mark.acceptance


def test_status_shows_what_there_is_and_what_to_do_next(console: Console) -> None:
    """In the order in which it matters: what is current, what to do, who has the lock, and then each migration."""
    console.begin(STATUSES)
    answer = console.invoke("status")
    assert list(answer) == ["ok", "current", "counts", "next", "lock", "state", "migrations"]
    assert answer.pop("state") == console.options, "what a target is told that is to find this history"
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
    assert list(answer) == ["ok", "current", "counts", "next", "dirty", "lock", "state", "migrations"]
    # Nothing can be restored here, so there are no commands for it.
    assert list(answer["dirty"][0].pop("restore_point")) == ["at", "tables"]
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
    for run in (answer["runs"][0], answer["runs"][2]):
        assert list(run.pop("restore_point")) == ["at", "tables"]
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


def test_status_shows_who_holds_the_lock(console: Console) -> None:
    """All but the token that proves it."""
    with console.held_by_a_colleague():
        lock = console.invoke("status")["lock"]
    assert list(lock) == ["held", "holder", "since", "until", "request_id", "run_id"]
    assert lock["holder"] == "process 7 on a colleague's laptop"
