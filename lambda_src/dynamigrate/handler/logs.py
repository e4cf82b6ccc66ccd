"""What goes to CloudWatch: one line of JSON for each event, with the run's id, and a migration's while it runs."""

from __future__ import annotations

import json
import logging
import math
from typing import IO, Any, Final

from aws_lambda_powertools.logging import Logger

from ..error_text import printable, safe_repr
from ..errors import RunError
from ..log import duration_text, log_event
from ..reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan
from ..safe_logger import safe_logger
from .explanation import explain

_NAME: Final = "dynamigrate"
_DEEPEST: Final = 8
_LARGEST: Final = 10**100


class Logs:
    """
    Sends what any logger in this process says through Powertools' formatter: the engine's, the migrations' own, and
    those of the libraries they use.

    Make one for each process.
    """

    def __init__(self, *, stream: IO[str] | None = None) -> None:
        self._logger = Logger(
            service=_NAME,
            level="INFO",
            stream=stream,
            utc=True,
            use_rfc3339=True,
            # `exception` has the traceback as text already.
            serialize_stacktrace=False,
            # Given here, so that it is not read from the environment: a value that is no number would cost the answer.
            sampling_rate=0.0,
            json_serializer=_line,
        )
        self._logger.remove_keys(["sampling_rate"])
        handler = self._logger.logger_handler
        # On the root logger too, so that a migration that logs by a logger of its own is read in the same lines.
        logging.getLogger(_NAME).propagate = False
        for other in list(logging.root.handlers):
            if type(other).__name__ == "LambdaLoggerHandler":
                logging.root.removeHandler(other)
        if handler not in logging.root.handlers:
            logging.root.addHandler(handler)
        self.events = safe_logger(logging.getLogger(f"{_NAME}.handler"))
        self.run = safe_logger(logging.getLogger(f"{_NAME}.run"))

    def set_level(self, level: str) -> None:
        """Set the level of this library's own lines; those of other libraries appear from WARNING on."""
        logging.getLogger(_NAME).setLevel(level)

    def begin(self, *, run_id: str, request_id: str) -> None:
        """Have every line carry these from now on, in place of those of the invocation before."""
        # No key may come or go while the thread that beats for the lock formats a line: None is not printed.
        self._logger.append_keys(run_id=run_id, aws_request_id=request_id or None, migration=None)

    def failed(self, error: BaseException, *, seconds: float, **fields: object) -> None:
        """Log the end of a run that failed, with a traceback where the message alone does not tell the cause."""
        explanation = explain(error)
        if isinstance(error, RunError):
            fields |= {"applied": error.outcome.applied, "undone": error.outcome.undone, "failed": error.outcome.failed}
        log_event(
            self.events,
            logging.ERROR,
            "run.finished",
            f"The run failed after {duration_text(seconds)}: {explanation.message}",
            exc_info=explanation.traceback,
            result="failed",
            error_type=explanation.type,
            error=explanation.message,
            seconds=seconds,
            **fields,
        )

    def set_migration(self, migration_id: str | None) -> None:
        """Have every line carry it from now on; None: none carries one any more."""
        self._logger.append_keys(migration=migration_id)


class MigrationKey:
    """A reporter that has every line carry the migration it belongs to."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def before_plan(self, event: BeforePlan) -> None: ...

    def after_plan(self, event: AfterPlan) -> None: ...

    def before_action(self, event: BeforeAction) -> None:
        self._logs.set_migration(event.action.migration.id)

    def after_action(self, event: AfterAction) -> None:
        self._logs.set_migration(None)


def _line(record: Any) -> str:
    try:
        text = json.dumps(record, default=str, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except Exception:  # noqa: BLE001 - a value that JSON can't express must not cost the line
        text = json.dumps(_sayable(record), ensure_ascii=False, separators=(",", ":"))
    # Nor may a lone surrogate in some error's message.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _sayable(value: Any, depth: int = 0) -> Any:
    """*value* as JSON can express it; parts that it can't become texts."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _LARGEST):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth < _DEEPEST and isinstance(value, dict):
        return {printable(name): _sayable(one, depth + 1) for name, one in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return [_sayable(one, depth + 1) for one in value]
    return safe_repr(value)
