"""Requests in the protocol of CloudFormation: forms in, XML out."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from botocore.exceptions import ClientError, ConnectionClosedError

from .connection_pool import ConnectionPool

_CONTENT_TYPE: Final = "application/x-www-form-urlencoded; charset=utf-8"


class QueryTransport:
    """
    Args:
        version: Of the service's interface, a date.
    """

    def __init__(self, pool: ConnectionPool, *, version: str) -> None:
        self._pool = pool
        self._version = version

    def call(self, action: str, **parameters: str) -> ET.Element:
        """
        The answer to *action*, with names without a namespace. Nothing is retried.

        Raises:
            ClientError: The service refused.
            HTTPClientError, ConnectionError: Botocore's: it could not be reached, or did not answer.
        """
        form = urlencode({"Action": action, "Version": self._version, **parameters}).encode()
        response, again = self._pool.post(form, _CONTENT_TYPE)
        try:
            # The service's own words, over TLS.
            content = ET.fromstring(response.body)  # noqa: S314
        except ET.ParseError as error:
            if response.status == 200:
                url = self._pool.endpoint.url
                raise ConnectionClosedError(endpoint_url=url, error="the answer is no XML") from error
            content = ET.Element("Nothing")
        for element in content.iter():
            element.tag = element.tag.rpartition("}")[2]
        if response.status == 200:
            return content
        code, message = (content.findtext(f".//Error/{name}") or "" for name in ("Code", "Message"))
        parsed: Any = {
            "Error": {"Code": code or str(response.status), "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": response.status, "RetryAttempts": again},
        }
        raise ClientError(parsed, action)
