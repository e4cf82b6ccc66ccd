"""What a person reads in CloudWatch."""

import io
import json
import logging
from typing import Any

import pytest

from dynamigrate.handler.logs import Logs
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, Front


def test_a_run_can_be_followed_from_its_first_line_to_its_last(front: Front) -> None:
    """Event names in order, each under the one run id."""
    front.deploy()
    assert [line["event"] for line in front.lines] == [
        "run.started",
        "plan.made",
        "migration.started",
        "migration.applied",
        "migration.started",
        "migration.applied",
        "run.finished",
        "answer.sent",
    ]
    assert len({line["run_id"] for line in front.lines}) == 1
    assert {line["aws_request_id"] for line in front.lines} == {"request-1"}
    assert {line["service"] for line in front.lines} == {"dynamigrate"}


def test_the_first_and_the_last_line_say_what_it_was_about(front: Front) -> None:
    """Who and what; result and seconds."""
    front.deploy(AppVersion="1.2")
    first, last = front.line("run.started"), front.line("run.finished")
    assert (first["actor"], first["request_type"]) == ("cloudformation Migrations", "Create")
    assert (first["deploy_id"], first["app_version"]) == ("deploy-1", "1.2")
    assert (last["result"], last["applied"]) == ("succeeded", [FIRST, SECOND])
    assert isinstance(last["seconds"], float)


def test_lines_inside_a_migration_carry_its_id(front: Front) -> None:
    """By ctx.logger, and by a logger of the migration's own; no longer once it has ended."""
    front.write(
        "import logging\n"
        "def do(ctx):\n"
        "    ctx.logger.info('items.written', extra={'items': 3})\n"
        "    logging.getLogger(__name__).warning('own words')\n"
    )
    front.deploy()
    written, own = front.line("items.written"), front.line("own words")
    assert (written["migration"], written["items"]) == (FIRST, 3)
    assert own["migration"] == FIRST
    assert own["run_id"] == written["run_id"]
    assert "migration" not in front.line("run.finished")


def test_a_failed_migration_leaves_its_traceback(front: Front) -> None:
    """The message in the terminal has one line of it."""
    front.write(GOOD, BAD)
    front.deploy()
    line = front.line("run.finished")
    assert (line["level"], line["result"], line["error_type"]) == ("ERROR", "failed", "MigrationFailed")
    assert (line["applied"], line["failed"]) == ([FIRST], SECOND)
    assert "KeyError: 'status'" in line["exception"]
    assert f"{SECOND}_add_status.py" in line["exception"]


def test_a_failure_keeps_no_migration_in_the_lines_after_it(front: Front) -> None:
    """After every before comes its after."""
    front.write(BAD)
    front.deploy()
    assert "migration" not in front.line("answer.sent")


def test_the_next_invocation_has_its_own_ids(front: Front) -> None:
    """The same process serves many."""
    front.invoke("status")
    front.context.aws_request_id = "request-2"
    front.invoke("status")
    starts = [line for line in front.lines if line["event"] == "run.started"]
    assert [line["aws_request_id"] for line in starts] == ["request-1", "request-2"]
    assert starts[0]["run_id"] != starts[1]["run_id"]


def test_the_level_is_the_constructs(front: Front) -> None:
    """At ERROR a good run is silent but for its first line, which is there before the settings are read."""
    front.environ["DYNAMIGRATE_LOG_LEVEL"] = "ERROR"
    front.deploy()
    assert [line["event"] for line in front.lines] == ["run.started"]


def test_lambdas_own_handler_makes_way(clean_logging: None) -> None:
    """Else every line came twice, once without its fields."""

    class LambdaLoggerHandler(logging.Handler):
        """What the runtime sets up."""

    logging.root.addHandler(LambdaLoggerHandler())
    Logs(stream=io.StringIO())
    assert "LambdaLoggerHandler" not in [type(handler).__name__ for handler in logging.root.handlers]


def test_a_line_is_written_once_however_often_it_is_set_up(clean_logging: None) -> None:
    """One process, one handler."""
    stream = io.StringIO()
    Logs(stream=stream)
    Logs(stream=stream).events.warning("once")
    assert len(stream.getvalue().splitlines()) == 1


def test_a_text_that_is_no_unicode_costs_no_line(tmp_path: Any, clean_logging: None) -> None:
    """A lone surrogate can't be written as UTF-8."""
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        Logs(stream=stream).events.warning("odd", extra={"error": "a\ud800b"})
    assert json.loads(path.read_text(encoding="utf-8"))["error"] == "a\ud800b"


def test_an_environment_that_samples_does_no_harm(clean_logging: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Powertools raises for a rate that is no number, which would cost the answer."""
    monkeypatch.setenv("POWERTOOLS_LOGGER_SAMPLE_RATE", "often")
    stream = io.StringIO()
    Logs(stream=stream).events.info("fine")
    assert "sampling_rate" not in json.loads(stream.getvalue())
