"""Amazon's DynamoDB Local, from its start to its end."""

import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config

from dynamigrate_local_aws.process import GuardedProcess

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Where `make test-dynamodb-local` puts what Maven fetched.
JARS = Path(__file__).resolve().parents[2] / ".dynamodb-local"

_SERVER = Path(__file__).with_name("LoopbackServer.java")
# Java compiles the server first, which takes a busy machine a while.
_START_TIMEOUT = 60.0


class DynamoDBLocal:
    """A running DynamoDB Local: in memory, on a loopback port of its own, and gone no later than this process."""

    def __init__(self, process: GuardedProcess, *, port: int, cleanup: ExitStack) -> None:
        self._process = process
        self._port = port
        self._cleanup = cleanup

    @staticmethod
    def missing() -> str:
        """Why there is none to start, or empty."""
        if any(JARS.glob("DynamoDBLocal-*.jar")):
            return ""
        return f"{JARS.name} has no DynamoDB Local: `make test-dynamodb-local` fetches it (JDK 17 or newer and Maven)."

    @classmethod
    def start(cls) -> Self:
        """
        Start one, and return as soon as it listens.

        Raises:
            RuntimeError: It does not come up, with what it said.
        """
        if why := cls.missing():
            raise RuntimeError(why)
        with ExitStack() as cleanup:
            directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="dynamodb-local-")))
            port_file, log_file = directory / "port", directory / "log"
            with log_file.open("wb") as log:
                process = GuardedProcess(
                    [
                        *("java", f"-Djava.library.path={JARS}", f"-Djava.io.tmpdir={directory}"),
                        *("-cp", f"{JARS}{os.sep}*", str(_SERVER), str(port_file)),
                    ],
                    env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(directory), "TZ": "UTC"},
                    cwd=directory,
                    output=log,
                )
            cleanup.callback(process.end)
            deadline = time.monotonic() + _START_TIMEOUT
            while not port_file.exists():
                if not process.running or time.monotonic() > deadline:
                    said = log_file.read_text(encoding="utf-8", errors="replace")[-3000:]
                    raise RuntimeError(f"DynamoDB Local did not come up. It said:\n{said}")
                time.sleep(0.05)
            return cls(process, port=int(port_file.read_text(encoding="ascii")), cleanup=cleanup.pop_all())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._cleanup.close()

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def client(self, *, config: Config | None = None) -> "DynamoDBClient":
        """A new boto3 client that talks to it; *config* is added to ours."""
        ours = Config(proxies={}, connect_timeout=5)
        make: Any = boto3.client
        client: DynamoDBClient = make(
            "dynamodb",
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            config=ours if config is None else ours.merge(config),
        )
        return client
