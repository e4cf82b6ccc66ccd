"""What every reporter takes, and what the engine's own make of it."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import Action, Direction, Migration, MigrationFailed, Outcome, Plan, Reporter, RunUnfinished
from dynamigrate.records import Run
from dynamigrate.reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan, LogReporter, SafeReporter
from tests.unit.fakes import RecordingReporter, raising, refuse

RUN = Run(id="run-1", actor="deploy of shop")
ADD = Migration("1", "add status", refuse, refuse)
DO, UNDO, RESUMED = Action(Direction.DO, ADD), Action(Direction.UNDO, ADD), Action(Direction.DO, ADD, resume=True)
LOGGER = logging.getLogger("dynamigrate.test")
FAILED = MigrationFailed("1_add_status failed.", outcome=Outcome(failed="1"))
UNFINISHED = RunUnfinished("The run stopped.", outcome=Outcome())

# One event for every way in which a step can go, with the log line that it makes: level, name, fields.
EVENTS: list[tuple[str, Any, tuple[str, str, dict[str, object]]]] = [
    ("before_plan", BeforePlan(run=RUN), ("DEBUG", "plan.started", {})),
    (
        "after_plan",
        AfterPlan(run=RUN, plan=Plan((UNDO, DO)), seconds=0.12345),
        ("INFO", "plan.made", {"actions": ["undo 1_add_status", "do 1_add_status"], "seconds": 0.123}),
    ),
    ("after_plan", AfterPlan(run=RUN, plan=Plan(), seconds=0), ("INFO", "plan.made", {"actions": [], "seconds": 0})),
    (
        "after_plan",
        AfterPlan(run=RUN, plan=None, seconds=1, error=ValueError("no")),
        ("ERROR", "plan.refused", {"error_type": "ValueError", "error": "no", "seconds": 1}),
    ),
    (
        "before_action",
        BeforeAction(run=RUN, action=DO, number=1, total=2),
        ("INFO", "migration.started", {"number": 1, "total": 2, "resumed": False}),
    ),
    (
        "before_action",
        BeforeAction(run=RUN, action=RESUMED, number=1, total=2),
        ("INFO", "migration.started", {"number": 1, "total": 2, "resumed": True}),
    ),
    (
        "before_action",
        BeforeAction(run=RUN, action=UNDO, number=2, total=2),
        ("INFO", "migration.undo_started", {"number": 2, "total": 2, "resumed": False}),
    ),
    ("after_action", AfterAction(run=RUN, action=DO, seconds=1.5), ("INFO", "migration.applied", {"seconds": 1.5})),
    ("after_action", AfterAction(run=RUN, action=UNDO, seconds=1.5), ("INFO", "migration.undone", {"seconds": 1.5})),
    (
        "after_action",
        AfterAction(run=RUN, action=DO, seconds=1.5, error=FAILED),
        (
            "ERROR",
            "migration.failed",
            {"seconds": 1.5, "error_type": "MigrationFailed", "error": "1_add_status failed."},
        ),
    ),
    (
        "after_action",
        AfterAction(run=RUN, action=DO, seconds=1.5, error=UNFINISHED),
        (
            "WARNING",
            "migration.stopped",
            {"seconds": 1.5, "error_type": "RunUnfinished", "error": "The run stopped."},
        ),
    ),
]
REPORTERS: dict[str, Callable[[], Reporter]] = {
    "log": lambda: LogReporter(LOGGER),
    "safe": lambda: SafeReporter([RecordingReporter(), LogReporter(LOGGER)], LOGGER),
    "safe around nothing": lambda: SafeReporter([], LOGGER),
    "safe around one that raises": lambda: SafeReporter([raising_reporter()], LOGGER),
    "the tests' own": RecordingReporter,
}


def raising_reporter() -> Reporter:
    """One that fails whatever it is told."""
    reporter = RecordingReporter()
    for method in ("before_plan", "after_plan", "before_action", "after_action"):
        setattr(reporter, method, raising(ValueError("the reporter is broken")))
    return reporter


@pytest.mark.parametrize("make_reporter", REPORTERS.values(), ids=REPORTERS)
@pytest.mark.parametrize(
    ("method", "event", "_line"), EVENTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_takes_every_event_and_raises_nothing(
    make_reporter: Callable[[], Reporter], method: str, event: Any, _line: object
) -> None:
    """Four methods of one argument, which return nothing, in any state of things."""
    assert getattr(make_reporter(), method)(event) is None


@pytest.mark.parametrize(("method", "event", "line"), EVENTS, ids=lambda value: value if isinstance(value, str) else "")
def test_the_log_has_one_line_for_each_event(
    caplog: pytest.LogCaptureFixture, method: str, event: Any, line: tuple[str, str, dict[str, object]]
) -> None:
    """A name and fields: the run's id in every one, the migration in each that is about one."""
    caplog.set_level(logging.DEBUG, logger=LOGGER.name)
    getattr(LogReporter(LOGGER), method)(event)
    (record,) = caplog.records
    level, name, fields = line
    about = {"migration": "1", "description": "add status"} if method.endswith("action") else {}
    assert (record.levelname, vars(record)["event"]) == (level, name)
    expected = {"run_id": "run-1", **about, **fields}
    assert {key: value for key, value in vars(record).items() if key in expected} == expected


def test_one_that_fails_does_not_keep_the_others_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    """What it raises is logged, with its traceback, each time."""
    before, after = RecordingReporter(), RecordingReporter()
    reporter = SafeReporter([before, raising_reporter(), after], LOGGER)
    reporter.before_plan(BeforePlan(run=RUN))
    reporter.after_action(AfterAction(run=RUN, action=DO, seconds=1))
    assert before.names == after.names == ["BeforePlan", "AfterAction do 1_add_status"]
    assert [vars(record)["event"] for record in caplog.records] == ["reporter.failed"] * 2
    assert all(record.exc_info and "the reporter is broken" in str(record.exc_info[1]) for record in caplog.records)
