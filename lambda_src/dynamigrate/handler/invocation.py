"""One call of the function: who it is for, and how long it has."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from ..handover import ANSWER_SECONDS
from ..run_ids import new_run_id

_MOST_RESERVE: Final = 30.0
_LEAST_RESERVE: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """
    One call of the function.

    Attributes:
        request_id: Lambda's id of the request, the same when an event is delivered again.
        caller: What the caller says about itself, or empty: Lambda does not tell who invokes it.
        function_arn: The ARN that was invoked, with a qualifier where there was one.
        hard_end: Seconds until Lambda kills this process.
        seconds: How long it had when it began.
        began: When it began, on the monotonic clock.
        allowed: Seconds from then on that whoever invoked it gives it.
        whose: Whose time that is, in words.
    """

    run_id: str
    request_id: str
    function_name: str
    function_arn: str
    log_stream: str
    caller: str
    hard_end: Callable[[], float]
    seconds: float
    began: float
    allowed: float = math.inf
    whose: str = "this function"

    @classmethod
    def begin(cls, context: Any) -> Invocation:
        """The invocation that Lambda's *context* object is about; what that does not have is left out."""
        left = getattr(context, "get_remaining_time_in_millis", None)

        def hard_end() -> float:
            return float(left()) / 1000 if callable(left) else math.inf

        return cls(
            run_id=new_run_id(),
            request_id=_text(context, "aws_request_id"),
            function_name=_text(context, "function_name"),
            function_arn=_text(context, "invoked_function_arn"),
            log_stream=_text(context, "log_stream_name"),
            caller=_caller(context),
            hard_end=hard_end,
            seconds=hard_end(),
            began=time.monotonic(),
        )

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return round(time.monotonic() - self.began, 3)

    def until(self, moment: float) -> Invocation:
        """The same, allowed to go on until *moment*, in seconds since the epoch, less what the answer needs."""
        allowed = moment - time.time() + self.elapsed - ANSWER_SECONDS
        return replace(self, allowed=min(self.allowed, allowed), whose="a run")

    def whose_time(self) -> str:
        """Whose time `remaining` tells of, in words."""
        return "this function" if self._own() <= self._given() else self.whose

    def remaining(self) -> float:
        """Seconds that work may still take; what the answer needs is not among them."""
        return min(self._own(), self._given())

    def _own(self) -> float:
        return self.hard_end() - min(ANSWER_SECONDS, self.seconds / 10)

    def _given(self) -> float:
        return self.allowed - (time.monotonic() - self.began)

    @property
    def reserve(self) -> float:
        """Seconds that must remain for a migration to begin."""
        return max(_LEAST_RESERVE, min(_MOST_RESERVE, self.seconds / 10))

    def shortage(self) -> str | None:
        """That nothing further should begin, in words; None: there is time."""
        left = self.remaining()
        return f"{max(left, 0):.0f} seconds were left" if left < self.reserve else None

    def wait(self, seconds: float) -> float:
        """*seconds* to wait for a lock, or as many of them as leave time to say that it is held."""
        return max(0.0, min(seconds, self.remaining() - self.reserve))

    @property
    def actor(self) -> str:
        """Who runs a manual command, in words."""
        return f"invoke{f' by {self.caller}' if self.caller else ''}, request {self.request_id or 'unknown'}"

    @property
    def own_words(self) -> str:
        """What `holder` has of every invocation of this function, and of nobody else; empty: that is not known."""
        return f"function {self.function_name}, " if self.function_name and self.log_stream else ""

    def holder(self, stack_name: str) -> str:
        """Who holds the lock, in words."""
        parts = {"stack": stack_name, "function": self.function_name, "log stream": self.log_stream}
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value) or "a Lambda function"


def _caller(context: Any) -> str:
    """The application that a client names in its ClientContext, and the Cognito identity, where there are any."""
    client = getattr(getattr(context, "client_context", None), "client", None)
    identity = getattr(context, "identity", None)
    found = [_text(client, "app_title"), _text(client, "app_package_name"), _text(identity, "cognito_identity_id")]
    return " ".join(dict.fromkeys(one for one in found if one))[:200]


def _text(thing: Any, name: str) -> str:
    value = getattr(thing, name, None)
    return value if isinstance(value, str) else ""
