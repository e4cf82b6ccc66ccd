"""The watch function: what it measures, and what it says when an alarm goes off."""

import json
import shlex
import time
from dataclasses import replace
from typing import Any

import pytest

from dynamigrate.clock import timestamp
from dynamigrate.contract.manifest import MANIFEST_NAME
from dynamigrate.contract.metrics import RunMetric, WatchMetric
from dynamigrate.errors import InvalidSetting
from dynamigrate.handler.watching.alarm_change import WATCHED
from dynamigrate.handler.watching.place import Place
from dynamigrate.handler.watching.wording import Message
from dynamigrate.next_step import Command
from dynamigrate.records import Details, Run, RunRecord
from tests.unit.handler.detached_front import DetachedFront
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, Front, holder
from tests.unit.handler.long_run_front import DENIED
from tests.unit.handler.watch_scene import ARN, NAME, TOPIC, Scene

HOUR = 3600.0


@pytest.fixture
def scene(front: Front, capsys: pytest.CaptureFixture[str]) -> Scene:
    return Scene(front, lambda: capsys.readouterr().out)


@pytest.fixture
def detached_scene(detached: DetachedFront, capsys: pytest.CaptureFixture[str]) -> Scene:
    """The first migration has been started in a run of its own, and has done a page."""
    detached.begin()
    [execution] = detached.own_executions
    assert detached.own_slice(execution) == "more"
    return Scene(detached, lambda: capsys.readouterr().out)


def test_where_all_is_well_it_writes_nothing(scene: Scene) -> None:
    """A metric costs from its first value on, and an alarm takes none for well."""
    assert scene.measure() == {}
    scene.front.deploy()
    assert scene.measure() == {}
    assert scene.log.asked == 0


def test_where_there_is_no_state_yet_it_writes_nothing(
    detached: DetachedFront, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first deploy makes the tables."""
    detached.state.destroy()
    scene = Scene(detached, lambda: capsys.readouterr().out)
    assert scene.measure() == {}
    assert "nothing of that is found" in scene.alarm(WatchMetric.DIRTY_SECONDS)["Message"]


class TestDirty:
    def test_counts_from_the_end_of_its_run(self, scene: Scene) -> None:
        """Not from the beginning of a backfill that worked for days."""
        scene.front.write(GOOD, BAD)
        scene.front.deploy()
        scene.later = HOUR + 60
        assert scene.measure()[WatchMetric.DIRTY_SECONDS] == pytest.approx(HOUR + 60, abs=10)

    def test_is_none_while_its_run_is_at_it(self, scene: Scene) -> None:
        """A deploy may take fifty-five minutes."""
        target = scene.front.target
        with target.lock():
            target.add(FIRST, Details(run_id="another-run"))
            target.held_by = holder(deadline_ms=round((time.time() + 9 * HOUR) * 1000))
            scene.later = 2 * HOUR
            assert scene.measure() == {}

    def test_says_why_since_when_and_what_to_type(self, scene: Scene) -> None:
        """Each way of giving the command is one that works."""
        scene.front.write(GOOD, BAD)
        scene.front.deploy()
        scene.later = HOUR + 120
        message = scene.alarm(WatchMetric.DIRTY_SECONDS)
        assert message["Subject"] == f"dynamigrate: {SECOND} dirty for 1 h 2 min ({NAME})"
        text = message["Message"]
        assert f"{SECOND}_add_status has been dirty since " in text
        assert "for 1 h 2 min: its do began and did not finish (failed)." in text
        assert "Why: KeyError: 'status', 20261124090000_add_status.py:2" in text
        assert 'have it run again ("as": "pending"), or count it as done ("as": "applied")' in text
        command = Command("repair", {"migration": SECOND, "as": "pending", "confirm": True})
        assert f"    {command}\n" in text
        assert f"dynamigrate repair {SECOND} --as pending --stack Shop" in text
        assert "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/Shop-Migr" in text
        assert "#logsV2:log-groups/log-group/$252Fshop$252Fmigrations$25231" in text
        assert f"{NAME}, in eu-west-1, account 111122223333" in text

    def test_whose_own_run_was_given_up_counts_from_there(self, detached_scene: Scene) -> None:
        """It may have been at work for days before that."""
        assert isinstance(detached_scene.front, DetachedFront)
        clock, detached_scene.later = detached_scene.front.clock, 9 * HOUR
        clock.sleep(time.time() + detached_scene.later - clock.time())
        # The next slice had an hour to take it up.
        assert detached_scene.measure()[WatchMetric.DIRTY_SECONDS] == pytest.approx(8 * HOUR, abs=60)

    def test_of_the_other_phase_goes_on_with_the_other_stacks_deploy(self, scene: Scene) -> None:
        """The command would have to be sent to a function that this message does not know."""
        scene.front.target.add(FIRST, Details(phase="after", run_id="run"))
        scene.front.target.save_checkpoint(FIRST, 7)
        text = scene.alarm(WatchMetric.DIRTY_SECONDS)["Message"]
        assert "with the next deploy of the stack that has the AfterMigrations" in text
        assert '"action": "migrate"' not in text

    def test_of_the_go_drivers_is_told_of_as_far_as_is_known(self, scene: Scene) -> None:
        """Its items have no times."""
        scene.front.target.add(FIRST)
        scene.later = 2 * HOUR
        assert FIRST in scene.alarm(WatchMetric.DIRTY_SECONDS)["Message"]


class TestAFailedRun:
    def test_is_the_newest_that_failed(self, scene: Scene) -> None:
        """With its reason, what it applied, and what settles it."""
        scene.front.write(GOOD, BAD)
        scene.front.deploy()
        text = scene.alarm(RunMetric.FAILED_RUNS)["Message"]
        assert f"A run of migrations failed at {SECOND}." in text
        assert "KeyError: 'status'" in text
        assert f"Applied by it, and still so: {FIRST}" in text
        assert "Its log is that of the function in the stack Migrations." in text, "which is not that of the alarms"
        assert '"action": "repair"' in text
        assert '{"action": "status"}' in text

    def test_that_never_began_is_told_of_as_such(self, scene: Scene) -> None:
        """An older failure is not taken for it."""
        scene.front.write(GOOD, BAD)
        scene.front.deploy()
        scene.later = HOUR
        text = scene.alarm(RunMetric.FAILED_RUNS)["Message"]
        assert "A run failed that the history does not have" in text
        assert "KeyError" not in text

    def test_whose_function_died_is_told_with_what_it_left(self, scene: Scene) -> None:
        """Nobody should have to wait an hour for the command that settles it."""
        scene.front.target.add(FIRST, Details(run_id="died"))
        message = scene.alarm(RunMetric.FAILED_RUNS)
        assert "a run failed before it began" in message["Subject"]
        assert f"{FIRST} has been dirty since" in message["Message"]
        assert f"dynamigrate repair {FIRST} --as pending" in message["Message"]

    def test_is_told_beside_the_rollback_that_could_not_undo_it(self, scene: Scene) -> None:
        """That comes after it, and has neither its error nor the command."""
        scene.front.write(GOOD, BAD)
        scene.front.deploy(DeployId="deploy-7")
        later = timestamp(time.time() + 1)
        run = Run(id="rollback", command="take back", deploy_id="deploy-7")
        note = "The stack is rolling back. Nothing was undone."
        scene.front.target.record_run(RunRecord(run=run, started_at=later, seconds=0.1, result="unfinished", note=note))
        text = scene.alarm(RunMetric.FAILED_RUNS)["Message"]
        assert text.index("Nothing was undone") < text.index(f"A run of migrations failed at {SECOND}.")
        assert f"dynamigrate repair {SECOND} --as pending" in text

    def test_tells_of_no_setting_and_cuts_what_is_long(self, scene: Scene) -> None:
        """An error's text goes in as it is; what the function was given does not."""
        scene.front.environ |= {"DYNAMIGRATE_PARAMS": '{"rate": "s3cret-param"}', "TOKEN": "s3cret-token"}
        scene.environ |= scene.front.environ
        scene.front.write("def do(ctx):\n    raise ValueError('x' * 50_000 + chr(27) + '[31m')\n")
        scene.front.deploy()
        text = scene.alarm(RunMetric.FAILED_RUNS)["Message"]
        assert "ValueError: xxxx" in text
        assert len(text) < 6_000
        assert "s3cret" not in text
        assert "\x1b" not in text


class TestALock:
    def test_past_its_deadline_is_measured_and_can_be_freed(self, scene: Scene) -> None:
        """Until somebody takes it over."""
        scene.front.target.held_by = holder(deadline_ms=round((time.time() - 700) * 1000))
        assert scene.measure()[WatchMetric.LOCK_OVERDUE_SECONDS] == pytest.approx(700, abs=10)
        message = scene.alarm(WatchMetric.LOCK_OVERDUE_SECONDS)
        assert message["Subject"] == f"dynamigrate: lock migrations overdue for 11 min ({NAME})"
        assert "held by stack Other, function F" in message["Message"]
        assert '{"action": "unlock", "confirm": true}' in message["Message"]

    @pytest.mark.parametrize("left", [700.0, None])
    def test_within_its_time_or_without_one_is_none(self, scene: Scene, left: float | None) -> None:
        """Another driver's has no deadline."""
        status = holder(deadline_ms=round((time.time() + (left or 0)) * 1000))
        scene.front.target.held_by = status if left else replace(status, owner="", lease_ms=0, deadline_ms=0)
        assert scene.measure() == {}


class TestADetachedOne:
    def test_that_moves_stands_still_for_no_time(self, detached_scene: Scene) -> None:
        """Each page counts anew."""
        assert detached_scene.measure() == {WatchMetric.STALLED_SECONDS: 0.0}
        _another_page(detached_scene)
        detached_scene.later = 300
        assert detached_scene.measure()[WatchMetric.STALLED_SECONDS] < 5

    def test_that_does_not_move_is_measured_across_processes(self, detached_scene: Scene) -> None:
        """Lambda may have every look in another one; the log has what the last one saw."""
        for later in (0, 300, 600, 900):
            detached_scene.later = later
            detached_scene.new_process()
            found = detached_scene.measure()[WatchMetric.STALLED_SECONDS]
            assert found == pytest.approx(later, abs=5)
        assert detached_scene.log.asked == 4

    def test_is_remembered_in_the_process_too(self, detached_scene: Scene) -> None:
        """Nobody is asked for what is known."""
        detached_scene.measure()
        detached_scene.log.lines.clear()
        asked = detached_scene.log.asked
        detached_scene.later = 300
        assert detached_scene.measure()[WatchMetric.STALLED_SECONDS] == pytest.approx(300, abs=5)
        assert detached_scene.log.asked == asked

    def test_counts_as_moving_where_the_log_can_not_be_read(self, detached_scene: Scene) -> None:
        """What else is wrong is measured all the same, and a line says so."""

        def deny(**_: Any) -> Any:
            raise DENIED

        detached_scene.front.clients.__dict__["logs"] = type("Denied", (), {"filter_log_events": staticmethod(deny)})()
        detached_scene.new_process()
        assert detached_scene.measure() == {WatchMetric.STALLED_SECONDS: 0.0}
        assert "not authorized" in detached_scene.front.line("watch.forgot")["error"]

    def test_is_told_of_with_how_far_it_is_and_how_to_end_it(self, detached_scene: Scene) -> None:
        """And, where it was paused, how to have it go on."""
        detached_scene.measure()
        detached_scene.later = 900
        message = detached_scene.alarm(WatchMetric.STALLED_SECONDS)
        assert f"{FIRST}_fill_in, detached, has not moved since" in message["Message"]
        assert "Progress: 1 of 3" in message["Message"]
        assert f"dynamigrate cancel {FIRST} --stack Shop" in message["Message"]
        assert "resume" not in message["Message"]
        assert detached_scene.front.invoke("pause", migration=FIRST)["ok"]
        text = detached_scene.alarm(WatchMetric.STALLED_SECONDS)["Message"]
        assert "somebody asked it to pause" in text
        assert f"dynamigrate resume {FIRST} --stack Shop" in text


class TestWhereSomethingElseIsWrongToo:
    def test_a_broken_folder_keeps_nobody_from_hearing(self, scene: Scene) -> None:
        """The history alone says what is dirty, and the deploy may have failed of just that folder."""
        scene.front.write(GOOD, BAD)
        scene.front.deploy()
        (scene.front.folder / MANIFEST_NAME).write_text("{")
        scene.later = HOUR + 60
        assert scene.measure()[WatchMetric.DIRTY_SECONDS] == pytest.approx(HOUR + 60, abs=10)
        assert f"dynamigrate repair {SECOND}" in scene.alarm(WatchMetric.DIRTY_SECONDS)["Message"]
        scene.later = 0
        assert f"failed at {SECOND}" in scene.alarm(RunMetric.FAILED_RUNS)["Message"]
        told = [line["error"] for line in scene.front.lines if line.get("event") == "watch.without_code"]
        assert all(MANIFEST_NAME in one for one in told)

    @pytest.mark.parametrize("metric", WATCHED)
    def test_a_history_that_can_not_be_read_is_told_with_the_alarm(
        self, scene: Scene, metric: RunMetric | WatchMetric
    ) -> None:
        """Else an alarm goes off, and nobody hears of it."""
        scene.front.target.breaks = DENIED
        message = scene.alarm(metric)
        assert "its history can't be read" in message["Subject"]
        assert "The alarm Shop-Alarm went off" in message["Message"]
        assert "not authorized" in message["Message"]
        assert "dynamigrate status --stack Shop" in message["Message"]
        assert scene.front.line("watch.blind")["level"] == "ERROR"

    def test_an_alarm_that_ends_for_want_of_data_is_not_said_to_be_over(self, scene: Scene) -> None:
        """No data is OK to CloudWatch, and there is none where nothing can be measured."""
        scene.front.environ["DYNAMIGRATE_CHANGED"] = "sometimes"
        scene.new_process()
        message = scene.alarm(WatchMetric.DIRTY_SECONDS, "OK")
        assert "nobody knows whether it is over" in message["Subject"]
        assert "DYNAMIGRATE_CHANGED" in message["Message"]
        assert "Over:" not in message["Message"]

    @pytest.mark.parametrize("began", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
    def test_a_moment_that_makes_no_sense_is_no_age(self, scene: Scene, began: str) -> None:
        """Whatever wrote the item: it has not been dirty since 1970."""
        target = scene.front.target
        with target.lock():
            target.add(FIRST, Details(run_id="another-run"))
        records = target._records
        assert records is not None
        [(key, record)] = records.items()
        records[key] = replace(record, started_at=began)
        target.record_run(RunRecord(run=Run(id="odd"), started_at=began, seconds=1e9, result="failed"))
        assert scene.measure() == {WatchMetric.DIRTY_SECONDS: pytest.approx(0, abs=5)}
        assert FIRST in scene.alarm(WatchMetric.DIRTY_SECONDS)["Message"]
        assert scene.alarm(RunMetric.FAILED_RUNS)["Message"]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("Migrations", "--stack Shop --region eu-west-1"),
        ("Billing", "--stack Shop --construct Billing --region eu-west-1"),
        ("Data/Migrations", "--stack Shop --construct Data/Migrations --region eu-west-1"),
    ],
)
def test_the_command_line_is_told_which_of_a_stacks_histories(scene: Scene, path: str, options: str) -> None:
    """A stack may have several, and whoever is on call another Region set."""
    scene.environ["DYNAMIGRATE_HISTORY"] = f"Shop/{path}"
    scene.new_process()
    assert f"dynamigrate status {options}\n" in scene.alarm(WatchMetric.DIRTY_SECONDS)["Message"]


def test_held_ones_are_counted(scene: Scene) -> None:
    """For a graph; no alarm goes by it."""
    scene.front.write(GOOD, f'requires = ["{FIRST}"]\nsoak = "7d"\nif_not_ready = "hold"\n{GOOD}')
    scene.front.environ["DYNAMIGRATE_AWAITS_APPLICATION"] = "true"
    scene.front.deploy()
    assert scene.measure() == {WatchMetric.HELD: 1}


def test_that_it_is_over_is_one_line(scene: Scene) -> None:
    """Nobody needs to look any more."""
    message = scene.alarm(WatchMetric.DIRTY_SECONDS, "OK")
    assert message["Message"] == f"Over: no migration is dirty for long any more, in {NAME} (Shop-Alarm).\n"
    assert message["Subject"].startswith("dynamigrate: over: ")
    assert scene.alarm(WatchMetric.DIRTY_SECONDS, "INSUFFICIENT_DATA") == {}


def test_what_is_mended_meanwhile_is_told_of_as_that(scene: Scene) -> None:
    """With CloudWatch's own reason."""
    for metric in WATCHED[1:]:
        text = scene.alarm(metric)["Message"]
        assert "The alarm Shop-Alarm went off, and nothing of that is found any more." in text
        assert "Threshold Crossed" in text


@pytest.mark.parametrize(
    "event",
    [None, [], "x", {}, {"alarmData": None}, {"alarmData": {}}, {"alarmData": {"state": 1, "configuration": 2}}],
)
def test_any_event_is_taken_and_nothing_is_changed(scene: Scene, event: object) -> None:
    """Whoever calls it, it only looks."""
    before = scene.front.target.states()
    assert scene.process.respond(event, scene.front.context)
    assert scene.front.target.states() == before
    assert scene.topic.published == []


def test_without_a_topic_it_says_what_to_do(scene: Scene) -> None:
    """The call fails, so that it shows in the function's errors."""
    scene.environ["DYNAMIGRATE_TOPIC_ARN"] = ""
    with pytest.raises(InvalidSetting, match=r"nobody was told.*\n?.*alarm_topic="):
        scene.alarm(WatchMetric.DIRTY_SECONDS, "OK")


def test_a_topic_that_keeps_an_order_is_told_of_which(scene: Scene) -> None:
    """SNS takes a message for it with a group alone."""
    scene.environ["DYNAMIGRATE_TOPIC_ARN"] = f"{TOPIC}.fifo"
    scene.process._publish(Message("subject", "body"))
    [given] = scene.topic.published
    assert given["MessageGroupId"] == "dynamigrate"
    assert len(given["MessageDeduplicationId"]) == 64


@pytest.mark.parametrize(
    ("partition", "console"),
    [
        ("aws", "console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_links_go_to_the_partitions_own_console(partition: str, console: str) -> None:
    """And a command is one for a shell, whatever is in it."""
    place = Place.of(ARN.replace("arn:aws:", f"arn:{partition}:"), stack="Shop", log_group="/shop")
    assert f"//eu-west-1.{console}/" in place.function_url
    [line] = [one for one in place.ways(Command("to", {"migration": "it's"})) if "echo" in one]
    words = shlex.split(line)
    assert json.loads(words[1]) == {"action": "to", "migration": "it's"}
    assert Place.of("").function_url


def _another_page(scene: Scene) -> None:
    front = scene.front
    assert isinstance(front, DetachedFront)
    [execution] = front.own_executions
    assert front.own_slice(execution) == "more"
