"""Starting the stub and asking it what it did."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ..cores import SERVER_CORE, pin

_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Statistics:
    """
    Attributes:
        requests: How many of each operation were answered.
        cpu: Seconds of processor time that the stub took for them.
        core: The one that it is kept on, if that is known.
        statements: How many there were in batches of statements.
    """

    requests: Mapping[str, int]
    cpu: float
    core: int | None
    statements: int

    @classmethod
    def of(cls, endpoint: str) -> Statistics:
        """Of the stub at *endpoint*, since it began."""
        connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=10)
        try:
            connection.request("GET", "/statistics")
            return cls(**json.loads(connection.getresponse().read()))
        finally:
            connection.close()

    def since(self, before: Statistics) -> Statistics:
        """What came after *before*."""
        requests = {name: count - before.requests.get(name, 0) for name, count in self.requests.items()}
        return Statistics(
            requests={name: count for name, count in requests.items() if count},
            cpu=self.cpu - before.cpu,
            core=self.core,
            statements=self.statements - before.statements,
        )


@dataclass(frozen=True)
class Stub:
    """
    A running stub.

    Attributes:
        endpoint: Its URL.
        pid: Of its process.
    """

    endpoint: str
    pid: int

    @classmethod
    @contextmanager
    def start(cls, *, latency: Mapping[str, float] | None = None, unprocessed: float = 0.0) -> Iterator[Stub]:
        """
        In a process and on a core of its own.

        Args:
            latency: Seconds that the answer to an operation is held back.
            unprocessed: The share of batched writes that are sent back as throttled.
        """
        arguments = ["--latency", json.dumps(dict(latency or {})), "--unprocessed", str(unprocessed)]
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stub", *arguments],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            pin(process.pid, SERVER_CORE)
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
            try:
                yield cls(f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid)
            finally:
                process.stdin.close()
