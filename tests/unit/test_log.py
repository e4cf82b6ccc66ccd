"""A line in the log, whoever listens to it."""

import logging
from typing import Any

import pytest

from dynamigrate.log import log_event

LOGGER = logging.getLogger("dynamigrate.test")


def test_the_message_is_one_line_that_a_terminal_shows_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever an error had in it: colors, line ends, bells."""
    log_event(LOGGER, logging.ERROR, "migration.failed", "1_a failed:\n  \x1b[31mred\x1b[0m\tand\r\nmore", seconds=1)
    (record,) = caplog.records
    assert record.getMessage() == "1_a failed: red and more"
    assert (vars(record)["event"], vars(record)["seconds"]) == ("migration.failed", 1)


def test_a_percent_sign_is_only_that(caplog: pytest.LogCaptureFixture) -> None:
    """The message of an error is no format."""
    log_event(LOGGER, logging.ERROR, "migration.failed", "100% of %s, %(name)s")
    assert caplog.messages == ["100% of %s, %(name)s"]


@pytest.mark.parametrize("name", ["message", "name", "args", "level", "event", "exc_info_", "asctime", "msg", "self"])
def test_a_field_may_have_any_name(caplog: pytest.LogCaptureFixture, name: str) -> None:
    """`logging` raises for those that it has itself, which a figure of a migration's may well have."""
    log_event(LOGGER, logging.ERROR, "migration.progress", "1_a: 1 of 2.", **{name: 7})
    (record,) = caplog.records
    assert record.getMessage() == "1_a: 1 of 2."
    assert vars(record)["event"] == "migration.progress"
    assert 7 in vars(record).values()


def test_a_handler_that_raises_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever set it up, a migration or a layer: a run and its answer go on."""

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("no disk")

    handler = Broken()
    LOGGER.addHandler(handler)
    try:
        log_event(LOGGER, logging.ERROR, "run.finished", "The run failed.")
    finally:
        LOGGER.removeHandler(handler)


def test_the_place_of_a_line_is_its_callers(caplog: pytest.LogCaptureFixture) -> None:
    """Powertools prints it."""
    log_event(LOGGER, logging.ERROR, "run.finished", "The run failed.")
    (record,) = caplog.records
    assert record.filename == "test_log.py"


def test_an_error_in_the_field_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """Only what is printed is made one line."""
    fields: dict[str, Any] = {"error": "a\nb"}
    log_event(LOGGER, logging.ERROR, "run.finished", "a\nb", **fields)
    assert vars(caplog.records[0])["error"] == "a\nb"
