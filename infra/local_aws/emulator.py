"""
Starts MiniStack, and notes down each request to DynamoDB.

A script, not a module: it runs on the Python of `.emulator`, where nothing of this project is. Its arguments are two
files: the first gets one JSON line a request, the second the port, as soon as it is known.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

DYNAMODB = b"DynamoDB_20120810."


class Recorder:
    """Notes down a request when it comes in, so that it stands in the file before its sender has the answer."""

    def __init__(self, app: Callable[..., Awaitable[None]], path: Path) -> None:
        self._app = app
        self._file = path.open("a", buffering=1, encoding="utf-8")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            target = headers.get(b"x-amz-target", b"")
            if target.startswith(DYNAMODB):
                # Every AWS SDK names its execution environment, and only a function has one: see emulator_environment.
                function = b"exec-env/AWS_Lambda" in headers.get(b"user-agent", b"")
                line = {
                    "operation": target.removeprefix(DYNAMODB).decode(),
                    "sender": "function" if function else "other",
                }
                self._file.write(json.dumps(line) + "\n")
        await self._app(scope, receive, send)


def main(requests: Path, port_file: Path) -> None:
    # The socket is ours before its number is told to anyone, so that nobody can take the port in between.
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    port = listener.getsockname()[1]
    os.environ["GATEWAY_PORT"] = str(port)  # read by MiniStack when it is imported

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75  # as MiniStack's own command line has it
    config.loglevel = "INFO"
    port_file.write_text(f"{port}\n", encoding="ascii")
    asyncio.run(serve(Recorder(app, requests), config))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
