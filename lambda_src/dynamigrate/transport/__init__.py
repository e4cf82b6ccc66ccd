"""
Requests to DynamoDB, at a fraction of what a botocore client spends on each, and the few others that a function sends.

Most of a client's time goes into validating parameters and shaping answers by the service's model, which requests of
our own making can do without. Where a client was given, what it is there for is kept: its endpoint, its credentials
and their renewal, its TLS settings and timeouts, and its error classes. Where none was, in a plain Lambda function,
these are what the SDK would take from its environment, and making a client is saved too.
"""

from __future__ import annotations

from typing import Any, Protocol

# An operation's arguments, or the same as JSON, in UTF-8.
Request = dict[str, Any] | bytes


class Transport(Protocol):
    """Something that requests can be sent on; threads may share it."""

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        """
        The answer to *operation*, such as ``Scan``. Binary is base64 text in both directions. Nothing is retried.

        Two batches that are answered alike may get the same object, which is there to be read.

        Raises:
            ClientError: The service refused.
            HTTPClientError, ConnectionError: Botocore's: it could not be reached, or did not answer.
        """
        ...

    def close(self) -> None: ...
