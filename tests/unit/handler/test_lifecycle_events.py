"""What happens to runs and migrations on EventBridge's default bus, as its documentation says."""

import copy
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dynamigrate.handler.lifecycle import sender
from dynamigrate.handler.lifecycle.details import Told
from dynamigrate.handler.lifecycle.sender import Sender
from dynamigrate.lifecycle import MigrationVerified, Pauses
from dynamigrate.migration import Migration
from dynamigrate.verification import Verification
from tests.architecture.source import loaded_by
from tests.unit.handler.detached_front import DetachedFront
from tests.unit.handler.event_schema import SCHEMAS, faults
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, Front, holder
from tests.unit.handler.long_run_front import LongRunFront

HISTORY = "Shop/Migrations"
UNREADY = f'requires = ["{FIRST}"]\nsoak = "7d"\nif_not_ready = "hold"\n{GOOD}'


class Bus:
    """A client of EventBridge that keeps what it is sent."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.meanwhile: Callable[[], Any] = lambda: None

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        answer = self.meanwhile()
        if answer is None:
            self.entries += Entries
            self.sizes.append(len(Entries))
        return answer or {"FailedEntryCount": 0, "Entries": []}

    @property
    def types(self) -> list[str]:
        return [entry["DetailType"] for entry in self.entries]

    def details(self, kind: str) -> list[dict[str, Any]]:
        return [json.loads(entry["Detail"]) for entry in self.entries if entry["DetailType"] == kind]


def listening(front: Front) -> Bus:
    """A bus that is told of what *front* does."""
    bus = Bus()
    front.environ |= {
        "DYNAMIGRATE_HISTORY": HISTORY,
        "DYNAMIGRATE_STACK_NAME": "Shop",
        "DYNAMIGRATE_EVENTS": "true",
    }
    front.clients.__dict__["events"] = bus
    return bus


@pytest.fixture
def bus(front: Front) -> Iterator[Bus]:
    """Whatever was sent in a test is as documented."""
    bus = listening(front)
    yield bus
    assert [fault for entry in bus.entries for fault in _faults(entry)] == []


def _faults(entry: dict[str, Any]) -> list[str]:
    assert entry["Source"] == "dynamigrate"
    assert "EventBusName" not in entry, "it is the default one"
    return faults(json.loads(entry["Detail"]), SCHEMAS[entry["DetailType"]])


def test_a_deploy_is_told_of_at_its_start_and_its_end(front: Front, bus: Bus) -> None:
    """Who, what and when."""
    front.deploy()
    assert bus.types == ["Run Started", "Run Finished"]
    [started], [finished] = bus.details("Run Started"), bus.details("Run Finished")
    assert (started["do"], started["undo"]) == ([FIRST, SECOND], [])
    assert (started["history"], started["stack"], started["deploy_id"]) == (HISTORY, "Shop", "deploy-1")
    assert finished["applied"] == [FIRST, SECOND]
    assert finished["run_id"] == started["run_id"]
    assert all(abs(entry["Time"].timestamp() - time.time()) < 60 for entry in bus.entries)


def test_a_deploy_with_nothing_to_do_sends_nothing(front: Front, bus: Bus) -> None:
    """It makes no client, and takes no time."""
    front.target.apply(FIRST, SECOND)
    front.deploy()
    assert bus.entries == []


def test_a_failure_says_what_is_dirty_and_what_to_do(front: Front, bus: Bus) -> None:
    """The command is the one that the deploy's own error has."""
    front.write(GOOD, BAD)
    front.deploy()
    assert bus.types == ["Run Started", "Migration Dirty", "Run Failed"]
    [dirty], [failed] = bus.details("Migration Dirty"), bus.details("Run Failed")
    assert (dirty["migration"], dirty["description"], dirty["in"]) == (SECOND, "add status", "do")
    assert "KeyError: 'status'" in dirty["reason"]
    assert json.loads(dirty["next"]) == {"action": "repair", "migration": SECOND, "as": "pending", "confirm": True}
    assert (failed["result"], failed["failed"], failed["applied"]) == ("failed", SECOND, [FIRST])
    assert "KeyError" in failed["reason"]
    assert "repair" in failed["next"]


def test_what_was_undone_for_a_failure_is_not_dirty(front: Front, bus: Bus) -> None:
    """It failed and left nothing behind."""
    front.write(GOOD, f"{BAD}def undo(ctx): pass\n")
    front.environ["DYNAMIGRATE_ON_FAILURE"] = "undo"
    front.deploy()
    assert bus.types == ["Run Started", "Run Failed"]
    [failed] = bus.details("Run Failed")
    assert failed["undone"] == [SECOND, FIRST]


@pytest.mark.parametrize("kind", ["held", "other code"])
def test_a_deploy_that_never_ran_is_told_of_as_failed(front: Front, bus: Bus, kind: str) -> None:
    """With the reason that CloudFormation is given."""
    if kind == "held":
        front.target.held_by = holder()
    digest = "other" if kind == "other code" else "d1" * 16
    reason = front.deploy("Create", SourceDigest=digest)["Reason"]
    assert bus.types == ["Run Failed"]
    [failed] = bus.details("Run Failed")
    assert failed["reason"][:40] in reason


def test_one_that_is_held_is_told_of_by_each_run_that_passes_it_over(front: Front, bus: Bus) -> None:
    """Even one that has nothing else to do."""
    front.write(GOOD, UNREADY)
    front.environ["DYNAMIGRATE_AWAITS_APPLICATION"] = "true"
    front.deploy()
    assert bus.types == ["Run Started", "Migration Held", "Run Finished"]
    [held] = bus.details("Migration Held")
    assert held["migration"] == SECOND
    assert held["reason"].startswith(f"{SECOND}_add_status is held: {FIRST}")
    front.server.received.clear()
    front.deploy("Update")
    assert len(bus.details("Migration Held")) == 2


def test_many_that_are_held_are_told_of_in_few_requests(front: Front, bus: Bus) -> None:
    """A request for each would use up the time that events have, and the end of the run would not be told."""
    front.write_files({f"{FIRST}_add": GOOD, **{f"{int(FIRST) + number}_wait": UNREADY for number in range(1, 13)}})
    front.environ["DYNAMIGRATE_AWAITS_APPLICATION"] = "true"
    front.deploy()
    assert bus.types == ["Run Started", *["Migration Held"] * 12, "Run Finished"]
    assert bus.sizes == [1, 10, 2, 1]
    front.server.received.clear()
    front.deploy("Update")
    assert bus.sizes[4:] == [10, 2]


def test_a_command_is_told_of_too(front: Front, bus: Bus) -> None:
    """With its name and who gave it."""
    front.deploy()
    front.invoke("undo", confirm=True)
    assert bus.details("Run Started")[-1]["undo"] == [SECOND]
    assert bus.details("Run Finished")[-1]["command"] == "undo"
    assert bus.details("Run Finished")[-1]["actor"].startswith("invoke, request")


def test_a_run_of_many_slices_begins_and_ends_once(long: LongRunFront) -> None:
    """Whichever of them says so."""
    bus = listening(long)
    long.begin()
    assert bus.types == ["Run Started"]
    assert long.play()[-1] == "done"
    assert bus.types == ["Run Started", "Run Finished"]
    assert [fault for entry in bus.entries for fault in _faults(entry)] == []


def test_a_detached_one_has_an_end_of_its_own(detached: DetachedFront) -> None:
    """Under the run's id that its deploy told of."""
    bus = listening(detached)
    detached.begin()
    [execution] = detached.own_executions
    detached.play_own(execution)
    assert bus.types == ["Run Started", "Run Finished", "Run Finished"]
    assert bus.details("Run Finished")[-1]["run_id"] == execution["runId"]
    assert bus.details("Run Finished")[-1]["command"] == "detached"


def test_pauses_and_looks_are_said_as_documented(front: Front, bus: Bus) -> None:
    """Each change once, and of an application's keys none."""
    migration = Migration(FIRST, "add users", do=lambda ctx: None)
    reports = front.setup.reports
    pauses = Pauses(reports.tell, run_id="run", migration=migration)
    for reason in ("", "the alarm orders-p99", "the alarm orders-p99", "", ""):
        pauses.note(reason)
    assert bus.types == ["Migration Paused", "Migration Resumed"]
    assert bus.details("Migration Paused")[0]["reason"] == "the alarm orders-p99"
    found = Verification(
        at="2026-11-23T09:00:00.000Z", mode="sample", checked=10, total=90, would_change=3, keys=('{"id": "secret"}',)
    )
    reports.tell(MigrationVerified(run_id="run", migration=migration, found=found))
    [verified] = bus.details("Migration Verified")
    assert (verified["clean"], verified["would_change"]) == (False, 3)
    assert verified["reason"] == "3 of 10 sampled items would still change"


def test_a_refusal_costs_a_log_line_and_what_could_not_be_sent_goes_with_the_next(front: Front, bus: Bus) -> None:
    """As where a new grant is not everywhere yet."""
    answers = iter([{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}, None, None])
    bus.meanwhile = lambda: next(answers)
    assert front.deploy()["Status"] == "SUCCESS"
    assert bus.types == ["Run Started", "Run Finished"]
    line = front.line("event.not_sent")
    assert line["level"] == "WARNING"
    assert line["types"] == ["Run Started"]
    assert "ThrottlingException" in line["message"]


@pytest.mark.parametrize("error", [RuntimeError("no way"), SystemExit(3)])
def test_a_client_that_fails_or_can_not_be_made_fails_no_deploy(front: Front, bus: Bus, error: BaseException) -> None:
    """Nor does it keep others from being told."""

    def fail() -> None:
        raise error

    bus.meanwhile = fail
    assert front.deploy()["Status"] == "SUCCESS"
    assert {line["event"] for line in front.lines if line["level"] == "WARNING"} == {"event.not_sent"}


def test_a_bus_that_never_answers_costs_a_run_two_seconds_in_all(
    clean_logging: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is told; the next run is told of anew."""
    monkeypatch.setattr(sender, "PATIENCE", 0.05)
    released, bus, asked = threading.Event(), Bus(), list[int]()

    def hang() -> bool:
        asked.append(1)
        return released.wait()

    bus.meanwhile = hang
    logger = logging.getLogger("test.events")
    sending = Sender(lambda: bus, log=logger)
    told = Told(type="Run Started", detail={}, at=0.0)
    try:
        for _ in range(20):
            sending.send(told)
        # The first took all the time there was, but for what a clock is off by.
        assert len(asked) <= 2
    finally:
        released.set()
    assert bus.entries == []
    assert "did not answer" in caplog.text
    assert "there is no time left" in caplog.text
    bus.meanwhile = lambda: None
    sending.begin()
    sending.send(*[told] * 25)
    assert bus.sizes[-3:] == [10, 10, 5]


def test_off_nothing_is_loaded_and_nobody_is_told() -> None:
    """A run that applies something, in a process that has just begun."""
    code = (
        "from dynamigrate.handler.run_reports import RunReports\n"
        "from dynamigrate.records import Run\n"
        "import logging\n"
        "reports = RunReports({'_X_AMZN_TRACE_ID': 'Root=1-2-3;Parent=4;Sampled=0'}, bus=lambda: 1 / 0, log=logging.root)\n"
        "assert len(reports.begin(Run(id='r'))) == 1\n"
        "reports.failed(ValueError('x'), Run(id='r'), seconds=1)\n"
    )
    loaded = loaded_by(code)
    assert "dynamigrate.handler.run_reports" in loaded
    assert not {
        one for one in loaded if one.startswith(("dynamigrate.handler.lifecycle", "dynamigrate.handler.tracing"))
    }
    assert "boto3" not in loaded


def test_the_check_of_these_tests_finds_what_is_wrong() -> None:
    """Else all of them would pass whatever is sent."""
    good: dict[str, Any] = dict.fromkeys(SCHEMAS["Migration Paused"]["required"], "") | {"version": "1"}
    assert faults(good, SCHEMAS["Migration Paused"]) == []
    for change in ({"version": "2"}, {"reason": 1}, {"more": ""}):
        assert faults(copy.deepcopy(good) | change, SCHEMAS["Migration Paused"])
    assert faults({"version": "1"}, SCHEMAS["Migration Paused"])
