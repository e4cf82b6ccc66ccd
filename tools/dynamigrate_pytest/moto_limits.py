"""What moto can't judge: it must not pass there, as it might fail on the service."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

_STATEMENTS: Final = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
# "BatchWriteItem" in the API's reference. Moto takes more.
_MOST_WRITES: Final = 25
_ENGINE: Final = "dynamigrate.transport."


class CannotJudge(AssertionError):
    """DynamoDB in process takes, or refuses, what the service does not: the test needs a better stand-in."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}, and moto, DynamoDB in this process, can't judge that. Run this test on a better stand-in, such as "
            "DynamoDB Local: pytest --dynamigrate-endpoint http://127.0.0.1:8000"
        )


class MotoLimits:
    """Looks at requests before moto sees them."""

    def __init__(self) -> None:
        self._tokens: set[str] = set()

    def check(self, service: str, operation: str, arguments: Mapping[str, Any]) -> None:
        """
        Raises:
            CannotJudge: Moto's answer would say nothing.
            ClientError: Moto has no PartiQL, and the engine can do without: it sends each write of such a request by itself, in
                the item API and with the same condition, where the service finds fault with the request.
        """
        if service != "dynamodb":
            return
        if operation in _STATEMENTS:
            if operation == "BatchExecuteStatement" and _is_the_engines():
                error: Any = {"Code": "ValidationException", "Message": "there is no PartiQL here"}
                raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)  # type: ignore[typeddict-item]
            raise CannotJudge(f"The migration sends PartiQL ({operation})")
        token = arguments.get("ClientRequestToken")
        if token is not None:
            if token in self._tokens:
                raise CannotJudge(f"The migration sends {operation} again with the same ClientRequestToken")
            self._tokens.add(token)
        if operation == "BatchWriteItem" and sum(map(len, arguments["RequestItems"].values())) > _MOST_WRITES:
            raise CannotJudge(f"The migration sends more than {_MOST_WRITES} writes in one BatchWriteItem")


def _is_the_engines() -> bool:
    """Whether the engine's own code made the call that is on the way."""
    frame = sys._getframe()
    for _ in range(12):
        back = frame.f_back
        if back is None:
            return False
        frame = back
        if str(frame.f_globals.get("__name__", "")).startswith(_ENGINE):
            return True
    return False
