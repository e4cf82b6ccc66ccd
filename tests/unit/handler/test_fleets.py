"""A run that goes on in a fleet: what the function answers the state machine, and what each of its calls does."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate.contract.manifest import MANIFEST_NAME
from dynamigrate.dynamodb import DynamoDBTarget
from dynamigrate.fleet import WorkerEnd
from tests.unit.handler.front import FIRST, SECOND, THIRD
from tests.unit.handler.long_run_front import LOST, LongRunFront, Watch

# A function of which a fleet does the work, without a table: each worker does as many parts as there are workers.
FLEET = """
from dynamigrate.fleet import Fleet, FleetWanted, WorkerEnd
from tests.unit.handler.test_fleets import Yard


class Do:
    def __call__(self, ctx):
        ctx.checkpoint.save({"begun": True})
        offer = ctx.runtime.fleet
        Yard.before.append(None if offer is None else offer.before)
        if offer is not None and offer.before is None:
            fleet = Fleet(migration=ctx.migration.id, workers=2, parts=2, began=0, figures={}, total=2)
            raise FleetWanted(f"{ctx.migration} goes on in a fleet", fleet=fleet, migration_id=ctx.migration.id)
        if offer is not None and offer.ended.failure is not None:
            raise ValueError(offer.ended.failure.told)

    def work_beside(self, ctx, member):
        return Yard.work(ctx, member)


do = Do()
"""
PLAIN = "def do(ctx): pass\n"
# Of a transaction that met another one, each time that it was tried.
CONFLICT: Any = ClientError(
    {
        "Error": {"Code": "TransactionCanceledException", "Message": "canceled"},
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    },
    "TransactWriteItems",
)


class Yard:
    """What the fleet's workers do, and what was seen of it."""

    before: list[object] = []  # noqa: RUF012 - the migration's module finds it here

    @staticmethod
    def work(_ctx: Any, _member: Any) -> object:
        raise NotImplementedError


@pytest.fixture
def fleet(long: LongRunFront, monkeypatch: pytest.MonkeyPatch) -> LongRunFront:
    """A function whose second migration asks for a fleet of two."""
    long.write(PLAIN, FLEET, PLAIN)
    monkeypatch.setattr(Yard, "before", [])
    monkeypatch.setattr(Yard, "work", lambda _ctx, _member: WorkerEnd.OVER)
    return long


def test_the_deploy_ends_with_the_slice_after_the_fleet(fleet: LongRunFront) -> None:
    fleet.begin()
    assert fleet.answers == []
    assert fleet.play() == ["fleet", "done", "done", "done"]
    answer = fleet.server.answer
    assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", f"{FIRST},{SECOND},{THIRD}")
    assert (fleet.kept, fleet.state.lock_status()) == ([], None)
    [run] = fleet.state.runs()
    assert run.applied == (FIRST, SECOND, THIRD)


def test_the_log_says_that_workers_go_on(fleet: LongRunFront, caplog: pytest.LogCaptureFixture) -> None:
    """The time of the function is not up: it had hours, and did not need them."""
    caplog.set_level("INFO")
    fleet.begin()
    [said] = [line.getMessage() for line in caplog.records if getattr(line, "event", "") == "run.handed_over"]
    assert said == "The run goes on in the state machine, with 2 workers beside each other."


def test_a_slice_that_is_called_twice_before_the_fleet_takes_nothing_up(fleet: LongRunFront) -> None:
    fleet.begin()
    assert (fleet.slice(), fleet.workers) == ("fleet", [0, 1])
    assert (fleet.slice(), fleet.workers) == ("fleet", [0, 1])
    assert fleet.worker(0) == "done"
    fleet.after_fleet = True
    assert fleet.slice() == "done"


def test_each_worker_knows_its_number_and_its_run(fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, str, bool]] = []

    def work(ctx: Any, member: Any) -> object:
        seen.append((member.number, ctx.run_id, ctx.migration.id == SECOND))
        return WorkerEnd.OVER

    monkeypatch.setattr(Yard, "work", work)
    fleet.begin()
    fleet.play()
    assert seen == [(0, fleet.run_id, True), (1, fleet.run_id, True)]


def test_a_worker_that_has_no_more_time_is_called_again(fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = [WorkerEnd.OUT_OF_TIME, WorkerEnd.PARKED, WorkerEnd.SUPERSEDED, WorkerEnd.OVER]
    monkeypatch.setattr(Yard, "work", lambda _ctx, _member: ends.pop(0))
    fleet.begin()
    assert fleet.slice() == "fleet"
    event = {"worker": {"runId": fleet.run_id, "number": 0}}
    assert [fleet.call(event)["status"] for _ in range(4)] == ["more", "wait", "wait", "done"]


def test_a_worker_that_fails_fails_the_deploy_with_its_reason(
    fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others have stopped by then: each sees it with the run's lock."""
    seen: list[str | None] = []

    def work(_ctx: Any, member: Any) -> object:
        seen.append(member.lock.stop_reason)
        raise KeyError("no such status")

    monkeypatch.setattr(Yard, "work", work)
    fleet.begin()
    assert fleet.play() == ["fleet", "done", "done", "failed"]
    assert "KeyError: 'no such status'" in fleet.reason
    assert "test_fleets.py:" in fleet.reason
    assert seen == [None, "another worker of the fleet failed"]
    assert (fleet.kept, fleet.state.lock_status()) == ([], None)


def test_a_worker_that_can_not_read_the_history_is_called_again(
    fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is no failure of the migration's, and stops nobody."""
    fleet.begin()
    assert fleet.slice() == "fleet"
    with monkeypatch.context() as broken:
        broken.setattr(DynamoDBTarget, "records", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fleet.worker(0)
    status = fleet.state.lock_status()
    assert status is not None
    assert status.fleet is not None
    assert status.fleet.failure is None
    assert fleet.worker(0) == "done"


@pytest.mark.parametrize("error", [LOST, CONFLICT])
def test_a_worker_whose_service_is_out_of_reach_is_called_again(
    fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """
    As a process that goes on alone would be asked to by its next deploy; here the machine does it at once. So it is
    where too many others write to the lock's item at the same time.
    """

    def work(_ctx: Any, _member: Any) -> object:
        raise error

    monkeypatch.setattr(Yard, "work", work)
    fleet.begin()
    assert fleet.slice() == "fleet"
    with pytest.raises(type(error)):
        fleet.worker(0)
    monkeypatch.setattr(Yard, "work", lambda _ctx, _member: WorkerEnd.OVER)
    assert fleet.worker(0) == "done"
    fleet.after_fleet = True
    assert fleet.slice() == "done"


def test_a_worker_of_other_code_does_nothing(fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the slice after the fleet says why the run ends."""
    monkeypatch.setattr(Yard, "work", lambda *_: pytest.fail("it worked"))
    fleet.begin()
    assert fleet.slice() == "fleet"
    manifest = fleet.folder / MANIFEST_NAME
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "digest": "other"}))
    assert fleet.worker(0) == "done"
    fleet.after_fleet = True
    assert fleet.slice() == "failed"
    assert "it was swapped without a deploy" in fleet.reason


def test_a_worker_that_comes_after_its_run_does_nothing(fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.begin()
    fleet.play()
    monkeypatch.setattr(Yard, "work", lambda *_: pytest.fail("it worked"))
    assert fleet.worker(0) == "done"


@pytest.mark.parametrize("end", [WorkerEnd.OUT_OF_TIME, WorkerEnd.PARKED, WorkerEnd.SUPERSEDED])
def test_at_the_end_of_the_runs_own_time_workers_are_not_called_again(
    fleet: LongRunFront, monkeypatch: pytest.MonkeyPatch, end: WorkerEnd
) -> None:
    """They would find no time either, and be called again and again."""
    fleet.environ["DYNAMIGRATE_RUN_LIMIT_SECONDS"] = "70"
    monkeypatch.setattr(Yard, "work", lambda _ctx, _member: end)
    fleet.begin()
    assert fleet.slice() == "fleet"
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 45)
    assert fleet.worker(0) == "done"


@pytest.mark.parametrize(
    "event",
    [
        {"worker": {}},
        {"worker": {"runId": "", "number": 0}},
        {"worker": {"runId": "x", "number": -1}},
        {"worker": {"runId": "x", "number": "0"}},
        {"worker": {"runId": "x", "number": True}},
        {"worker": None},
    ],
)
def test_what_only_looks_like_the_machines_event_is_refused(fleet: LongRunFront, event: object) -> None:
    with pytest.raises(Exception, match="no event of the state machine, although it has worker"):
        fleet.call(event)


class TestStatus:
    def test_tells_of_the_fleet(self, fleet: LongRunFront) -> None:
        fleet.begin()
        fleet.slice()
        member = fleet.state.join(fleet.run_id, 1)
        assert member is not None
        member.save({}, {"scanned": 1}, "0")
        answer = fleet.call({"action": "status"})
        assert answer["lock"]["goes_on"]["fleet"] == {"migration": SECOND, "workers": 2, "at_work": 1}
        assert answer["dirty"][0]["progress"]["percent"] == 50

    def test_once_the_run_is_taken_up_there_is_no_fleet_at_work(self, fleet: LongRunFront) -> None:
        fleet.begin()
        fleet.slice()
        with fleet.state.take_up(fleet.run_id):
            assert "fleet" not in fleet.call({"action": "status"})["lock"]["goes_on"]

    def test_its_width_is_changed_by_a_command(self, fleet: LongRunFront) -> None:
        fleet.begin()
        fleet.slice()
        assert fleet.call({"action": "workers", "n": 1})["lock"]["goes_on"]["fleet"]["wanted"] == 1
        assert fleet.call({"action": "workers", "n": 3})["error"]["message"] == (
            "A width of 3 is not possible: the fleet has 2 workers."
        )

    def test_without_a_fleet_there_is_no_width(self, fleet: LongRunFront) -> None:
        assert "Nothing is running" in fleet.call({"action": "workers", "n": 1})["error"]["message"]
        fleet.begin()
        fleet.slice()
        with fleet.state.take_up(fleet.run_id) as lock:
            assert lock.continuation is not None
            lock.hand_over(replace(lock.continuation, fleet=None), until=2e9)
        assert "No fleet is at work" in fleet.call({"action": "workers", "n": 1})["error"]["message"]


def test_a_dead_workers_time_is_not_the_others(fleet: LongRunFront) -> None:
    """The lock waits for as long as the run may take, whatever becomes of one process."""
    fleet.begin()
    Watch.left = 900.0
    status = fleet.state.lock_status()
    assert status is not None
    assert status.waiting
    assert status.deadline_ms / 1000 > fleet.clock.time() + 3000
