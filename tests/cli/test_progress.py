"""How far a run is, where there is no terminal: a line now and then."""

from typing import Any

import pytest

from dynamigrate_cli.places import LogLine
from dynamigrate_cli.progress import Progress
from dynamigrate_cli.terminal import Terminal


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    """It stands still."""
    return _Clock()


@pytest.fixture
def hear(clock: _Clock, capsys: pytest.CaptureFixture[str]) -> Any:
    """Tells of a line, and returns what was written of it."""
    progress = Progress(Terminal(), "a function", clock=clock)

    def hear(event: str, message: str = "", level: str = "INFO", **fields: Any) -> str:
        progress.hear(LogLine(event=event, message=message, level=level, fields=fields))
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err

    return hear


def test_progress_is_said_every_half_minute(hear: Any, clock: _Clock) -> None:
    """And not at once: a short migration says that it began, and that it is applied."""
    assert hear("migration.started", "1_a begins (1 of 1).", migration="1") == "1_a begins (1 of 1).\n"
    assert hear("migration.progress", migration="1", done=0, total=5000) == ""
    clock.now += 30
    told = hear(
        "migration.progress", migration="1", done=1200, total=5000, percent=24.0, per_second=310, seconds_left=12
    )
    assert told == "1: 1,200 of about 5,000 (24 %), 310 a second, 12 s left.\n"
    clock.now += 29
    assert hear("migration.progress", migration="1", done=1300, total=5000) == ""
    clock.now += 1
    assert hear("verify.progress", migration="1", done=7, total=9) == "1: 7 of about 9.\n"
    assert hear("migration.applied", "1_a applied in 60.0 s.", migration="1") == "1_a applied in 60.0 s.\n"


def test_what_a_migration_says_is_passed_on(hear: Any) -> None:
    """From INFO on, in its own words."""
    assert hear("", "made the table") == "made the table\n"
    assert hear("", "for those who search", "DEBUG") == ""


def test_warnings_are_passed_on_and_the_rest_is_for_the_log(hear: Any) -> None:
    """What the answer says itself is not said twice."""
    assert hear("lock.beat_failed", "A beat failed.", "WARNING") == "A beat failed.\n"
    assert hear("backfill.ceiling", "The ceiling changed.") == ""
    assert hear("migration.held", "2_b is held.") == "2_b is held.\n"
    assert hear("migration.failed", "1_a failed.", "ERROR") == ""
    assert hear("run.finished", "The run failed.", "ERROR") == ""
