"""The transport: HTTP as servers speak it, and errors as the SDK has them."""

import gc
import json
import select
import ssl
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from dynamigrate.errors import LockLost
from dynamigrate.transport.dynamodb_json import HttpTransport
from tests.unit.fakes import PATIENCE, raising
from tests.unit.transport.certificate import make_certificate
from tests.unit.transport.conftest import OpenPool
from tests.unit.transport.server import answer, serving

Open = Callable[..., HttpTransport]


@pytest.fixture
def transport_to(pool_to: OpenPool) -> Open:
    """Opens transports."""

    def open_transport(endpoint: str, *, exceptions: Any = None, **options: Any) -> HttpTransport:
        return HttpTransport(pool_to(endpoint, **options), exceptions=exceptions)

    return open_transport


def test_keeps_its_connection(transport_to: Open) -> None:
    """Two requests, one connection."""
    with serving([[answer('{"n":1}'), answer('{"n":2}')]]) as server:
        transport = transport_to(server.endpoint)
        assert [transport.call("Scan", {"TableName": "t"}), transport.call("Scan", {})] == [{"n": 1}, {"n": 2}]
    assert server.requests == [(0, '{"TableName":"t"}'), (0, "{}")]
    assert "x-amz-target: dynamodb_20120810.scan\r\n" in server.heads[0].lower()
    assert f"host: {server.endpoint.removeprefix('http://')}\r\n" in server.heads[0].lower()


def test_sends_json_as_it_is_given(transport_to: Open) -> None:
    """Signed and counted like any other."""
    with serving([[answer()]]) as server:
        transport_to(server.endpoint).call("Scan", b'{"TableName" : "t"}')
    assert server.requests == [(0, '{"TableName" : "t"}')]


def test_opens_another_one_where_the_server_closed_the_first(transport_to: Open) -> None:
    """Which it does with connections that are idle; the request is sent again."""
    with serving([[answer('{"n":1}')], [answer('{"n":2}')]]) as server:
        transport = transport_to(server.endpoint)
        transport.call("Scan", {})
        assert transport.call("Scan", {}) == {"n": 2}


def test_does_not_send_again_by_itself_what_a_new_connection_broke_on(transport_to: Open) -> None:
    """Whether it was carried out is for the caller to know."""
    with serving([[b""]]) as server, pytest.raises(ConnectionClosedError):
        transport_to(server.endpoint).call("Scan", {})


def test_honors_connection_close(transport_to: Open) -> None:
    """The next request gets a connection of its own."""
    with serving([[answer("{}", 200, "Connection: close")], [answer('{"n":2}')]]) as server:
        transport = transport_to(server.endpoint)
        transport.call("Scan", {})
        assert transport.call("Scan", {}) == {"n": 2}
    assert [number for number, _ in server.requests] == [0, 1]


@pytest.mark.parametrize(
    "said",
    [
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n{"n":\r\n2\r\n1}\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\n\r\n{"n":1}',
        b'HTTP/1.0 200 OK\r\ncontent-length:7\r\n\r\n{"n":1}',
    ],
    ids=["chunked", "until closed", "http 1.0"],
)
def test_reads_bodies_however_they_are_framed(transport_to: Open, said: bytes) -> None:
    """As proxies and emulators send them."""
    with serving([[said]]) as server:
        assert transport_to(server.endpoint).call("Scan", {}) == {"n": 1}


def test_reads_a_body_of_many_parts(transport_to: Open) -> None:
    """A page is a megabyte."""
    text = "x" * 3_000_000
    with serving([[answer(f'{{"n":"{text}"}}')]]) as server:
        assert transport_to(server.endpoint).call("Scan", {}) == {"n": text}


def test_what_is_no_http_is_a_broken_connection(transport_to: Open) -> None:
    """And says what it was instead."""
    with serving([[b"SSH-2.0-OpenSSH_9.2\r\n\r\n"]]) as server, pytest.raises(ConnectionClosedError) as caught:
        transport_to(server.endpoint).call("Scan", {})
    assert "this is no answer in HTTP" in str(caught.value.__cause__)


def test_an_answer_that_was_damaged_is_noticed(transport_to: Open) -> None:
    """By the checksum that DynamoDB sends."""
    body = '{"n":1}'
    good, bad = (f"x-amz-crc32: {zlib.crc32(body.encode()) ^ flip}" for flip in (0, 1))
    with serving([[answer(body, 200, good), answer(body, 200, bad)]]) as server:
        transport = transport_to(server.endpoint)
        assert transport.call("Scan", {}) == {"n": 1}
        with pytest.raises(ConnectionClosedError):
            transport.call("Scan", {})


class TestBatchesThatAreAnsweredAlike:
    """Of two in a row, the second answer is not parsed, but it is looked at as any other."""

    MADE = '{"Responses":[{"TableName":"t"},{"TableName":"t"}]}'
    REFUSED = '{"Responses":[{"TableName":"t"},{"Error":{"Code":"DuplicateItem"}}]}'

    def test_each_gets_what_was_said_to_it(self, transport_to: Open) -> None:
        said = [self.MADE, self.MADE, self.REFUSED, self.MADE]
        with serving([[answer(one) for one in said]]) as server:
            transport = transport_to(server.endpoint)
            assert [transport.call("BatchExecuteStatement", {}) for _ in said] == [json.loads(one) for one in said]

    def test_damage_is_noticed(self, transport_to: Open) -> None:
        good, bad = (f"x-amz-crc32: {zlib.crc32(self.MADE.encode()) ^ flip}" for flip in (0, 1))
        with serving([[answer(self.MADE, 200, good), answer(self.MADE, 200, bad)]]) as server:
            transport = transport_to(server.endpoint)
            transport.call("BatchExecuteStatement", {})
            with pytest.raises(ConnectionClosedError):
                transport.call("BatchExecuteStatement", {})

    def test_an_empty_answer_is_none(self, transport_to: Open) -> None:
        """The first one, before there was any other."""
        with serving([[answer("")]]) as server, pytest.raises(ConnectionClosedError):
            transport_to(server.endpoint).call("BatchWriteItem", {})

    def test_an_error_in_the_same_words_is_one(self, transport_to: Open) -> None:
        with serving([[answer("{}"), answer("{}", 500)]]) as server:
            transport = transport_to(server.endpoint)
            transport.call("BatchWriteItem", {})
            with pytest.raises(ClientError, match="500"):
                transport.call("BatchWriteItem", {})

    def test_items_that_were_not_written_are_not_kept(self, transport_to: Open) -> None:
        item = {"PutRequest": {"Item": {"id": {"S": "x" * 300_000}}}}
        with serving([[answer(json.dumps({"UnprocessedItems": {"t": [item]}}))]]) as server:
            transport = transport_to(server.endpoint)
            gc.collect()
            tracemalloc.start()
            try:
                assert transport.call("BatchWriteItem", {})["UnprocessedItems"] == {"t": [item]}
                gc.collect()
                kept, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert kept < 100_000


def test_errors_are_the_sdks_own(transport_to: Open) -> None:
    """Of the client's classes, with its shape."""
    client = boto3.client("dynamodb")
    said = answer('{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}', 400)
    with serving([[said]]) as server, pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        transport_to(server.endpoint, exceptions=client.exceptions).call("Scan", {})
    assert caught.value.response["Error"] == {"Code": "ResourceNotFoundException", "Message": "no table"}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_errors_carry_what_the_service_added(transport_to: Open) -> None:
    """Why a transaction was canceled, for one."""
    said = answer(
        '{"__type":"x#TransactionCanceledException","Message":"no","CancellationReasons":[{"Code":"None"}]}', 400
    )
    with serving([[said]]) as server, pytest.raises(ClientError) as caught:
        transport_to(server.endpoint).call("TransactWriteItems", {})
    assert caught.value.response["Error"] == {"Code": "TransactionCanceledException", "Message": "no"}
    assert caught.value.response["CancellationReasons"] == [{"Code": "None"}]


def test_an_error_that_is_no_json_is_told_by_its_status(transport_to: Open) -> None:
    """A load balancer's page, for one."""
    with serving([[answer("<html>", 503)]]) as server, pytest.raises(ClientError) as caught:
        transport_to(server.endpoint).call("Scan", {})
    assert caught.value.response["Error"]["Code"] == "503"


def test_a_server_that_does_not_answer_is_not_waited_for(transport_to: Open) -> None:
    """No longer than the timeout."""
    with serving([[b"HTTP/1.1 200 OK\r\n"]]) as server, pytest.raises((ReadTimeoutError, ConnectionClosedError)):
        transport_to(server.endpoint, read_timeout=0.05).call("Scan", {})


def test_a_server_that_is_not_there_is_said_so(transport_to: Open) -> None:
    """As the SDK says it."""
    with serving([]) as server:
        pass
    with pytest.raises(EndpointConnectionError, match=r"127\.0\.0\.1"):
        transport_to(server.endpoint).call("Scan", {})


def test_nothing_is_sent_once_the_lock_is_lost(transport_to: Open) -> None:
    """It is asked before each request."""
    with serving([[answer()]]) as server:
        transport = transport_to(server.endpoint, before_send=raising(LockLost("lost")))
        with pytest.raises(LockLost):
            transport.call("Scan", {})
    assert server.requests == []


def test_the_lock_is_looked_at_before_a_request_is_sent_again_too(transport_to: Open) -> None:
    """The connection was closed while the process slept, and by then the lock is another's."""
    looks = iter([None, None, LockLost("lost")])

    def look() -> None:
        if error := next(looks):
            raise error

    with serving([[answer(), b""], [answer()]]) as server:
        transport = transport_to(server.endpoint, before_send=look)
        transport.call("Scan", {})
        with pytest.raises(LockLost):
            transport.call("Scan", {})
    assert len(server.requests) == 2


def test_a_request_that_was_sent_is_not_told_as_one_that_was_not(
    transport_to: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection was closed under it, and there is no other: whether it was carried out is unknown."""
    with serving([[answer()]]) as server:
        transport = transport_to(server.endpoint)
        transport.call("Scan", {})
    # As if the server had closed it after we had looked.
    monkeypatch.setattr(transport._pool._idle[0], "is_quiet", lambda: True)
    with pytest.raises(ConnectionClosedError):
        transport.call("Scan", {})


def test_a_connection_that_was_closed_while_it_was_idle_is_not_used(transport_to: Open) -> None:
    """The request goes over a new one, once; where there is none, it was not sent at all."""
    with serving([[answer()], [answer('{"n":2}')]]) as server:
        transport = transport_to(server.endpoint)
        transport.call("Scan", {})
        assert select.select([transport._pool._idle[0]._socket], [], [], PATIENCE)[0], "the server closes it"
        assert transport.call("Scan", {}) == {"n": 2}
        assert select.select([transport._pool._idle[0]._socket], [], [], PATIENCE)[0], "the server closes it"
    assert len(server.requests) == 2
    with pytest.raises(EndpointConnectionError):
        transport.call("Scan", {})


def test_tls_is_verified(transport_to: Open, tmp_path: Path) -> None:
    """By the bundle that is given; False trusts everybody, as with the SDK."""
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving([[answer('{"n":1}')], [answer('{"n":2}')], [answer()]], context) as server:
        for verify, n in ((str(certificate), 1), (False, 2)):
            transport = transport_to(server.endpoint, verify=verify)
            assert transport.call("Scan", {}) == {"n": n}
        with pytest.raises(SSLError, match=r"CERTIFICATE_VERIFY_FAILED"):
            transport_to(server.endpoint, verify=True).call("Scan", {})
