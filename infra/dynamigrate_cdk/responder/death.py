"""How an invocation of the function ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .answer import cut

_LONGEST_MESSAGE: Final = 1200


@dataclass(frozen=True)
class Death:
    """
    What Lambda's record of a failed asynchronous invocation says; what it does not say is empty.

    Attributes:
        request_id: The invocation's request id, the same in its log and in the lock that it took.
        event: What it was invoked with: CloudFormation's event, unless a person invoked it.
    """

    request_id: str
    condition: str
    type: str
    message: str
    event: Mapping[str, Any]

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Death:
        context, event, said = (
            found if isinstance(found := record.get(name), dict) else {}
            for name in ("requestContext", "requestPayload", "responsePayload")
        )
        message, url = str(said.get("errorMessage") or ""), event.get("ResponseURL")
        return cls(
            request_id=str(context.get("requestId") or ""),
            condition=str(context.get("condition") or ""),
            type=str(said.get("errorType") or ""),
            # The address is a credential, whoever may have quoted the event.
            message=message.replace(url, "<ResponseURL>") if isinstance(url, str) and url else message,
            event=event,
        )

    @property
    def of_cloudformation(self) -> bool:
        """Whether CloudFormation invoked it, and waits for an answer."""
        return {"RequestType", "ResponseURL"} <= self.event.keys()

    @property
    def construct_path(self) -> str:
        """The path of the construct in the app; empty where it is not known."""
        return self._property("ConstructPath")

    @property
    def ordered_by_parameters(self) -> bool:
        """Whether a person gives a deploy a repair by a parameter of the stack's template, and not by CDK."""
        return self._property("OrderedBy") == "parameters"

    def _property(self, name: str) -> str:
        properties = self.event.get("ResourceProperties")
        value = properties.get(name) if isinstance(properties, dict) else None
        return value if isinstance(value, str) else ""

    @property
    def never_ran(self) -> bool:
        """Whether Lambda gave up on the event before it could start the function."""
        return self.condition in ("EventAgeExceeded", "ZeroReservedConcurrency")

    @property
    def told(self) -> str:
        """What happened, in words."""
        if self.never_ran:
            return f"Lambda could not start the function in time ({self.condition})."
        said = ": ".join(part for part in (self.type, cut(self.message, _LONGEST_MESSAGE)) if part)
        return f"The function died before it could answer: {(said or self.condition or 'no reason given').rstrip('.')}."

    @property
    def advice(self) -> str:
        """What it may have died of, and what would help."""
        said = f"{self.type} {self.message}"
        if self.never_ran:
            return "No concurrency was left for it, in the account or in a reserve of its own. Deploy again."
        if "timed out" in said or "Timedout" in said:
            return (
                "Give it more time (timeout=, 15 minutes at most), or have the migration save checkpoints, so that the "
                "next deploy goes on from the last one."
            )
        if any(word in said for word in ("ImportModule", "SyntaxError", "HandlerNotFound", "init failed")):
            return "Its code could not be loaded: correct that, and deploy again."
        if "signal: killed" in said or "OutOfMemory" in said:
            return (
                "It was probably out of memory: give it more (memory_size=), or have the migration read less at a time."
            )
        return "Look for the cause in its log."
