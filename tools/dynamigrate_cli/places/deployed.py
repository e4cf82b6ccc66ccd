"""The function that a stack deployed, as the place that carries commands out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, Final

from ..aws import Aws
from ..faults import Fault, Unreachable
from . import Answer, Listener, nobody
from .function_log import FunctionLog
from .stacks import Function, find_function
from .whoever import whoever

# Seconds beyond the function's own time: its start, and the way there and back.
_GRACE: Final = 60.0
# What one is told that is older than this command line.
_TAKES_NO: Final = re.compile(r"^\w+ has no argument '?\"?(\w+)")


class DeployedPlace:
    """
    Invokes the function of a stack, and follows its log meanwhile.

    Args:
        construct: Which `Migrations` of the stack; empty: the only one.
    """

    def __init__(self, aws: Aws, stack: str, construct: str) -> None:
        self._aws = aws
        self._stack = stack
        self._construct = construct
        self._log: FunctionLog | None = None
        self._function: Function | None = None
        self.goes_on = False

    @property
    def function(self) -> Function:
        """
        Raises:
            Fault: It can't be found.
        """
        # Python 3.11's cached_property has one lock for all instances, and several stacks are asked at the same time.
        if self._function is None:
            self._function = find_function(self._aws, self._stack, self._construct)
        return self._function

    @property
    def words(self) -> str:
        return f"stack {self._stack} in {self._aws.place}"

    @property
    def short_words(self) -> str:
        return f"the function of stack {self._stack}"

    def ask(self, event: Mapping[str, object], *, listener: Listener = nobody, long: bool = False) -> Answer:
        function = self.function
        caller = whoever()
        self._log = log = FunctionLog(self._aws, function, listener)
        with log.followed(action=str(event["action"]), caller=caller) if long else nullcontext():
            answer = self._invoke(function, event, caller)
            log.is_worth_waiting_for = any(answer.get(name) for name in ("applied", "undone", "failed", "error"))
        self._refuse_older(answer, event)
        return answer

    def follow(self, answer: Answer, *, listener: Listener = nobody) -> Answer:
        if "goes_on" not in answer:
            return answer
        # The log that was followed so far knows which lines were passed on.
        log = self._log or FunctionLog(self._aws, self.function, listener)
        ended = log.wait_for_end(str(answer["run_id"]))
        whole = {name: value for name, value in answer.items() if name not in {"goes_on", "next"}} | ended
        done = {*whole.get("applied", ()), *whole.get("undone", ())}
        # What was left when it was handed over.
        return {**whole, "pending": [one for one in whole.get("pending", ()) if one not in done]}

    def _invoke(self, function: Function, event: Mapping[str, object], caller: str) -> Answer:
        from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

        client = self._aws.client(
            "lambda",
            # A second one would run the command again.
            retries={"total_max_attempts": 1},
            connect_timeout=10,
            read_timeout=function.timeout + _GRACE,
            tcp_keepalive=True,
        )
        context = {"client": {"app_title": caller, "app_package_name": "dynamigrate"}}
        self.goes_on = True
        try:
            response = client.invoke(
                FunctionName=function.name,
                Payload=json.dumps(event).encode(),
                ClientContext=base64.b64encode(json.dumps(context).encode()).decode(),
            )
            content = response["Payload"].read()
        except ReadTimeoutError as error:
            raise Unreachable(
                f"Function {function.name} did not answer within {function.timeout + _GRACE:.0f} s. It may still be at work.",
                "Run `dynamigrate status` to see.",
                kind="NoAnswer",
            ) from error
        except (ClientError, BotoCoreError) as error:
            raise self._aws.fault(error, f"invoke function {function.name}") from error
        return self._read(function, content, failed="FunctionError" in response)

    def _read(self, function: Function, content: bytes, *, failed: bool) -> Answer:
        try:
            answer: Any = json.loads(content)
        except ValueError:
            answer = None
        if failed:
            said = str(answer.get("errorMessage", "")) if isinstance(answer, dict) else ""
            raise Fault(
                f"Function {function.name} died: {said or 'it says no more'}".rstrip(".") + ".",
                f"Run `dynamigrate status` to see what it left behind; its log is {function.log_group}.",
                kind="FunctionDied",
            )
        if not isinstance(answer, dict) or "ok" not in answer:
            raise Fault(
                f"Function {function.name} answered something else than dynamigrate does.",
                "Check that --stack and --construct name the stack of a Migrations construct.",
                kind="NotDynamigrate",
            )
        return answer

    def _refuse_older(self, answer: Answer, event: Mapping[str, object]) -> None:
        """
        Raises:
            Fault: The function does not know what it was asked for.
        """
        error = answer.get("error")
        if not isinstance(error, dict):
            return
        lacking = ""
        if error.get("type") == "UnknownAction":
            lacking = f"does not know the command {event['action']}"
        elif error.get("type") == "InvalidArgument" and (match := _TAKES_NO.match(str(error.get("message", "")))):
            lacking = f"does not know {match[1]} of the command {event['action']}"
        if lacking:
            raise Fault(
                f"Function {self.function.name} {lacking}: it is older than this command line. Nothing was done.",
                "Deploy the stack again with this version of dynamigrate, or use the command line of the version that is "
                "deployed.",
                kind="OlderFunction",
            )
