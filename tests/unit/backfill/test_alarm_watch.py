"""What a backfill knows of its alarms: by its own questions, and by what other workers saw."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate.alarms import Sighting
from dynamigrate.backfill.alarm_watch import AlarmWatch
from tests.unit.backfill.alarms import FakeAlarms, refusal_of_alarms
from tests.unit.backfill.monitor_scene import said, until
from tests.unit.fakes import FakeClock

EVENTS = ("backfill.throttled", "backfill.went_on", "backfill.alarms_unknown")
THROTTLED = refusal_of_alarms("Throttling", "Rate exceeded")


class Scene:
    """Two alarms, and a backfill that waits for them."""

    def __init__(self, clock: FakeClock, **state: str) -> None:
        self.clock = clock
        self.alarms = FakeAlarms(clock, **(state or {"errors": "OK", "latency": "OK"}))
        self.runtime = SimpleNamespace(alarms=self.alarms, clock=clock, waits_for="")

    def watch(self, **more: Any) -> AlarmWatch:
        """One that nobody asks for but the test."""
        options: Any = SimpleNamespace(throttle_on=("errors", "latency"))
        ctx: Any = SimpleNamespace(
            runtime=self.runtime,
            logger=logging.getLogger("dynamigrate.run"),
            run_id="run",
            migration=SimpleNamespace(id="1"),
        )
        return AlarmWatch(options, ctx, **more)

    def look(self, watch: AlarmWatch) -> str:
        """What it waits for, after it has asked."""
        watch.ask()
        return self.poll(watch)

    def poll(self, watch: AlarmWatch) -> str:
        watch.poll()
        return str(self.runtime.waits_for)


@pytest.fixture
def scene(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> Scene:
    """All is well."""
    caplog.set_level(logging.INFO, "dynamigrate.run")
    return Scene(clock)


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    names = [getattr(record, "event", "") for record in caplog.records]
    return [name for name in names if name in EVENTS]


def test_a_backfill_waits_for_an_alarm_and_goes_on_by_itself(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """The alarm is named, and the log has one line when it begins to wait and one when it goes on."""
    watch = scene.watch()
    assert scene.look(watch) == ""
    scene.alarms.state["latency"] = "ALARM"
    for _ in range(3):
        assert scene.look(watch) == "the alarm latency"
    assert watch.waiting
    scene.alarms.state["latency"] = "OK"
    assert scene.look(watch) == ""
    assert not watch.waiting
    assert events(caplog) == ["backfill.throttled", "backfill.went_on"]
    [throttled], [went_on] = said(caplog, "backfill.throttled"), said(caplog, "backfill.went_on")
    assert throttled.waits_for == went_on.waited_for == "the alarm latency"
    assert "waits for the alarm latency, which is in ALARM" in throttled.getMessage()
    assert (went_on.levelname, went_on.why) == ("INFO", "none of its alarms is in ALARM")


def test_it_waits_until_none_is_in_alarm(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """The one that is named may change meanwhile."""
    watch = scene.watch()
    scene.alarms.state |= {"errors": "ALARM", "latency": "ALARM"}
    assert scene.look(watch) == "the alarm errors"
    scene.alarms.state["errors"] = "OK"
    assert scene.look(watch) == "the alarm latency"
    assert events(caplog) == ["backfill.throttled"]


def test_too_little_data_is_no_alarm(scene: Scene) -> None:
    """An alarm that was made a minute ago, or whose metric is silent at night, keeps nobody waiting."""
    watch = scene.watch()
    scene.alarms.state["latency"] = "INSUFFICIENT_DATA"
    assert scene.look(watch) == ""


def test_alarms_are_asked_for_every_five_seconds_and_nobody_waits_for_the_answer(scene: Scene) -> None:
    """So that what changes is seen within seconds; a request that hangs keeps no checkpoint from being saved."""
    with scene.watch(seen=Sighting(scene.clock.time())) as watch:
        for number in range(1, 4):
            watch.poll()
            assert len(scene.alarms.asked) == number - 1
            scene.clock.turn(5)
            watch.poll()
            until(lambda number=number: len(scene.alarms.asked) == number)  # type: ignore[misc]


def test_the_first_answer_is_there_before_the_work_begins(scene: Scene) -> None:
    """Or something would be written in spite of an alarm."""
    scene.alarms.state["errors"] = "ALARM"
    with scene.watch() as watch:
        assert scene.poll(watch) == "the alarm errors"
    assert scene.runtime.waits_for == "", "what comes after it waits for nothing"


def test_what_was_known_last_holds_for_five_minutes(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """An alarm that can't be read may still be one; but a backfill must not wait for ever."""
    watch = scene.watch()
    scene.alarms.state["latency"] = "ALARM"
    scene.look(watch)
    scene.alarms.error = THROTTLED
    for _ in range(60):
        scene.clock.turn(5)
        assert scene.look(watch) == "the alarm latency"
    scene.clock.turn(1)
    assert scene.look(watch) == ""
    assert events(caplog) == ["backfill.throttled", "backfill.alarms_unknown", "backfill.went_on"]
    [unknown], [went_on] = said(caplog, "backfill.alarms_unknown"), said(caplog, "backfill.went_on")
    assert "Rate exceeded" in unknown.reason
    assert went_on.levelname == "WARNING"
    assert "could not be read for 5 minutes" in went_on.getMessage()
    assert "Rate exceeded" in went_on.getMessage()

    scene.alarms.error = None
    assert scene.look(watch) == "the alarm latency", "once it is known again, it counts again"


def test_work_without_an_alarm_goes_on_while_they_can_not_be_read(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, each time that it begins."""
    watch = scene.watch()
    scene.look(watch)
    for _ in range(2):
        scene.alarms.error = THROTTLED
        for _ in range(100):
            scene.clock.turn(5)
            assert scene.look(watch) == ""
        scene.alarms.error = None
        scene.look(watch)
    assert events(caplog) == ["backfill.alarms_unknown"] * 2


def test_a_process_that_knows_nothing_waits_until_it_does(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Such as one that goes on with a run, in a moment in which CloudWatch does not answer."""
    scene.alarms.error = THROTTLED
    watch = scene.watch()
    assert scene.look(watch) == "its alarms to be read"
    assert watch.word == "", "and has nothing to tell others"
    scene.clock.turn(301)
    assert scene.look(watch) == ""
    assert said(caplog, "backfill.went_on")[0].levelname == "WARNING"
    assert "which is in ALARM" not in said(caplog, "backfill.throttled")[0].getMessage()


def test_an_alarm_that_was_deleted_is_one_that_can_not_be_read(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """And the others count as ever."""
    watch = scene.watch()
    scene.look(watch)
    del scene.alarms.state["errors"]
    assert scene.look(watch) == ""
    assert "there is no alarm errors any more" in said(caplog, "backfill.alarms_unknown")[0].getMessage()
    scene.alarms.state["latency"] = "ALARM"
    assert scene.look(watch) == "the alarm latency"


@pytest.mark.parametrize("workers", [2, 8, 45, 256])
def test_all_workers_together_ask_less_than_twice_a_second(scene: Scene, workers: int) -> None:
    """DescribeAlarms is limited for the whole account. Each of these asks may be two requests."""
    watches = [scene.watch(seen=Sighting(scene.clock.time()), workers=workers) for _ in range(workers)]
    asks = [0] * 600
    for second in range(600):
        scene.clock.turn(1)
        for watch in watches:
            watch.poll()
            if watch._thread.due.is_set():
                watch._thread.due.clear()
                asks[second] += 1
    assert sum(asks) / 600 <= 1.6
    assert min(sum(asks[begin : begin + 15]) for begin in range(585)) > 0, (
        "somebody asks within any quarter of a minute"
    )


def test_the_last_worker_of_many_asks_as_often_as_one_alone(scene: Scene) -> None:
    """There is nobody left who could tell it what an alarm says."""
    watch = scene.watch(seen=Sighting(scene.clock.time()), workers=256, at_work=lambda: 1)
    asks = 0
    for _ in range(600):
        scene.clock.turn(1)
        watch.poll()
        asks += watch._thread.due.is_set()
        watch._thread.due.clear()
    assert asks >= (600 - 256 / 1.5) / 5 - 1


def test_workers_go_by_the_newest_that_any_of_them_saw(scene: Scene) -> None:
    """So that an alarm that one sees has all of them wait within seconds, and go on likewise."""
    one, other = scene.watch(workers=2), scene.watch(workers=2)
    assert scene.look(one) == scene.look(other) == ""
    scene.clock.turn(5)
    scene.alarms.state["latency"] = "ALARM"
    scene.look(one)
    other.hear([f"3 0 + 0 + {one.word}", "3 0 + 0 +"])
    assert scene.poll(other) == "the alarm latency"

    scene.clock.turn(5)
    scene.alarms.state["latency"] = "OK"
    before = one.word
    assert scene.look(other) == ""
    other.hear([before])
    assert scene.poll(other) == "", "what was seen before counts no more"
    one.hear([other.word])
    assert scene.poll(one) == ""


def test_one_worker_says_it_for_all(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A fleet may have hundreds, and the log is read by people."""
    scene.alarms.state["latency"] = "ALARM"
    one, other = scene.watch(workers=2), scene.watch(workers=2, tells=lambda: False)
    for change in ({"latency": "ALARM"}, {"latency": "OK"}):
        scene.alarms.state |= change
        assert scene.look(one) == scene.look(other)
    scene.alarms.error = THROTTLED
    scene.look(one)
    scene.look(other)
    assert events(caplog) == list(EVENTS)


def test_what_a_dead_worker_said_is_no_knowledge(scene: Scene) -> None:
    """Nor is what nobody could have seen."""
    watch = scene.watch(workers=2)
    watch.hear([Sighting(scene.clock.time() - 400, alarm=0).text, Sighting(scene.clock.time(), alarm=7).text])
    assert scene.poll(watch) == "its alarms to be read"


@pytest.mark.parametrize("sighting", [Sighting(1_795_424_400.5), Sighting(1_795_424_400.0, alarm=99)])
def test_a_sighting_is_found_in_what_a_worker_says(sighting: Sighting) -> None:
    """At its end, behind what it could use."""
    assert Sighting.read(f"17 12.5 + 0 3.1 {sighting.text}") == sighting


@pytest.mark.parametrize("text", ["", "17 12.5 + 0 3.1", "@x:1", "@1.0:", "@-1:-", "@inf:0", "17 @1795424400.5:1x"])
def test_anything_else_is_no_sighting(text: str) -> None:
    """Workers of an earlier version say none."""
    assert Sighting.read(text) is None


def test_a_backfill_without_alarms_asks_for_none(scene: Scene) -> None:
    """And begins no thread."""
    options: Any = SimpleNamespace(throttle_on=None)
    ctx: Any = SimpleNamespace(runtime=scene.runtime, run_id="r", migration=SimpleNamespace(id="1"))
    with AlarmWatch(options, ctx) as watch:
        scene.clock.turn(60)
        watch.hear([Sighting(scene.clock.time(), alarm=0).text])
        assert scene.poll(watch) == ""
    assert scene.alarms.asked == []
