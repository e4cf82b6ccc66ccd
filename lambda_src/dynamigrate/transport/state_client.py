"""A client for requests that are right as they are."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own

from . import Transport
from .failures import is_transient, may_have_happened
from .late_grants import LateGrants

T = TypeVar("T")

# What `DynamoDBTarget` asks for.
_OPERATIONS: Final = {
    "batch_get_item": "BatchGetItem",
    "create_table": "CreateTable",
    "delete_item": "DeleteItem",
    "delete_table": "DeleteTable",
    "describe_table": "DescribeTable",
    "get_item": "GetItem",
    "put_item": "PutItem",
    "scan": "Scan",
    "transact_write_items": "TransactWriteItems",
    "update_item": "UpdateItem",
}
# A throttle of ten seconds is survived, and a function that has minutes loses little of them.
PATIENCE_SECONDS: Final = 20.0
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0

Sleep = Callable[[float], None]


class StateClient:
    """
    The methods of botocore's client that the engine itself uses, with the same arguments, answers and errors.

    It checks and converts nothing, and knows no binary values, so it is for requests of the engine's own making; making
    it costs a cold start a small part of what botocore's costs. Passing failures are retried as the SDK retries them:
    an error says in ``RetryAttempts`` how often its request had been sent before.

    Args:
        attempts: How often a request is sent at most.
        grants: Which denials are not the last word.

    Attributes:
        patience: Seconds for which whoever sends a request again by itself, with `once`, should go on.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        attempts: int,
        patience: float = PATIENCE_SECONDS,
        sleep: Sleep = time.sleep,
        grants: LateGrants | None = None,
    ) -> None:
        self.patience = patience
        self._transport = transport
        self._grants = grants
        self._attempts = attempts
        self._sleep = sleep
        self._checks: list[Callable[[], None]] = []

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = _OPERATIONS.get(name)
        if operation is None:
            raise AttributeError(f"{type(self).__name__} has no {name}: it is for the engine's own requests.")
        return partial(self._call, operation)

    @property
    def once(self) -> StateClient:
        """The same client, for whoever retries: each call of it is one request."""
        client = StateClient(self._transport, attempts=1, patience=self.patience, grants=self._grants)
        client._checks = self._checks
        return client

    @contextmanager
    def refusing(self, check: Callable[[], None]) -> Iterator[None]:
        """While the block runs, *check* is called before each sending; what it raises is raised instead of sending."""
        self._checks.append(check)
        try:
            yield
        finally:
            self._checks.remove(check)

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        def send() -> dict[str, Any]:
            for check in self._checks:
                check()
            return self._transport.call(operation, request)

        def persist() -> dict[str, Any]:
            return retrying(send, attempts=self._attempts, sleep=self._sleep)

        return persist() if self._grants is None else self._grants.call(persist, "dynamodb", operation, request)


def retrying(send: Callable[[], T], *, attempts: int, sleep: Sleep = time.sleep) -> T:
    """
    Call *send*, again where its failure is a passing one, after a pause that is up to twice as long each time.

    Raises:
        ClientError, HTTPClientError, ConnectionError: The last failure; or an earlier one after which the request may
            have been carried out, where the last says that it was not sent.
    """
    doubtful: Exception | None = None
    for attempt in range(1, attempts + 1):
        try:
            return send()
        except (ClientError, HTTPClientError, ConnectionError) as error:
            if isinstance(error, ClientError):
                metadata: Any = error.response.setdefault("ResponseMetadata", {})  # type: ignore[typeddict-item]
                metadata["RetryAttempts"] = metadata.get("RetryAttempts", 0) + attempt - 1
            doubtful = error if may_have_happened(error) else doubtful
            if attempt == attempts or not is_transient(error):
                if doubtful is not None and isinstance(error, ConnectionError):
                    # An earlier try may have been carried out, and whoever asked has to know.
                    raise doubtful from error
                raise
        sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)))  # noqa: S311 - no secret
    raise AssertionError
