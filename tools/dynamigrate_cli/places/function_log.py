"""The log of a deployed function, read while it runs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from ..aws import Aws
from . import Answer, Listener, LogLine
from .stacks import Function

# Seconds between two requests: CloudWatch allows five a second, for all who ask.
_PAUSE: Final = 1.5
# Lines come to CloudWatch some seconds after they were written.
_LATE_MS: Final = 10_000
# Seconds that the last lines are waited for once the answer is there.
_LAST: Final = 4.0
_AWS: Final = ".amazonaws."
_STARTED, _FINISHED = "run.started", "run.finished"
# As an answer would say it; a log has no next steps.
_LOOK: Final = 'Invoke {"action": "status"} to see what is left, and what to do.'
# Fields that every line of the function has.
_COMMON: Final = frozenset({"level", "message", "location", "timestamp", "service", "aws_request_id", "event"})


class FunctionLog:
    """
    Reads the lines of one run, and passes them on.

    What keeps the log from being read does not keep the command from being carried out; it is said once.

    Attributes:
        is_worth_waiting_for: Whether its last lines are waited for once the answer is there.
    """

    def __init__(self, aws: Aws, function: Function, listener: Listener) -> None:
        self._aws = aws
        self._function = function
        self._listener = listener
        self._since = int(time.time() * 1000) - _LATE_MS
        self._began = self._since + _LATE_MS - 1000
        self._seen: set[str] = set()
        self._run_id = ""
        self._end: Mapping[str, Any] | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self.is_worth_waiting_for = False

    @contextmanager
    def followed(self, *, action: str, caller: str) -> Iterator[None]:
        """A block in which the run is under way that *action*, asked for by *caller*, begins."""
        thread = threading.Thread(target=self._follow, args=(action, caller), daemon=True, name="function-log")
        self._thread = thread
        thread.start()
        try:
            yield
            self._over.set()
            if self.is_worth_waiting_for or self._run_id:
                thread.join(_LAST)
        finally:
            self._over.set()
            self._is_closed = True

    def wait_for_end(self, run_id: str) -> Answer:
        """
        Pass the lines of *run_id* on until it ends, in whichever invocation.

        Returns:
            How it ended, as an answer has it.

        Raises:
            Fault: The log can't be read.
        """
        if self._thread is not None:
            self._thread.join()
        self._run_id, self._is_closed = run_id, False
        while self._end is None:
            with self._aws.explained(f"follow the run, which goes on, in the log group {self._function.log_group}"):
                self._read("", "")
            if self._end is None:
                time.sleep(_PAUSE)
        end = self._end
        answer: Answer = {"ok": end.get("result") == "succeeded"}
        answer |= {name: end[name] for name in ("applied", "undone", "failed", "seconds") if end.get(name)}
        if not answer["ok"]:
            message = end.get("error", "")
            answer["error"] = {"type": end.get("error_type", "Failed"), "message": message, "next": _LOOK}
        return answer

    def _follow(self, action: str, caller: str) -> None:
        """Until the block is over, and then until the end of the run has been read."""
        while self._end is None:
            try:
                self._read(action, caller)
            except Exception as error:  # noqa: BLE001 - said below; the command goes on without its log
                if self._is_closed:
                    return
                told = f"The log {self._function.log_group} can't be followed: {error}. {self._aws.hint(error)}"
                self._listener(LogLine(message=told.rstrip(), level="WARNING"))
                return
            if self._is_closed:
                return
            if self._over.wait(_PAUSE):
                time.sleep(_PAUSE / 5)

    @cached_property
    def _client(self) -> Any:
        return self._aws.client("logs", retries={"mode": "adaptive", "total_max_attempts": 5})

    def _read(self, action: str, caller: str) -> None:
        from botocore.exceptions import ClientError

        request: dict[str, Any] = {"logGroupName": self._function.log_group, "startTime": self._since}
        try:
            while True:
                page = self._client.filter_log_events(**request)
                for one in page.get("events", []):
                    self._take(one, action, caller)
                if not page.get("nextToken"):
                    return
                request["nextToken"] = page["nextToken"]
        except ClientError as error:
            # The first line makes the group.
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise

    def _take(self, one: Mapping[str, Any], action: str, caller: str) -> None:
        # An emulator may give no ids.
        key = one.get("eventId") or f"{one.get('logStreamName')} {one['timestamp']} {one['message']}"
        if key in self._seen:
            return
        # What comes late stands before what has been read.
        self._since = max(self._since, int(one["timestamp"]) - _LATE_MS)
        line = _parsed(one["message"])
        if line is None:
            return
        is_start = line.get("event") == _STARTED and line.get("command") == action
        if not self._run_id and is_start and one["timestamp"] >= self._began and self._asked_by(caller, line):
            self._run_id = str(line.get("run_id", ""))
        if not self._run_id or line.get("run_id") != self._run_id or self._is_closed:
            return
        # Not before: of what was read too early, nobody knew whose it was.
        self._seen.add(key)
        fields = {name: value for name, value in line.items() if name not in _COMMON}
        event = str(line.get("event", ""))
        self._listener(
            LogLine(
                message=str(line.get("message", "")), event=event, level=str(line.get("level", "INFO")), fields=fields
            )
        )
        if event == _FINISHED:
            self._end = line

    def _asked_by(self, caller: str, line: Mapping[str, Any]) -> bool:
        actor = str(line.get("actor"))
        # An emulator may not pass on who called.
        return caller in actor or (actor.startswith("invoke, ") and _AWS not in self._client.meta.endpoint_url)


def _parsed(text: str) -> dict[str, Any] | None:
    """A line as an object; None: it is none of ours, such as Lambda's own."""
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and "message" in line else None
