"""An HTTP server on the loopback that says what a test tells it to, word for word."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.unit.fakes import PATIENCE


def answer(body: str = "{}", status: int = 200, *headers: str) -> bytes:
    """With a length, and *headers* besides."""
    lines = [f"HTTP/1.1 {status} Whatever", *headers, f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


@dataclass
class Server:
    """
    Attributes:
        requests: Bodies, with the number of the connection they came on.
        heads: Of the same.
    """

    endpoint: str
    requests: list[tuple[int, str]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)


@contextmanager
def serving(connections: Sequence[Sequence[bytes]], context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """
    For each connection in turn the answers that it gives, one for each request; then it closes the connection.

    An answer that is empty closes it without one.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(PATIENCE)
    port = listener.getsockname()[1]
    server = Server(f"http{'s' if context else ''}://{'localhost' if context else '127.0.0.1'}:{port}")

    closing = threading.Event()

    def serve() -> None:
        for number, answers in enumerate(connections):
            peer, _ = listener.accept()
            if closing.is_set():
                peer.close()
                return
            with peer:
                try:
                    stream = context.wrap_socket(peer, server_side=True) if context else peer
                except OSError:
                    continue
                with stream:
                    _talk(stream, number, answers, server)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        closing.set()
        with suppress(OSError):
            # So that it does not wait for connections that nobody made.
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        thread.join(PATIENCE)
        listener.close()


def _talk(stream: socket.socket, number: int, answers: Sequence[bytes], server: Server) -> None:
    stream.settimeout(PATIENCE)
    reader = stream.makefile("rb")
    for one in answers:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()
            if not line:
                return
            head += line
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        server.requests.append((number, reader.read(length).decode()))
        server.heads.append(head.decode())
        if not one:
            return
        stream.sendall(one)
