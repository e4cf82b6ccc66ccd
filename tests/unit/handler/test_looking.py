"""The commands that only look."""

import pytest

from dynamigrate.clock import timestamp
from dynamigrate.plan import Direction
from dynamigrate.records import Details, Failure, Run, RunRecord
from tests.unit.handler.front import FIRST, GOOD, SECOND, THIRD, Front, holder


def test_status_shows_every_migration_in_order(front: Front) -> None:
    """Those of the code, and those that only the history has."""
    front.target.apply(FIRST)
    front.target.add(THIRD, Details(description="by newer code"))
    front.target.finish_migration(THIRD)
    answer = front.invoke("status")
    assert answer["ok"] is True
    assert [(one["id"], one["state"], one["description"]) for one in answer["migrations"]] == [
        (FIRST, "applied", "add users"),
        (SECOND, "pending", "add status"),
        (THIRD, "missing", "by newer code"),
    ]
    assert answer["counts"] == {"applied": 1, "pending": 1, "dirty": 0, "missing": 1}
    assert answer["current"] == THIRD


def test_status_says_when_how_long_and_by_which_run(front: Front) -> None:
    """Of each that is applied."""
    front.invoke("migrate")
    run = front.target.runs()[0]
    first = front.invoke("status")["migrations"][0]
    assert first["run_id"] == run.run.id
    assert first["actor"] == "invoke, request request-1"
    assert first["applied_at"] == front.target.records()[0].finished_at
    assert "seconds" in first


def test_status_of_a_free_lock(front: Front) -> None:
    """And with all applied there is nothing to do next."""
    front.target.apply(FIRST, SECOND)
    answer = front.invoke("status")
    assert answer["lock"] == {"held": False}
    assert "next" not in answer
    assert "dirty" not in answer


def test_status_of_a_held_lock_says_all_but_the_token(front: Front) -> None:
    """Whoever has the token is the holder."""
    front.target.held_by = holder(stop="the stack is rolling back")
    assert front.invoke("status")["lock"] == {
        "held": True,
        "holder": "stack Other, function F",
        "since": "2026-11-23T09:00:00.000Z",
        "until": timestamp(1_795_424_400),
        "request_id": "another-request",
        "run_id": "another-run",
        "asked_to_stop": "the stack is rolling back",
    }


def test_status_of_a_lock_of_the_go_driver(front: Front) -> None:
    """It says nothing about its holder, and that is said."""
    front.target.held_by = holder(owner="", lease_ms=0, deadline_ms=0)
    assert "another driver" in front.invoke("status")["lock"]["holder"]


def test_status_with_something_pending_says_to_migrate(front: Front) -> None:
    """The very command to run next."""
    assert front.invoke("status")["next"] == {"action": "migrate"}


def test_status_of_a_failed_migration(front: Front) -> None:
    """The stored error, where it was raised, and the very command to run next."""
    front.target.add(FIRST)
    front.target.fail(FIRST, Failure(type="KeyError", message="'status'", where="x.py:14"))
    answer = front.invoke("status")
    repair = {"action": "repair", "migration": FIRST, "as": "pending", "confirm": True}
    [dirty] = answer["dirty"]
    assert (dirty["migration"], dirty["found"], dirty["in"]) == (FIRST, "failed", "do")
    assert dirty["error"] == {"type": "KeyError", "message": "'status'", "where": "x.py:14"}
    assert dirty["began"] == front.target.records()[0].started_at
    assert (dirty["next"], answer["next"]) == (repair, repair)
    assert answer["migrations"][0]["state"] == "dirty"
    assert answer["current"] is None


def test_the_repair_that_status_shows_can_be_sent(front: Front) -> None:
    """And then everything runs."""
    front.target.add(FIRST)
    assert front.handle(front.invoke("status")["next"])["ok"] is True
    assert front.invoke("migrate")["applied"] == [FIRST, SECOND]


def test_status_of_one_that_left_no_word(front: Front) -> None:
    """The function died in it."""
    front.target.apply(FIRST)
    front.target.start_migration(FIRST)
    [dirty] = front.invoke("status")["dirty"]
    assert (dirty["found"], dirty["in"]) == ("crashed", "undo")
    assert dirty["next"]["as"] == "applied", "none of its undo stands, as far as anybody knows"


def test_status_of_one_whose_run_could_not_record_it(front: Front) -> None:
    """Its process lived on and told of the run, so what became of the migration is not known."""
    front.target.add(FIRST, Details(run_id="run-7"))
    front.target.record_run(
        RunRecord(
            run=Run(id="run-7"), started_at="2026-11-23T09:00:00.000Z", seconds=1.0, result="failed", failed=FIRST
        )
    )
    [dirty] = front.invoke("status")["dirty"]
    assert dirty["found"] == "unknown"
    assert dirty["next"] == {"action": "repair", "migration": FIRST, "as": "pending", "confirm": True}
    assert "error" not in dirty


def test_status_of_one_that_runs_now_does_not_tell_to_repair_it(front: Front) -> None:
    """Its run holds the lock: it is dirty because it is at work."""
    front.target.add(FIRST, Details(run_id="another-run"))
    front.target.save_progress(FIRST, 3, 10)
    front.target.held_by = holder()
    [dirty] = front.invoke("status")["dirty"]
    assert (dirty["found"], dirty["next"]) == ("running", {"action": "status"})
    assert dirty["progress"] == {"done": 3, "total": 10}


def test_status_of_one_that_can_go_on(front: Front) -> None:
    """It stopped at its checkpoint: to run again is enough."""
    front.target.add(FIRST)
    front.target.save_checkpoint(FIRST, {"page": 3})
    [dirty] = front.invoke("status")["dirty"]
    assert (dirty["found"], dirty["next"]) == ("stopped at its checkpoint", {"action": "migrate"})


def test_status_of_one_that_could_go_on_but_its_code_is_gone(front: Front) -> None:
    """As after a rollback: it is no crash, and a repair would throw away what its code goes on from."""
    front.target.add(THIRD)
    front.target.save_checkpoint(THIRD, {"page": 3})
    answer = front.invoke("status")
    assert answer["dirty"][0]["found"] == "stopped at its checkpoint"
    assert answer["dirty"][0]["next"] == "Deploy the code that has it again: it goes on from its checkpoint."
    assert answer["counts"]["dirty"] == 1


def test_status_before_the_first_deploy(front: Front) -> None:
    """Nothing is created by looking."""
    front.target.destroy()
    answer = front.invoke("status")
    assert answer["counts"] == {"applied": 0, "pending": 2, "dirty": 0, "missing": 0}
    assert "There are no state tables yet" in answer["note"]
    assert front.invoke("history") == {"ok": True, "runs": []}
    assert len(front.invoke("plan")["actions"]) == 2
    assert front.target._records is None


def test_ids_are_one_however_they_are_written(front: Front) -> None:
    """The history keeps the first spelling."""
    front.write_files({"7_x": GOOD})
    front.target.apply("007")
    assert [(one["id"], one["state"]) for one in front.invoke("status")["migrations"]] == [("007", "applied")]


def test_plan_shows_what_migrate_would_do(front: Front) -> None:
    """And does nothing, and takes no lock."""
    front.target.apply(FIRST)
    answer = front.invoke("plan")
    assert answer["actions"] == [{"action": "do", "migration": SECOND, "description": "add status"}]
    assert answer["pending"] == [SECOND]
    assert (front.target.states(), front.target.waits) == ({FIRST: "applied"}, [])


def test_plan_shows_what_to_and_step_would_do(front: Front) -> None:
    """By their own argument."""
    front.target.apply(FIRST, SECOND)
    undo = [{"action": "undo", "migration": SECOND, "description": "add status"}]
    assert front.invoke("plan", migration=FIRST)["actions"] == undo
    assert front.invoke("plan", n=-1)["actions"] == undo


def test_plan_takes_one_of_them(front: Front) -> None:
    """Which of the two would be a guess."""
    assert front.invoke("plan", migration=FIRST, n=1)["error"]["type"] == "InvalidArgument"


def test_plan_shows_what_goes_on_from_its_checkpoint(front: Front) -> None:
    """Before anything else."""
    front.target.add(FIRST)
    front.target.save_checkpoint(FIRST, 1)
    actions = front.invoke("plan")["actions"]
    assert [(one["migration"], one.get("goes_on_from_its_checkpoint", False)) for one in actions] == [
        (FIRST, True),
        (SECOND, False),
    ]


def test_plan_of_what_can_not_be_is_an_error(front: Front) -> None:
    """The same as migrate would say."""
    front.target.apply(SECOND)
    assert front.invoke("plan")["error"]["type"] == "StaleMigration"


def test_history_shows_every_run_newest_first(front: Front) -> None:
    """Who, for which deploy, what, how long and how it ended."""
    run = Run(id="r1", actor="cloudformation S", deploy_id="d1", app_version="1.2", command="migrate")
    front.target.record_run(
        RunRecord(
            run=run,
            started_at="2026-11-23T09:00:00.000Z",
            seconds=1.5,
            result="failed",
            applied=(FIRST,),
            failed=SECOND,
            note="why",
        )
    )
    front.invoke("migrate")
    newest, oldest = front.invoke("history")["runs"]
    assert (newest["command"], newest["result"], newest["applied"]) == ("migrate", "succeeded", [FIRST, SECOND])
    assert oldest == {
        "run_id": "r1",
        "started_at": "2026-11-23T09:00:00.000Z",
        "seconds": 1.5,
        "command": "migrate",
        "result": "failed",
        "applied": [FIRST],
        "undone": [],
        "failed": SECOND,
        "actor": "cloudformation S",
        "deploy_id": "d1",
        "app_version": "1.2",
        "note": "why",
    }


def test_history_shows_as_many_as_it_is_asked_for(front: Front) -> None:
    """The newest of them."""
    front.invoke("step", n=1)
    front.invoke("step", n=1)
    assert [one["applied"] for one in front.invoke("history", n=1)["runs"]] == [[SECOND]]


@pytest.mark.parametrize("n", [0, -1])
def test_history_of_no_runs_is_refused(front: Front, n: int) -> None:
    """It says what n is."""
    assert "how many runs to show" in front.invoke("history", n=n)["error"]["message"]


def test_looking_records_no_run(front: Front) -> None:
    """The history is of what changed something or failed."""
    for action in ("status", "plan", "history"):
        front.invoke(action)
    assert front.target.runs() == ()


def test_a_dirty_undo_is_told_from_a_dirty_do(front: Front) -> None:
    """It matters for what to check."""
    front.target.apply(FIRST)
    front.target.start_migration(FIRST)
    assert front.target.records()[0].action is Direction.UNDO
    assert front.invoke("status")["dirty"][0]["in"] == "undo"


CHANGED = (
    f"{FIRST}_add_users was changed after it was applied. What ran is not what its file says now. Put the code back "
    'and write a new migration for what is to be different, or say changed = "ignore" in its file.'
)


class TestAMigrationThatIsNotWhatWasApplied:
    """Seen by whoever looks, not by readers of the log alone."""

    @pytest.fixture(autouse=True)
    def _changed(self, front: Front) -> None:
        front.write(GOOD)
        front.invoke("migrate")
        front.write(GOOD.replace("pass", "return"), GOOD)

    def test_status_flags_a_changed_one(self, front: Front) -> None:
        """With a sentence at the migration, and before the long list."""
        answer = front.invoke("status")
        assert answer["warnings"] == [CHANGED]
        first, second = answer["migrations"]
        assert (first["state"], first["changed"], first["warning"]) == ("applied", True, CHANGED)
        assert not {"changed", "another", "warning"} & second.keys()

    def test_plan_and_migrate_say_it(self, front: Front) -> None:
        """Beside what they are asked for."""
        planned = front.invoke("plan")
        assert (planned["warnings"], [one["migration"] for one in planned["actions"]]) == ([CHANGED], [SECOND])
        done = front.invoke("migrate")
        assert (done["warnings"], done["applied"]) == ([CHANGED], [SECOND])

    def test_cloudformation_is_told(self, front: Front) -> None:
        """In the answer's data, also when a later migration is what runs, or none."""
        for kind in ("Create", "Update"):
            front.handle(front.event(kind))
        assert [one.json["Data"]["Warnings"] for one in front.server.received] == [CHANGED, CHANGED]

    def test_nothing_is_said_where_nobody_minds(self, front: Front) -> None:
        """By the file, or by the construct."""
        front.environ["DYNAMIGRATE_CHANGED"] = "ignore"
        status = front.invoke("status")
        assert "warnings" not in status
        assert "changed" not in status["migrations"][0]
        assert front.deploy()["Data"]["Warnings"] == "none"

    def test_another_one_is_flagged_by_status_and_refused_by_the_rest(self, front: Front) -> None:
        """Status has to work where nothing else does."""
        front.write_files({f"{FIRST}_quite_another": GOOD, f"{SECOND}_add_status": GOOD})
        status = front.invoke("status")
        row = status["migrations"][0]
        assert (row["another"], row["warning"]) == (True, status["warnings"][0])
        assert row["warning"].startswith(
            f"{FIRST}_quite_another has the id of {FIRST}_add_users, which is applied already: it would never run. If it "
        )
        for action in ("plan", "migrate"):
            error = front.invoke(action)["error"]
            assert (error["type"], error["message"]) == ("AnotherMigration", row["warning"].partition(" If it")[0])
        answer = front.deploy()
        assert answer["Status"] == "FAILED"
        assert "give its file an id of its own" in answer["Reason"]
        assert 'changed = "ignore"' in answer["Reason"]

    def test_a_rollback_is_free_to_go_on(self, front: Front) -> None:
        """Whatever the history holds."""
        front.write_files({f"{FIRST}_quite_another": GOOD})
        front.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        assert front.deploy("Update")["Status"] == "SUCCESS"


def test_warnings_of_a_long_history_leave_room_for_the_answer(front: Front) -> None:
    """CloudFormation drops an answer of more than 4,096 bytes."""
    names = [f"{number}_{'x' * 60}" for number in range(1, 400)]
    front.write_files(dict.fromkeys(names, GOOD))
    front.invoke("migrate")
    front.write_files(dict.fromkeys(names, GOOD.replace("pass", "return")))
    data = front.deploy()["Data"]
    assert data["Warnings"].startswith("1_xxx")
    assert len(front.server.received[-1].body) < 4096


class TestPlanWithChecks:
    """`{"action": "plan", "check": true}`: what the migrations' checks would say, without a run."""

    def test_each_check_that_a_run_would_make_is_told(self, front: Front) -> None:
        front.write(
            "def do(ctx): raise AssertionError\ndef check(ctx): assert ctx.dry_run\n",
            "def do(ctx): raise AssertionError\ndef check(ctx):\n    raise ValueError('no prices')\n",
            "def do(ctx): raise AssertionError\n",
        )
        answer = front.invoke("plan", check=True)
        assert answer["ok"] is True
        for one in answer["checks"]:
            assert one.pop("seconds") >= 0
        error = {"type": "ValueError", "message": "no prices", "where": f"{SECOND}_add_status.py:3"}
        assert answer["checks"] == [
            {"migration": FIRST, "passed": True},
            {"migration": SECOND, "passed": False, "error": error},
        ]
        assert [one["migration"] for one in answer["actions"]] == [FIRST, SECOND, THIRD]

    def test_nothing_is_locked_kept_or_recorded(self, front: Front) -> None:
        front.write("def do(ctx): pass\ndef check(ctx): raise ValueError('no')\n")
        front.invoke("plan", check=True)
        assert (front.target.waits, front.target.states(), front.target.runs()) == ([], {}, ())

    def test_without_it_no_check_runs(self, front: Front) -> None:
        front.write("def do(ctx): pass\ndef check(ctx): raise ValueError('no')\n")
        assert "checks" not in front.invoke("plan")

    def test_where_time_is_up_it_says_before_which(self, front: Front) -> None:
        front.context.seconds = 1.0
        front.write("def do(ctx): pass\ndef check(ctx): pass\n")
        answer = front.invoke("plan", check=True)
        assert answer["checks"] == []
        assert answer["note"].startswith(f"The run stopped before the check of {FIRST}_add_users: ")

    def test_a_deploy_whose_check_fails_says_so_in_its_reason(self, front: Front) -> None:
        """And nothing is dirty, so the next deploy needs no repair."""
        front.write("def do(ctx): pass\n", "def do(ctx): pass\ndef check(ctx):\n    raise ValueError('no prices')\n")
        front.deploy()
        reason = front.server.answer["Reason"]
        assert front.server.answer["Status"] == "FAILED"
        assert f"The check of {SECOND}_add_status failed: ValueError: no prices ({SECOND}_add_status.py:3)." in reason
        assert "Nothing was run." in reason
        assert "nothing is dirty" in reason
        assert front.target.states() == {}

    def test_the_limit_is_the_one_that_is_set(self, front: Front) -> None:
        front.environ["DYNAMIGRATE_CHECK_LIMIT_SECONDS"] = "0.05"
        front.write("import threading\ndef do(ctx): pass\ndef check(ctx):\n    threading.Event().wait(20)\n")
        [one] = front.invoke("plan", check=True)["checks"]
        assert one["error"]["message"].startswith("check did not end within 0.05 s, and was given up. ")
        assert one["error"]["where"] == f"{FIRST}_add_users.py:4"
