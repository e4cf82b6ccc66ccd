"""
Whatever a server answers, a call returns an object or raises what its contract says; soon, and never another's answer.

A proxy that was set up wrong, a load balancer that dies in the middle, a captive portal: none of them is DynamoDB, and all
of them answer.
"""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectionError,  # noqa: A004 - botocore's own
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dynamigrate.transport.connection_pool import ConnectionPool
from dynamigrate.transport.dynamodb_json import HttpTransport
from dynamigrate.transport.failures import is_transient, may_have_happened
from dynamigrate.transport.lambda_environment import Credentials
from dynamigrate.transport.response import MalformedResponse, Response, ResponseReader
from tests.unit.fakes import PATIENCE

from .certificate import make_certificate
from .server import answer, serving

WHOLE = answer('{"n":1}')
READ_TIMEOUT = 0.15

hostile = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def read(data: bytes, parts: Sequence[int] = ()) -> Response:
    """What a reader makes of *data*, which comes in pieces that end at *parts*, and is all there is."""
    ends = [*sorted({min(part, len(data)) for part in parts}), len(data)]
    pieces = [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False) if end > begin]
    left = iter([*pieces, b""])
    return ResponseReader(lambda: next(left)).read()


def transport_of(endpoint: str, **options: Any) -> HttpTransport:
    credentials = Credentials(access_key="key", secret_key="secret")
    pool = ConnectionPool(
        endpoint, credentials, region="us-east-1", service="dynamodb", **{"read_timeout": READ_TIMEOUT, **options}
    )
    return HttpTransport(pool)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + end


class TestAReader:
    """Bytes in, one answer or one error out."""

    @hostile
    @given(data=st.binary(max_size=400), parts=st.lists(st.integers(0, 400), max_size=5))
    @example(data=b"HTTP/1.1 200 \xff\r\n\r\n", parts=[])
    def test_makes_an_answer_or_an_error_of_any_bytes(self, data: bytes, parts: list[int]) -> None:
        """Nothing but `OSError` comes out."""
        with suppress(OSError):
            read(data, parts)

    @hostile
    @given(parts=st.lists(st.integers(0, 200), max_size=20), ending=st.sampled_from([WHOLE, chunked(b'{"n"', b":1}")]))
    def test_reads_the_same_however_it_is_cut_into_pieces(self, parts: list[int], ending: bytes) -> None:
        """TCP knows no messages."""
        assert (read(ending, parts).body, read(ending, parts).reusable) == (b'{"n":1}', True)

    @hostile
    @given(cut=st.integers(0, 200), ending=st.sampled_from([WHOLE, chunked(b'{"n"', b":1}")]))
    def test_takes_no_part_for_the_whole(self, cut: int, ending: bytes) -> None:
        """Wherever the server goes away."""
        if cut >= len(ending):
            return
        with pytest.raises(ConnectionResetError):
            read(ending[:cut])

    @hostile
    @given(changed=st.integers(0, 100), byte=st.integers(0, 255))
    def test_makes_no_other_answer_of_a_damaged_one(self, changed: int, byte: int) -> None:
        """One byte is another: the body may be, and then it has no more than its length."""
        data = bytearray(WHOLE)
        data[changed % len(data)] = byte
        with suppress(OSError):
            assert len(read(bytes(data)).body) <= len(WHOLE)

    @pytest.mark.parametrize(
        "data",
        {
            "no status": b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}",
            "a status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}",
            "another protocol": b"HTTP/2 200\r\nContent-Length: 2\r\n\r\n{}",
            "a mail server": b"220 mail.example ESMTP\r\n\r\n",
            "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}\r\n\r\n",
            "a line feed in a header": b"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\r\n{}",
            "a carriage return in a header": b"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\n{}",
            "a header without a colon": b"HTTP/1.1 200 OK\r\nContent-Length 2\r\n\r\n{}",
            "a header without a name": b"HTTP/1.1 200 OK\r\n: 2\r\n\r\n{}",
            "white space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
            "a folded header": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
            "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
            "two lengths in one": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}",
            "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
            "a length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
            "a length that is no number": b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}",
            "no length": b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n{}",
            "a huge length": b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n{}",
            "a length of thousands of digits": b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n{}" % (b"9" * 5000),
            "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "compressed chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "an unknown encoding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n{}",
            "a chunk's size that is no number": chunked(end=b"g\r\n\r\n"),
            "a negative chunk": chunked(end=b"-1\r\n\r\n"),
            "a chunk's size in 0x": chunked(end=b"0x2\r\n{}\r\n0\r\n\r\n"),
            "a chunk without a size": chunked(end=b"\r\n\r\n"),
            "a chunk that is longer than it says": chunked(end=b"2\r\n{}x\r\n0\r\n\r\n"),
            "a huge chunk": chunked(end=b"ffffffff\r\n"),
            "a chunk's size of many digits": chunked(end=b"0" * 2000 + b"\r\n"),
            "an endless size": chunked(end=b"1" * 3000),
            "trailers that are none": chunked(b"{}", end=b"0\r\nno header\r\n\r\n"),
            "an endless head": b"HTTP/1.1 200 OK\r\n" + b"X-Filler: aaaaaaaaaaaaaaaa\r\n" * 4000,
            "an endless line": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
            "interim answers without an end": b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
            "a switch of protocols": b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" + WHOLE,
        }.items(),
        ids=lambda one: one[0],
    )
    def test_refuses_what_can_be_read_in_two_ways(self, data: tuple[str, bytes]) -> None:
        """Or in none; before it has taken up any memory for it."""
        with pytest.raises(MalformedResponse):
            read(data[1])

    @pytest.mark.parametrize(
        ("data", "body", "reusable"),
        [
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WHOLE, b'{"n":1}', True),
            (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
            (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", b"", True),
            (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}", False),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
            (b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive, CLOSE\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
            (b"HTTP/1.1 200 OK\r\ncontent-LENGTH:\t2 \r\nContent-Length: 2\r\n\r\n{}", b"{}", True),
            (chunked(b"{", b"}", end=b"0;last=1\r\nX-Trailer: yes\r\n\r\n"), b"{}", True),
            (WHOLE + WHOLE, b'{"n":1}', False),
            (WHOLE + b"\r\n", b'{"n":1}', False),
        ],
        ids=[
            "interim answers first",
            "no content",
            "not modified",
            "until it is closed",
            "the older protocol",
            "closing, in a list",
            "the same length twice",
            "an extension and a trailer",
            "two answers",
            "more than the answer",
        ],
    )
    def test_reads_what_servers_may_send(self, data: bytes, body: bytes, reusable: bool) -> None:
        """And says whether anything may follow on that connection."""
        response = read(data)
        assert (response.body, response.reusable) == (body, reusable)


BODIES = st.one_of(
    st.sampled_from([b"", b"null", b"7", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b"<html></html>", b"NaN"]),
    st.binary(max_size=60),
    st.builds(
        lambda value: json.dumps(value).encode(), st.dictionaries(st.text(max_size=9), st.integers(), max_size=3)
    ),
)
NAMES = st.sampled_from(
    ["__type", "message", "Message", "Error", "ResponseMetadata", "CancellationReasons", "Item", "x"]
)
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), st.lists, max_leaves=4)


class TestACall:
    """Over a socket, as the engine makes it."""

    @hostile
    @given(status=st.sampled_from([200, 201, 204, 301, 400, 403, 500, 502, 503]), body=BODIES)
    def test_returns_an_object_or_raises_what_it_says(self, scripted: "Scripted", status: int, body: bytes) -> None:
        """Whatever the answer is: no JSON, no text, no object."""
        data = b"HTTP/1.1 %d Whatever\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
        scripted.answers = [data]
        try:
            content = scripted.transport.call("Scan", {})
        except (ClientError, HTTPClientError, ConnectionError) as error:
            failed = error
        else:
            assert (status, type(content)) == (200, dict)
            return
        # Whoever retries asks these of it.
        assert isinstance(is_transient(failed), bool)
        assert may_have_happened(failed) or isinstance(failed, ClientError)

    @hostile
    @given(content=st.dictionaries(NAMES, VALUES, max_size=5), status=st.sampled_from([400, 500]))
    def test_makes_an_error_of_any_object(self, scripted: "Scripted", content: dict[str, Any], status: int) -> None:
        """Its code and its status are what was answered, whatever else the object says of them."""
        scripted.answers = [answer(json.dumps(content), status)]
        with pytest.raises(ClientError) as caught:
            scripted.transport.call("Scan", {})
        response: Any = caught.value.response
        assert (response["ResponseMetadata"]["HTTPStatusCode"], type(response["Error"]["Code"])) == (status, str)
        assert all(isinstance(one, dict) for one in response.get("CancellationReasons", []))
        assert may_have_happened(caught.value) is (status == 500)
        assert str(caught.value)

    @hostile
    @given(cut=st.integers(0, len(WHOLE) - 1))
    def test_that_was_cut_off_may_have_happened(self, scripted: "Scripted", cut: int) -> None:
        """However little of the answer came."""
        scripted.answers = [WHOLE[:cut]]
        with pytest.raises(ConnectionClosedError) as caught:
            scripted.transport.call("PutItem", {})
        assert may_have_happened(caught.value)

    def test_is_not_made_again_once_a_part_of_its_answer_came(self) -> None:
        """Also on a connection that was used before: it was carried out, so this is no connection that was idle."""
        with serving([[WHOLE, WHOLE[:-3]], [WHOLE]]) as server:
            transport = transport_of(server.endpoint)
            transport.call("PutItem", {})
            with pytest.raises(ConnectionClosedError):
                transport.call("PutItem", {})
            transport.close()
        assert len(server.requests) == 2

    def test_gets_no_answer_that_was_another_requests(self) -> None:
        """A second answer in the same breath belongs to nobody: its connection is used no more."""
        with serving([[WHOLE + answer('{"n":"stale"}')], [answer('{"n":2}')]]) as server:
            transport = transport_of(server.endpoint)
            assert transport.call("Scan", {}) == {"n": 1}
            assert transport.call("Scan", {}) == {"n": 2}
            transport.close()
        assert [number for number, _ in server.requests] == [0, 1]

    def test_gets_no_answer_that_came_before_it(self) -> None:
        """The server speaks up while nobody asks; what it said is still there when the next request is to be sent."""
        with talking(lambda peer, _: peer.sendall(answer('{"n":"stale"}')), first=[WHOLE, answer('{"n":2}')]) as (
            endpoint,
            spoke,
        ):
            transport = transport_of(endpoint)
            assert transport.call("Scan", {}) == {"n": 1}
            assert spoke.wait(PATIENCE)
            assert transport.call("Scan", {}) == {"n": 2}
            transport.close()

    def test_ends_with_an_answer_that_drips(self) -> None:
        """Each part comes in time, and the whole never does: it ends within five read timeouts."""

        def drip(peer: socket.socket, ended: threading.Event) -> None:
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not ended.wait(READ_TIMEOUT / 10):
                peer.sendall(b" ")

        with talking(drip) as (endpoint, _):
            transport = transport_of(endpoint)
            began = time.monotonic()
            with pytest.raises(ReadTimeoutError) as caught:
                transport.call("Scan", {})
            assert time.monotonic() - began < PATIENCE
            assert may_have_happened(caught.value)

    def test_ends_where_nothing_comes(self) -> None:
        """After one read timeout."""
        with (
            talking(lambda _, ended: bool(ended.wait(PATIENCE))) as (endpoint, _),
            pytest.raises(ReadTimeoutError),
        ):
            transport_of(endpoint).call("Scan", {})


class TestTls:
    """That breaks."""

    def test_handshake_that_is_cut_is_no_request(self) -> None:
        """Nothing was sent, so nothing can have happened."""
        with talking(lambda peer, _: peer.close(), reads=False) as (endpoint, _):
            transport = transport_of(endpoint.replace("http:", "https:").replace("127.0.0.1", "localhost"))
            with pytest.raises(SSLError) as caught:
                transport.call("PutItem", {})
            assert not may_have_happened(caught.value)

    @pytest.mark.parametrize("data", [b"", WHOLE[:-3], chunked(b"{}", end=b"")], ids=["at once", "sized", "chunked"])
    def test_that_ends_without_a_goodbye_is_no_answer(self, tmp_path: Path, data: bytes) -> None:
        """Whoever cuts a connection can't make a short answer of a long one."""
        certificate, key = make_certificate(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with serving([[data]], context) as server:
            transport = transport_of(server.endpoint, verify=str(certificate), read_timeout=PATIENCE)
            with pytest.raises(ConnectionClosedError) as caught:
                transport.call("PutItem", {})
            assert may_have_happened(caught.value)
            transport.close()


class Scripted:
    """A transport to a server that gives the next answer to each request, and closes the connection after it."""

    def __init__(self, listener: socket.socket) -> None:
        self.answers: list[bytes] = []
        self._listener = listener
        self.transport = transport_of(f"http://127.0.0.1:{listener.getsockname()[1]}", read_timeout=PATIENCE)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer, suppress(OSError):
                _read_request(peer)
                peer.sendall(self.answers.pop(0))


@pytest.fixture(scope="module")
def scripted() -> Iterator[Scripted]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scripted = Scripted(listener)
        yield scripted
        scripted.transport.close()
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def talking(
    act: Callable[[socket.socket, threading.Event], object], *, first: Sequence[bytes] = (), reads: bool = True
) -> Iterator[tuple[str, threading.Event]]:
    """
    A server that does *act* on its first connection, once it has read a request, or has given the first of *first* as its
    answer; all others of *first* are answers on connections of their own. The event is set once it has acted.
    """
    ended, acted = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                peer, _ = listener.accept()
                with peer:
                    if reads:
                        _read_request(peer)
                    if first:
                        peer.sendall(first[0])
                    act(peer, ended)
                    acted.set()
                    for one in first[1:]:
                        other, _ = listener.accept()
                        with other:
                            _read_request(other)
                            other.sendall(one)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", acted
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)


def _read_request(peer: socket.socket) -> None:
    with peer.makefile("rb") as reader:
        length = 0
        while (line := reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        reader.read(length)
