"""Serves a deployed dashboard on the loopback, for a browser on this machine."""

import json
import time
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .series import log_rows, read_lines, series

if TYPE_CHECKING:
    from dynamigrate_local_aws import LocalAws

_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript; charset=utf-8") for name in ("console", "page")},
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
_MOST_BYTES = 100_000


class Shown(Protocol):
    """A dashboard that can be served."""

    def state(self) -> dict[str, Any]:
        """What the page shows, but for its custom widgets."""
        ...

    def invoke(self, endpoint: str, event: Any) -> Any:
        """What the function with that ARN answers."""
        ...


class Dashboard:
    """
    A dashboard in the embedded AWS.

    Args:
        name: The dashboard's.
        functions: The names of the functions whose logs have its metrics.
    """

    def __init__(self, aws: "LocalAws", name: str, functions: Sequence[str]) -> None:
        self._aws = aws
        self._name = name
        self._functions = functions
        body = aws.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
        self._widgets: list[dict[str, Any]] = json.loads(body)["widgets"]

    def state(self) -> dict[str, Any]:
        contents = read_lines(line for name in self._functions for line in self._aws.function_log(name))
        return {
            "name": self._name,
            "widgets": self._widgets,
            "series": series(contents),
            "log": log_rows(sorted(contents, key=lambda one: str(one.get("timestamp", "")))),
            "now": time.time(),
        }

    def invoke(self, endpoint: str, event: Any) -> Any:
        answer = self._aws.client("lambda").invoke(FunctionName=endpoint, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())


class DashboardServer(ThreadingHTTPServer):
    """
    Answers whoever asks for it by its own address: no other site's page gets through to the functions.

    Attributes:
        address: Where a browser finds it.
    """

    daemon_threads = True

    def __init__(self, dashboard: Shown, port: int = 0) -> None:
        self.dashboard = dashboard
        super().__init__(("127.0.0.1", port), _Handler)
        self.host = f"127.0.0.1:{self.server_port}"
        self.address = f"http://{self.host}/"


class _Handler(BaseHTTPRequestHandler):
    server: DashboardServer

    def do_GET(self) -> None:
        if not self._is_ours():
            return
        if self.path == "/state":
            self._answer(self.server.dashboard.state())
        elif self.path in _FILES:
            name, kind = _FILES[self.path]
            self._send(HTTPStatus.OK, Path(__file__).with_name(name).read_bytes(), kind)
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")

    def do_POST(self) -> None:
        # A page of another site can't send JSON without asking, and is not answered that it may.
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, _MOST_BYTES))
        if not self._is_ours():
            return
        if self.path != "/invoke" or self.headers.get("Content-Type") != "application/json":
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")
            return
        try:
            asked = json.loads(body)
            endpoint, event = str(asked["endpoint"]), asked["event"]
        except (ValueError, KeyError, TypeError):
            self._refuse(HTTPStatus.BAD_REQUEST, "That is no endpoint with an event.")
            return
        try:
            self._answer(self.server.dashboard.invoke(endpoint, event))
        except Exception as error:  # noqa: BLE001 - the page says it
            self._refuse(HTTPStatus.BAD_GATEWAY, f"{type(error).__name__}: {error}")

    def log_message(self, *_: object) -> None:
        """The terminal is for what the demo says."""

    def _is_ours(self) -> bool:
        if self.headers.get("Host") == self.server.host:
            return True
        self._refuse(HTTPStatus.FORBIDDEN, f"This is {self.server.address} and answers by no other name.")
        return False

    def _answer(self, content: Any) -> None:
        self._send(HTTPStatus.OK, json.dumps(content).encode(), "application/json")

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._send(status, why.encode(), "text/plain; charset=utf-8")

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
