"""
The floor: the cheapest program in Python that sends what the engine sends, signed.

One connection, one thread, and nothing of what makes a tool of it: no types, retries, pace, lock or checkpoints.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from ..credentials import ACCESS_KEY, REGION, SECRET_KEY
from ..order import update_statement

_BATCH: Final = 25
_LINE: Final = "\r\n"
_SIGNED: Final = "content-type;host;x-amz-date;x-amz-target"
_TYPE: Final = "application/x-amz-json-1.0"


def puts(endpoint: str, table_name: str) -> None:
    """Whole items, as BatchWriteItem takes them."""
    service = Service(endpoint)
    for page in _pages(service, {"TableName": table_name}):
        for first in range(0, len(page), _BATCH):
            writes = [{"PutRequest": {"Item": item | _status(item)}} for item in page[first : first + _BATCH]]
            answer = service.call("BatchWriteItem", _dump({"RequestItems": {table_name: writes}}))
            if b'"UnprocessedItems":{}' not in answer:
                raise SystemExit("the floor has no second try")


def updates(endpoint: str, table_name: str) -> None:
    """Guarded statements, of what has to be read for them."""
    service = Service(endpoint)
    names = {"#i": "id", "#p": "paid", "#s": "status"}
    scan = {"TableName": table_name, "ProjectionExpression": "#i,#p,#s", "ExpressionAttributeNames": names}
    statement = update_statement(table_name)
    for page in _pages(service, scan):
        for first in range(0, len(page), _BATCH):
            statements = [
                {"Statement": statement, "Parameters": [_status(item)["status"], item["id"], item["paid"]]}
                for item in page[first : first + _BATCH]
            ]
            answer = service.call("BatchExecuteStatement", _dump({"Statements": statements}))
            if b'"Error"' in answer:
                raise SystemExit("the floor has no second try")


def _status(item: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {"status": {"S": "PAID" if item["paid"]["BOOL"] else "NEW"}}


def _pages(service: Service, scan: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    start: dict[str, Any] = {}
    while True:
        page = json.loads(service.call("Scan", _dump(scan | start)))
        yield page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


class Service:
    """One connection to *endpoint*, kept open."""

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        self._host = address.netloc
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = self._socket.makefile("rb")
        self._day, self._key = "", b""

    def call(self, operation: str, body: bytes) -> bytes:
        """The answer's body, if its status is 200."""
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        target = f"DynamoDB_20120810.{operation}"
        lines = (f"content-type:{_TYPE}", f"host:{self._host}", f"x-amz-date:{moment}", f"x-amz-target:{target}")
        canonical = "\n".join(("POST", "/", "", *lines, "", _SIGNED, hashlib.sha256(body).hexdigest()))
        head = (
            f"POST / HTTP/1.1\r\n{_LINE.join(lines)}\r\n"
            f"authorization:{self._authorization(canonical, moment)}\r\ncontent-length:{len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        return self._received()

    def _received(self) -> bytes:
        status, length = self._answer.readline(), 0
        while (line := self._answer.readline()) != b"\r\n":
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        body = self._answer.read(length)
        if b" 200 " not in status:
            raise SystemExit(f"{status!r}: {body!r}")
        return body

    def _authorization(self, canonical: str, moment: str) -> str:
        if moment[:8] != self._day:
            self._day, self._key = moment[:8], f"AWS4{SECRET_KEY}".encode()
            for part in (self._day, REGION, "dynamodb", "aws4_request"):
                self._key = hmac.digest(self._key, part.encode(), "sha256")
        scope = f"{self._day}/{REGION}/dynamodb/aws4_request"
        signed = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key, signed.encode(), "sha256").hex()
        return f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={_SIGNED}, Signature={signature}"
