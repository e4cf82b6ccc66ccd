"""A client that is told other than what came."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionClosedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOST = ConnectionClosedError(endpoint_url="http://127.0.0.1", request=None)


class Answers:
    """
    What a client is told, in place of the answers that came.

    Attributes:
        errors: For each answer in turn what is raised instead; None lets it through.
        instead: Called before such an error is raised.
    """

    def __init__(self, client: "DynamoDBClient") -> None:
        self.errors: list[Exception | None] = []
        self.instead: Callable[[], None] = lambda: None
        self._client = client

    def to(self, operation: str, *errors: Exception | None) -> None:
        """From now on to requests for *operation*."""
        self.errors = list(errors)
        self._client.meta.events.register(f"after-call.dynamodb.{operation}", self._answer)

    def _answer(self, **_: Any) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            self.instead()
            raise error
