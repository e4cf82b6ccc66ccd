"""How a run in the state machine ended that did not say so itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from .answer import cut, printable

_LONGEST_MESSAGE: Final = 1200
# What the state machine calls the failure of a run; a test holds the two together.
_RUN_FAILED: Final = "RunFailed"
_BUSY: Final = ("TooManyRequests", "ConcurrentInvocation")
# An address that carries a signature is a credential, whoever may have quoted it.
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>]+\?[^\s\"'<>]*")
_AGAIN: Final = "Deploy again, and it goes on from its checkpoint"


@dataclass(frozen=True)
class Ending:
    """
    What the state machine, or EventBridge, says of an execution. What it does not say is empty.

    Attributes:
        run_id: The run's id, which is the execution's name, or stands in its input.
        migration: The detached migration that the run is of; empty: it is none.
        status: Of the execution, such as ``ABORTED``; empty: the state machine itself gives the run up.
        type: The class of the error that ended it.
        message: What that error said.
    """

    run_id: str
    status: str
    type: str
    message: str
    migration: str = ""

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self | None:
        """None: *record* is about something else."""
        match record:
            case {"gaveUp": {"runId": str(run_id), **rest}}:
                error, migration = printable(str(rest.get("error") or "")), str(rest.get("migration") or "")
                return cls(run_id, "", error, _message(rest.get("cause")), migration)
            case {"source": "aws.states", "detail": {"name": str(name), "status": str(status), **rest}}:
                given = _input(rest.get("input"))
                error, migration = printable(str(rest.get("error") or "")), str(given.get("migration") or "")
                # A detached migration's run may have several executions, one after the other.
                run_id = str(given.get("runId") or name)
                return cls(run_id, status, error, _message(rest.get("cause")), migration)
        return None

    @property
    def told_already(self) -> bool:
        """Whether the execution failed because its last slice said that the run has, having told whoever waited."""
        return self.status == "FAILED" and self.type == _RUN_FAILED

    @property
    def why(self) -> str:
        """What happened, in words that follow others."""
        match self.status:
            case "ABORTED":
                return "the run's execution was stopped by hand"
            case "TIMED_OUT":
                return "the run's execution took longer than it may"
            case "":
                return "the function died, or could not be called, several times in a row"
        return "the run's execution failed"

    @property
    def told(self) -> str:
        """What happened, with what the service said of it."""
        parts = (self.type, cut(self.message, _LONGEST_MESSAGE))
        said = ": ".join(part for part in parts if part).rstrip(".")
        if self.status in ("ABORTED", "TIMED_OUT"):
            return f"The run has ended before it was done: {self.why}."
        return f"The run has ended before it was done: {self.why} ({said or 'no reason given'})."

    @property
    def advice(self) -> str:
        """What it may have ended of, and what would help."""
        said = f"{self.type} {self.message}"
        if any(word in said for word in _BUSY):
            return f"No concurrency was left for the function, in the account or in a reserve of its own. {_AGAIN}."
        if "AccessDenied" in said or "not authorized" in said:
            return f"Let the state machine's role call the function. {_AGAIN}."
        if "signal: killed" in said or "OutOfMemory" in said:
            return (
                "It was probably out of memory: give it more (memory_size=), or have the migration read less at a time. "
                f"{_AGAIN}."
            )
        if "timed out" in said or "Timedout" in said:
            return (
                "Have the migration save checkpoints, so that it can stop in time, or give the function more time "
                f"(timeout=, 15 minutes at most). {_AGAIN}."
            )
        return f"{_AGAIN}; if a migration keeps none, that deploy says how to settle it."


def _input(text: object) -> dict[str, Any]:
    """What the execution was given; nothing of it where that makes no sense."""
    try:
        given: Any = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        given = None
    return given if isinstance(given, dict) else {}


def _message(cause: object) -> str:
    """What a Lambda function's error says, or *cause* itself, as it may be shown."""
    text = cause if isinstance(cause, str) else ""
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        text = str(said.get("errorMessage") or text)
    return printable(_ADDRESS.sub("<address>", text))
