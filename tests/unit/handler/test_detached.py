"""Migrations that a deploy starts, and goes on without: each in a state machine's execution of its own."""

from collections.abc import Callable

import pytest

from dynamigrate import Migration, Plan
from dynamigrate.fleet import WorkerEnd
from dynamigrate.handler.detached import executions
from dynamigrate.handler.errors import NothingTakenBack
from dynamigrate.handler.rollback_undo.planner import TakeBackPlanner
from dynamigrate.history import History
from dynamigrate.records import Deploy, Details, Record
from tests.unit.handler.detached_front import PAGED, PAGES, DetachedFront
from tests.unit.handler.front import FIRST, GOOD, SECOND, THIRD
from tests.unit.handler.long_run_front import DENIED, LONG, Fault, Watch
from tests.unit.handler.test_fleets import FLEET, Yard

FILL = f"{FIRST}_fill_in"
REQUIRING = f'requires = ["{FIRST}"]\n{GOOD}'


def _deny(**_: object) -> None:
    raise DENIED


@pytest.fixture
def started(detached: DetachedFront) -> DetachedFront:
    """A deploy has started the first one."""
    detached.begin()
    assert detached.answers == ["SUCCESS"]
    return detached


class TestADeploy:
    def test_ends_at_once(self, started: DetachedFront) -> None:
        """It says what goes on, and has run what it had to wait for."""
        answer = started.server.answer
        assert answer["Reason"] == f"1 migration applied: {SECOND}. Running, detached: {FIRST}."
        assert (answer["Data"]["Applied"], answer["Data"]["Current"]) == (SECOND, SECOND)
        [execution] = started.own_executions
        record = started.record
        assert record is not None
        assert execution == {"name": record.detached, "runId": record.detached, "migration": FIRST}
        assert started.executions == []

    def test_later_goes_on_beside_it(self, started: DetachedFront) -> None:
        """Neither waits for the other, and it is not started again."""
        started.add(f"{THIRD}_add_orders", GOOD)
        [execution] = started.own_executions
        assert started.own_slice(execution) == "more"
        started.server.received.clear()
        started.begin("Update")
        assert started.reason == f"1 migration applied: {THIRD}. Running, detached: {FIRST}."
        assert started.own_executions == [execution]

    def test_of_what_requires_it_fails_and_says_how_far_it_is(self, started: DetachedFront) -> None:
        """What comes before that is applied; the next step is to deploy it later."""
        [execution] = started.own_executions
        started.own_slice(execution)
        started.add(f"{THIRD}_drop", REQUIRING)
        started.server.received.clear()
        started.begin("Update")
        assert started.answers == ["FAILED"]
        assert started.reason.startswith(
            f"{THIRD}_drop requires {FILL}, which is running, detached: 1 of {PAGES} (33%), 10 a second, "
            f"done in about 60 seconds. Applied in this run: none; pending: {THIRD}. "
            f"Deploy {THIRD}_drop once it is done; a deploy without it goes through. "
        )
        started.play_own(execution)
        started.server.received.clear()
        started.begin("Update")
        assert started.answers == ["SUCCESS"]

    def test_that_can_not_start_it_fails(self, detached: DetachedFront) -> None:
        """It is as if it had not begun; the next deploy starts it."""
        events = detached.stepfunctions.meta.events
        events.register("before-call", _deny)
        detached.begin()
        events.unregister("before-call", _deny)
        assert sum(detached.pauses) >= 58, "a new grant may come that late"
        assert detached.reason.startswith(f"{FILL} could not be started, detached: ")
        assert detached.state.records() == ()
        assert detached.state.detached(FIRST).lock_status() is None
        detached.server.received.clear()
        detached.begin()
        assert detached.answers == ["SUCCESS"]

    def test_whose_grant_comes_late_waits_for_it(self, detached: DetachedFront) -> None:
        """The deploy that makes the machine calls the function seconds later."""
        with Fault(detached.stepfunctions, at=0, lost=False) as fault:
            detached.begin()
        assert fault.hit == "StartExecution"
        assert detached.answers == ["SUCCESS"]
        assert len(detached.own_executions) == 1

    def test_without_a_machine_does_it_itself(self, detached: DetachedFront) -> None:
        """As any other; the log says so."""
        detached.environ["DYNAMIGRATE_DETACHED_MACHINE_ARN"] = ""
        detached.begin()
        assert detached.play()[-1] == "done"
        assert detached.server.answer["Data"]["Applied"] == f"{FIRST},{SECOND}"
        assert any("it runs as any other" in line["message"] for line in detached.lines)

    def test_that_goes_on_in_slices_itself_starts_it_once(self, detached: DetachedFront) -> None:
        detached.add(f"{SECOND}_add_status", LONG)
        detached.add(f"{THIRD}_add_orders", GOOD)
        detached.begin()
        assert detached.play() == ["done"]
        assert detached.server.answer["Data"]["Applied"] == f"{SECOND},{THIRD}"
        assert len(detached.own_executions) == 1

    def test_while_the_stack_rolls_back_leaves_it_alone(self, started: DetachedFront) -> None:
        started.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        started.server.received.clear()
        started.begin("Update")
        assert started.answers == ["SUCCESS"]
        assert started.record is not None
        assert started.record.running
        assert started.play_own(started.own_executions[0])[-1] == "done"

    def test_while_the_status_is_unknown_finds_nothing_pending(self, started: DetachedFront) -> None:
        """What runs by itself is neither pending nor dirty."""
        started.clients.stack.status = DENIED
        started.server.received.clear()
        started.begin("Update")
        assert started.answers == ["SUCCESS"]

    def test_that_deletes_the_resource_asks_it_to_stop(self, started: DetachedFront) -> None:
        """Its machine is about to go; what it has done stays, and it can go on from there."""
        [execution] = started.own_executions
        started.own_slice(execution)
        Watch.meanwhile = lambda: None
        started.server.received.clear()
        started.begin("Delete")
        assert started.answers == ["SUCCESS"]
        record = started.record
        assert record is not None
        assert (record.running, record.resumable, record.checkpoint) == (False, True, 1)
        assert started.own_slice(execution) == "done"
        assert started.record == record

    def test_that_deletes_the_resource_stops_a_slice_at_work(self, started: DetachedFront) -> None:
        [execution] = started.own_executions
        Watch.meanwhile = lambda: started.handle(started.event("Delete"))
        assert started.own_slice(execution) == "failed"
        assert started.record is not None
        assert (started.record.running, started.record.checkpoint) == (False, 1)


class TestARollbackThatUndoes:
    """What a deploy applied, by that deploy's own code."""

    _DEPLOY = Deploy(deploy_id="build-1", function_version="v", run_id="run-1")
    _RUNNING = Record(id="1", dirty=True, started_at="1", detached="own", running=True)

    def _applied(self, started_at: str) -> Record:
        return Record(id="2", dirty=False, started_at=started_at, details=Details(run_id="run-1"))

    def _plan(self, *records: Record) -> Plan:
        two = Migration("2", "add status", lambda _ctx: None, lambda _ctx: None)
        applied = [record.id for record in records if not record.dirty]
        return TakeBackPlanner(self._DEPLOY, newest=self._DEPLOY).plan([two], History(applied, records))

    def test_leaves_what_runs_alone(self) -> None:
        """It says so, and undoes what came after it."""
        plan = self._plan(self._RUNNING, self._applied("2"))
        assert plan.undone == ["2"]
        assert plan.note == "Running, detached, and left alone: 1."

    def test_undoes_nothing_that_it_came_after(self) -> None:
        """It may be built on that."""
        with pytest.raises(
            NothingTakenBack, match=r"was followed by 1, which .* Running, detached, and left alone: 1\."
        ):
            self._plan(self._applied("0"), self._RUNNING)

    def test_has_nothing_to_do_where_it_is_all_there_is(self) -> None:
        with pytest.raises(NothingTakenBack, match=r"had applied nothing\. Running, detached, and left alone: 1\."):
            self._plan(self._RUNNING)


class TestItsSlices:
    def test_go_on_until_it_is_done(self, started: DetachedFront) -> None:
        """Each from where the one before was; its end is in the history and in the log."""
        [execution] = started.own_executions
        assert started.play_own(execution) == ["more", "more", "more", "done"]
        assert started.state.done() == (FIRST, SECOND)
        assert started.state.detached(FIRST).lock_status() is None
        run = started.state.runs()[0]
        assert (run.run.id, run.run.command, run.result) == (execution["runId"], "detached", "succeeded")
        assert run.applied == (FIRST,)
        [line] = [
            one for one in started.lines if one.get("event") == "run.finished" and one.get("command") == "detached"
        ]
        assert (line["result"], line["applied"], line["run_id"]) == ("succeeded", [FIRST], execution["runId"])

    def test_have_a_new_execution_after_many(self, started: DetachedFront, monkeypatch: pytest.MonkeyPatch) -> None:
        """The old one ends; it is the same run."""
        monkeypatch.setattr(executions, "SLICES", 2)
        [first] = started.own_executions
        assert started.play_own(first) == ["more", "done"]
        [_, second] = started.own_executions
        assert second == {"name": f"{first['runId']}-2", "runId": first["runId"], "migration": FIRST}
        [running] = started.invoke("status")["running"]
        assert running["lock"]["goes_on"]["execution"].endswith(second["name"])
        assert started.play_own(second) == ["more", "done"]
        assert started.state.done() == (FIRST, SECOND)

    def test_stay_in_the_old_execution_where_no_new_one_can_be_begun(
        self, started: DetachedFront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(executions, "SLICES", 2)
        [first] = started.own_executions
        started.own_slice(first)
        with Fault(started.stepfunctions, at=0, lost=False) as fault:
            assert started.own_slice(first) == "more"
        assert fault.hit == "StartExecution"
        assert started.line("execution.not_begun")
        assert started.play_own(first)[-1] == "done"

    @pytest.mark.parametrize(
        ("change", "what"),
        [(f"{PAGED}print('changed')\n", "its code was changed"), ("", "its file was taken out of the code")],
    )
    def test_stop_once_the_code_is_another(self, started: DetachedFront, change: str, what: str) -> None:
        """With a clear word; its checkpoint is kept, and the next deploy begins it again with the code of then."""
        [execution] = started.own_executions
        started.own_slice(execution)
        if change:
            started.add(FILL, change)
        else:
            started.write_files({f"{SECOND}_add_status": GOOD})
        assert started.own_slice(execution) == "failed"
        message = f"{FILL} stopped: {what} while it ran, detached."
        run = started.state.runs()[0]
        assert (run.result, run.run.command) == ("unfinished", "detached")
        assert run.note.startswith(message)
        assert any(message in line["message"] for line in started.lines if line["level"] == "ERROR")
        [dirty] = started.invoke("status")["dirty"]
        assert (dirty["found"], dirty["error"]["message"]) == ("failed", message)
        started.add(FILL, change or PAGED)
        started.server.received.clear()
        started.begin("Update")
        assert started.answers == ["SUCCESS"]
        assert started.play_own(started.own_executions[1]) == ["more", "more", "done"]

    def test_go_on_with_other_code_of_others(self, started: DetachedFront) -> None:
        """A deploy that changes something else is none of its business."""
        [execution] = started.own_executions
        started.own_slice(execution)
        started.add(f"{THIRD}_add_orders", GOOD, digest="e5" * 16)
        assert started.play_own(execution)[-1] == "done"

    def test_that_fail_leave_it_dirty_with_its_checkpoint(self, started: DetachedFront) -> None:
        """Also where failures of a deploy are undone: what took days is not thrown away."""
        started.environ["DYNAMIGRATE_ON_FAILURE"] = "undo"

        def fail() -> None:
            raise KeyError("status")

        [execution] = started.own_executions
        started.own_slice(execution)
        Watch.meanwhile = fail
        assert started.own_slice(execution) == "failed"
        record = started.record
        assert record is not None
        assert record.failure is not None
        assert (record.failure.type, record.checkpoint, record.running) == ("KeyError", 1, False)
        assert started.state.runs()[0].result == "failed"

    def test_wait_for_one_that_is_at_work(self, started: DetachedFront) -> None:
        """Two calls for one run: only one has it."""
        [execution] = started.own_executions
        found = []

        def meanwhile() -> None:
            # It has no time to see that nobody beats, as nobody does in the time of this test.
            left, Watch.left = Watch.left, 4.0
            found.append(started.handle({"slice": {"runId": execution["runId"], "migration": FIRST}}))
            Watch.left = left

        Watch.meanwhile = meanwhile
        assert started.own_slice(execution) == "more"
        assert found == [{"status": "wait", "workers": []}]

    def test_of_a_run_that_is_over_do_nothing(self, started: DetachedFront) -> None:
        [execution] = started.own_executions
        started.play_own(execution)
        calls = len(started.state.runs())
        assert started.own_slice(execution) == "done"
        assert len(started.state.runs()) == calls

    def test_of_code_that_can_not_be_read_end_the_run(self, started: DetachedFront) -> None:
        """Nobody else would free its lock."""
        [execution] = started.own_executions
        started.own_slice(execution)
        (started.folder / "_manifest.json").write_text("{")
        assert started.own_slice(execution) == "failed"
        assert started.state.detached(FIRST).lock_status() is None
        assert started.state.runs()[0].result == "unfinished"
        assert started.record is not None
        assert started.record.resumable

    @pytest.mark.parametrize("given", [{"runId": "", "migration": FIRST}, {"runId": "r", "migration": "x"}])
    def test_of_no_run_are_refused(self, detached: DetachedFront, given: object) -> None:
        with pytest.raises(ValueError, match="This is no event of the state machine"):
            detached.call({"slice": given})


class TestAFleet:
    """Of workers beside each other, for a detached backfill."""

    @pytest.fixture
    def fleet(self, detached: DetachedFront, monkeypatch: pytest.MonkeyPatch) -> DetachedFront:
        """A deploy has started it; each worker has nothing to do."""
        monkeypatch.setattr(Yard, "before", [])
        monkeypatch.setattr(Yard, "work", lambda _ctx, _member: WorkerEnd.OVER)
        detached.add(FILL, f"detached = True\n{FLEET}")
        detached.begin()
        return detached

    def _call(self, fleet: DetachedFront, kind: str, **more: object) -> object:
        [execution] = fleet.own_executions
        return fleet.call({kind: {"runId": execution["runId"], "migration": FIRST, **more}}, f"{kind}-request")

    def test_works_and_one_slice_ends_it(self, fleet: DetachedFront) -> None:
        """Under the lock of its own run, beside which deploys go on."""
        assert self._call(fleet, "slice") == {"status": "more", "workers": []}
        assert self._call(fleet, "slice") == {"status": "fleet", "workers": [0, 1]}
        [execution] = fleet.own_executions
        member = fleet.state.detached(FIRST).join(execution["runId"], 1)
        assert member is not None
        member.save({}, {"scanned": 1}, "0")
        [running] = fleet.invoke("status")["running"]
        assert running["lock"]["goes_on"]["fleet"]["workers"] == 2
        assert running["progress"]["percent"] == 50
        for number in (0, 1):
            assert self._call(fleet, "worker", number=number) == {"status": "done"}
        assert self._call(fleet, "slice", afterFleet=True) == {"status": "done", "workers": []}
        assert fleet.state.done() == (FIRST, SECOND)

    def test_is_running_as_long_as_it_takes(self, fleet: DetachedFront) -> None:
        """Its lock waits all the time, however long that is."""
        self._call(fleet, "slice")
        fleet.clock.turn(20 * 86_400)
        assert fleet.record is not None
        assert fleet.record.running

    def test_does_nothing_with_other_code(self, fleet: DetachedFront) -> None:
        """The slice after it says so."""
        self._call(fleet, "slice")
        fleet.add(FILL, f"detached = True\n{FLEET}print('other')\n")
        assert self._call(fleet, "worker", number=0) == {"status": "done"}
        assert self._call(fleet, "slice", afterFleet=True) == {"status": "failed", "workers": []}
        assert fleet.state.runs()[0].note.startswith(f"{FILL} stopped: its code was changed")

    def test_is_asked_for_fewer_workers_by_its_id(self, fleet: DetachedFront) -> None:
        self._call(fleet, "slice")
        answer = fleet.invoke("workers", n=1, migration=FIRST)
        assert answer["lock"]["goes_on"]["fleet"]["wanted"] == 1


class TestCommands:
    def test_status_shows_it_as_running(self, started: DetachedFront) -> None:
        """With its slice, its execution, and when it should be done; there is nothing to be done about it."""
        [execution] = started.own_executions
        started.own_slice(execution)
        found = started.invoke("status")
        assert found["counts"] == {"applied": 1, "pending": 0, "running": 1, "dirty": 0, "missing": 0}
        assert "dirty" not in found
        assert "next" not in found
        assert found["lock"] == {"held": False}
        [running] = found["running"]
        assert running["migration"] == FIRST
        assert running["progress"] == {"done": 1, "total": PAGES, "per_second": 10, "seconds_left": 60}
        assert running["done_about"]
        goes_on = running["lock"]["goes_on"]
        assert goes_on.keys() == {"slice", "began", "execution", "command"}
        assert (goes_on["slice"], goes_on["command"]) == (2, "detached")
        assert (
            goes_on["execution"]
            == f"{started.own_machine.replace(':stateMachine:', ':execution:')}:{execution['name']}"
        )
        assert running["cancel"] == {"action": "cancel", "migration": FIRST, "confirm": True}
        assert [row["state"] for row in found["migrations"]] == ["running", "applied"]

    def test_status_tells_of_one_that_no_process_came_for(self, started: DetachedFront) -> None:
        """There is nothing to repair: the next deploy starts it again."""
        started.clock.turn(4 * 86_400)
        [dirty] = started.invoke("status")["dirty"]
        assert (dirty["found"], dirty["next"]) == ("not begun", {"action": "migrate"})

    def test_plan_says_what_would_be_detached(self, detached: DetachedFront) -> None:
        detached.add(f"{THIRD}_drop", REQUIRING)
        first, second, third = detached.invoke("plan")["actions"]
        assert first["detached"] is True
        assert "detached" not in second
        assert third["requires"] == [FIRST], "it would not be there yet"
        assert [key in second for key in ("detached", "requires")] == [False, False]

    def test_cancelled_it_stops_and_the_next_deploy_goes_on_from_its_checkpoint(self, started: DetachedFront) -> None:
        [execution] = started.own_executions
        started.own_slice(execution)
        Watch.meanwhile = lambda: started.handle({"action": "cancel", "migration": FIRST, "confirm": True})
        assert started.own_slice(execution) == "failed"
        [dirty] = started.invoke("status")["dirty"]
        assert (dirty["found"], dirty["next"]) == ("stopped at its checkpoint", {"action": "migrate"})
        run = started.state.runs()[0]
        assert (run.result, "cancelled by" in run.note) == ("unfinished", True)
        started.server.received.clear()
        started.begin("Update")
        assert started.play_own(started.own_executions[1]) == ["more", "done"]
        assert started.state.done() == (FIRST, SECOND)

    @pytest.mark.parametrize(
        ("command", "seen"),
        [
            ({"action": "pause"}, lambda lock: lock["paused"] is True),
            ({"action": "resume"}, lambda lock: "paused" not in lock),
            ({"action": "rate", "write_units": 5, "for": "9m"}, lambda lock: lock["rate"]["write_units"] == 5),
            ({"action": "rate", "for": "0m"}, lambda lock: "rate" not in lock),
        ],
    )
    def test_by_its_id_it_is_asked(
        self, started: DetachedFront, command: dict[str, object], seen: Callable[[object], bool]
    ) -> None:
        """Between two slices as well; a deploy's run is not."""
        [execution] = started.own_executions
        started.own_slice(execution)
        with started.state.lock():
            answer = started.handle({**command, "migration": FIRST})
            assert seen(answer["lock"])
            assert answer["lock"]["run_id"] == execution["runId"]
            main = started.state.lock_status()
            assert main is not None
            assert (main.paused, main.rate) == (False, None)

    @pytest.mark.parametrize("action", ["pause", "resume", "cancel"])
    def test_of_one_that_does_not_run_are_refused(self, started: DetachedFront, action: str) -> None:
        confirm = {"confirm": True} if action == "cancel" else {}
        answer = started.invoke(action, migration=SECOND, **confirm)
        assert answer["error"]["type"] == "NothingRuns"
        assert answer["error"]["message"] == f"{SECOND} is not running in a run of its own."

    def test_repair_is_refused_while_it_runs(self, started: DetachedFront) -> None:
        """With the command that stops it; one that has stopped can be settled."""
        repair = {"action": "repair", "migration": FIRST, "as": "pending", "confirm": True}
        refused = started.handle(repair)
        assert refused["error"]["type"] == "MigrationRunning"
        assert refused["error"]["command"] == {"action": "cancel", "migration": FIRST, "confirm": True}
        [execution] = started.own_executions
        started.own_slice(execution)
        started.handle({"action": "cancel", "migration": FIRST, "confirm": True})
        assert started.own_slice(execution) == "failed"
        assert started.handle(repair)["ok"] is True
        assert started.record is None

    @pytest.mark.parametrize(
        "command",
        [{"action": "rewind"}, {"action": "step", "n": -2}, {"action": "reset"}, {"action": "to", "migration": FIRST}],
    )
    def test_it_is_not_undone_while_it_runs(self, started: DetachedFront, command: dict[str, object]) -> None:
        answer = started.handle({**command, "confirm": True})
        if command["action"] == "to":
            assert answer["undone"] == [SECOND]
        else:
            assert answer["error"]["type"] == "MigrationRunning"

    def test_unlock_frees_the_lock_of_one_by_force(self, started: DetachedFront) -> None:
        """For one whose machine is gone."""
        answer = started.invoke("unlock", migration=FIRST, force=True, confirm=True)
        assert answer["was"]["run_id"] == started.own_executions[0]["runId"]
        assert started.record is not None
        assert not started.record.running

    def test_migrate_starts_it_too(self, detached: DetachedFront) -> None:
        answer = detached.invoke("migrate")
        assert (answer["applied"], answer["running"], answer["pending"]) == ([SECOND], [FIRST], [])
        assert len(detached.own_executions) == 1


def test_nobody_can_tell_its_items_from_dirty_ones_who_does_not_know_them(started: DetachedFront) -> None:
    """Code from before there were detached migrations takes it for dirty, and runs nothing."""
    item = started.dynamodb.get_item(TableName="history", Key={"ID": {"S": FIRST}})["Item"]
    assert item["Dirty"] == {"BOOL": True}
    assert item["Detached"] == {"S": started.own_executions[0]["runId"]}
    assert "Checkpoint" not in item
