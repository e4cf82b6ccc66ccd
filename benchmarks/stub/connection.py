"""As much of HTTP as DynamoDB's clients speak: keep-alive, and bodies whose length is given."""

from __future__ import annotations

import asyncio
import json
import re
import time
import zlib
from collections.abc import Mapping
from typing import Final, cast

from ..cores import own_core
from .answers import Answers, UnknownOperation
from .counts import Counts

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OPERATION: Final = re.compile(rb"\r\nx-amz-target: *DynamoDB_20120810\.(\w+)", re.IGNORECASE)
_HEAD_END: Final = b"\r\n\r\n"
_HEAD: Final = (
    b"HTTP/1.1 %b\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: STUB\r\n"
    b"x-amz-crc32: %d\r\nContent-Length: %d\r\n\r\n"
)


class Connection(asyncio.Protocol):
    """
    One client.

    Args:
        counts: What all clients have sent, which this adds to.
        latency: Seconds that an operation's answer is held back.
    """

    def __init__(self, answers: Answers, counts: Counts, latency: Mapping[str, float]) -> None:
        self._answers = answers
        self._counts = counts
        self._latency = latency
        self._received = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's does not derive from it.
        self._transport = cast(asyncio.WriteTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (head_end := self._received.find(_HEAD_END)) >= 0:
            head = bytes(self._received[: head_end + 2])
            length = _LENGTH.search(head)
            body_at = head_end + len(_HEAD_END)
            end = body_at + (int(length[1]) if length else 0)
            if len(self._received) < end:
                return
            body = bytes(self._received[body_at:end])
            del self._received[:end]
            self._serve(head, body)

    def _serve(self, head: bytes, body: bytes) -> None:
        found = _OPERATION.search(head)
        if found is None:
            # Not DynamoDB's: how busy the stub was, for whoever measures.
            statistics = {**self._counts.told(), "cpu": time.process_time(), "core": own_core()}
            self._send(b"200 OK", json.dumps(statistics).encode())
            return
        operation = found[1].decode()
        self._counts.add(operation, body)
        try:
            status, answer = b"200 OK", self._answers.answer(operation, body)
        except UnknownOperation:
            status, answer = b"400 Bad Request", b'{"__type":"com.amazon.coral.service#UnknownOperationException"}'
        seconds = self._latency.get(operation, 0.0)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._send, status, answer)
        else:
            self._send(status, answer)

    def _send(self, status: bytes, body: bytes) -> None:
        if self._transport is not None:
            # The service sends a checksum, which the SDK verifies: that is part of what a request costs.
            self._transport.write(_HEAD % (status, zlib.crc32(body), len(body)) + body)
