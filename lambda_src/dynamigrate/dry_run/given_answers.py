"""Answers of a service that did not get the request."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from botocore.awsrequest import AWSResponse, HeadersDict

from .request import Answer

_ID: Final = "dry-run"


def succeeded(content: dict[str, Any]) -> Answer:
    """As where it was done."""
    return _http(200), {**content, "ResponseMetadata": _metadata(200)}


def refused(code: str, message: str) -> Answer:
    """As where the service says that it can't be done."""
    return _http(400), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": _metadata(400)}


def not_found(table: str) -> Answer:
    return refused("ResourceNotFoundException", f"Requested resource not found: Table: {table} not found")


def _http(status: int) -> Any:
    headers: Any = HeadersDict()
    return AWSResponse("", status, headers, _Nothing())


class _Nothing(BytesIO):
    """The body of an answer that has none, as a connection gives it to a hook that reads it."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        return iter(())


def _metadata(status: int) -> dict[str, Any]:
    return {"RequestId": _ID, "HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
