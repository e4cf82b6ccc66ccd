"""What stands in for Lambda, CloudFormation and DynamoDB in the tests of the front door."""

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dynamigrate.contract.choices import Phase
from dynamigrate.contract.manifest import MANIFEST_NAME, read_folder
from dynamigrate.errors import LockHeld
from dynamigrate.handler import answer
from dynamigrate.handler.clients import Clients
from dynamigrate.handler.invocation import Invocation
from dynamigrate.handler.logs import Logs
from dynamigrate.handler.settings import Settings
from dynamigrate.handler.setup import Setup
from dynamigrate.rate_order import RateOrder
from dynamigrate.records import Deploy, Record
from dynamigrate.targets.lock_status import LockStatus
from dynamigrate.targets.memory import MemoryTarget
from dynamigrate.targets.memory_lock import MemoryLock

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/Migrations/0a1b2c3d-0000-1111-2222-333344445555"
DIGEST = "d1" * 16
FIRST, SECOND, THIRD = "20261123090000", "20261124090000", "20261125090000"

GOOD = "def do(ctx): pass\ndef undo(ctx): pass\n"
LASTING = "def do(ctx): pass\n"
BAD = "def do(ctx):\n    raise KeyError('status')\n"


class Target(MemoryTarget):
    """A `MemoryTarget` whose lock can be looked at from outside, and that remembers what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.held = False
        self.waits: list[float] = []
        self.stops: list[str] = []
        self.orders: list[RateOrder | None] = []
        self.forced: list[bool] = []
        self.held_by: LockStatus | None = None
        self.deploy: Deploy | None = None
        self.deploy_phase: Phase = "before"
        self.breaks: BaseException | None = None

    @contextmanager
    def lock(self, wait: float = 0) -> Iterator[MemoryLock]:
        self.waits.append(wait)
        if self.breaks is not None:
            raise self.breaks
        if self.held_by is not None:
            raise self.held_by.held_error()
        with super().lock(wait) as lock:
            self.held = True
            try:
                yield lock
            finally:
                self.held = False

    def records(self) -> tuple[Record, ...]:
        if self.breaks is not None:
            raise self.breaks
        return super().records()

    def lock_status(self) -> LockStatus | None:
        self._state()
        return self.held_by

    def request_stop(self, reason: str, *, holder: str = "") -> None:
        if self.breaks is not None:
            raise self.breaks
        if self.held_by is None or holder in self.held_by.holder:
            self.stops.append(reason)

    def request_rate(self, order: RateOrder | None) -> bool:
        if held := super().request_rate(order):
            self.orders.append(order)
        return held

    def record_deploy(self, deploy: Deploy, *, phase: Phase = "before") -> None:
        assert self.held
        if self.deploy is None or self.deploy.request_id != deploy.request_id:
            self.deploy, self.deploy_phase = deploy, phase

    def newest_deploy(self, *, phase: Phase = "before") -> Deploy | None:
        return self.deploy if phase == self.deploy_phase else None

    def unlock(self, *, force: bool = False) -> LockStatus | None:
        self.forced.append(force)
        if self.held_by is not None and self.held_by.beat and not force:
            raise LockHeld("It beats.", next_step="Wait.", holder=self.held_by.holder)
        found, self.held_by = self.held_by, None
        return found

    def states(self) -> dict[str, str]:
        """Each migration that is in the history: applied or dirty."""
        return {record.id: "dirty" if record.dirty else "applied" for record in MemoryTarget.records(self)}

    def apply(self, *ids: str) -> None:
        """Have *ids* in the history, as applied."""
        for one in ids:
            self.add(one)
            self.finish_migration(one)


def holder(**changes: Any) -> LockStatus:
    """Somebody else, who has the lock."""
    status = LockStatus(
        lock_id="migrations",
        owner="token",
        beat=0,
        lease_ms=20_000,
        deadline_ms=1_795_424_400_000,
        acquired_at="2026-11-23T09:00:00.000Z",
        holder="stack Other, function F",
        request_id="another-request",
        run_id="another-run",
    )
    return replace(status, **changes)


@dataclass
class Context:
    """Lambda's context object."""

    aws_request_id: str = "request-1"
    function_name: str = "Migrations-Function"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:Migrations-Function"
    log_stream_name: str = "2026/11/23/[$LATEST]0123456789abcdef"
    seconds: float = 900.0
    client_context: Any = None
    identity: Any = None

    def get_remaining_time_in_millis(self) -> int:
        return round(self.seconds * 1000)


class Stack:
    """A CloudFormation client that knows one stack."""

    def __init__(self, status: str | Exception) -> None:
        self.status = status
        self.rollback_disabled = False
        self.asked: list[str] = []

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.asked.append(StackName)
        if isinstance(self.status, Exception):
            raise self.status
        return {"Stacks": [{"StackStatus": self.status, "DisableRollback": self.rollback_disabled}]}


class FakeClients(Clients):
    """No client but a CloudFormation that says *status*."""

    def __init__(self, status: str | Exception = "UPDATE_IN_PROGRESS") -> None:
        super().__init__({})
        self.stack = Stack(status)
        self.__dict__.update(cloudformation=self.stack, state="state", brief_state="brief state", _dynamodb="dynamodb")


@dataclass
class Received:
    """One request that the answering server got."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class AnswerServer:
    """Where CloudFormation's answers go: a server on the loopback, which answers with *statuses*, then with 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.when_called: Callable[[], None] = lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.when_called()
                outer.received.append(Received(self.command, self.path, dict(self.headers), body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Tests are quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/bucket/key?X-Amz-Signature=s3cr3t"

    @property
    def answer(self) -> Any:
        """The one answer there was."""
        assert len(self.received) == 1, f"{len(self.received)} answers"
        return self.received[0].json


@dataclass
class Front:
    """The front door with everything behind it replaced, and a folder of migrations."""

    folder: Path
    server: AnswerServer
    logs: Logs
    stream: io.StringIO
    target: Target = field(default_factory=Target)
    clients: FakeClients = field(default_factory=FakeClients)
    environ: dict[str, str] = field(default_factory=dict)
    context: Context = field(default_factory=Context)
    pauses: list[float] = field(default_factory=list)
    made_from: list[Any] = field(default_factory=list)

    def write(self, *sources: str, digest: str = DIGEST) -> None:
        """Migrations in the folder, the first of them `FIRST` and so on, and their manifest."""
        names = [f"{FIRST}_add_users", f"{SECOND}_add_status", f"{THIRD}_add_orders"]
        self.write_files(dict(zip(names, sources, strict=False)), digest=digest)

    def write_files(self, sources: Mapping[str, str], *, digest: str = DIGEST) -> None:
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.glob("*.py"):
            old.unlink()
        for name, source in sources.items():
            (self.folder / f"{name}.py").write_text(source)
        (self.folder / MANIFEST_NAME).unlink(missing_ok=True)
        manifest = replace(read_folder(self.folder), digest=digest)
        (self.folder / MANIFEST_NAME).write_text(manifest.to_json())

    @property
    def setup(self) -> Setup:
        def target_for(settings: Settings, invocation: Invocation, client: Any) -> Target:
            self.made_from.append(client)
            return self.target

        return Setup(
            {"DYNAMIGRATE_MIGRATIONS_FOLDER": str(self.folder), **self.environ},
            clients=self.clients,
            logs=self.logs,
            target_for=target_for,
            sleep=self.pauses.append,
        )

    def event(self, kind: str, *, old: Mapping[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
        """CloudFormation's event; a property that is None is left out."""
        given = {"SourceDigest": DIGEST, "DeployId": "deploy-1", "LockWaitSeconds": "120", **properties}
        event = {
            "RequestType": kind,
            "ResponseURL": self.server.url,
            "StackId": STACK_ID,
            "RequestId": "cloudformation-request",
            "LogicalResourceId": "MigrationsResource",
            "ResourceType": "Custom::Migrations",
            "ResourceProperties": {name: value for name, value in given.items() if value is not None},
        }
        if kind != "Create":
            event["PhysicalResourceId"] = "Migrations/MigrationsResource"
        if old is not None:
            event["OldResourceProperties"] = dict(old)
        return event

    def deploy(self, kind: str = "Create", *, old: Mapping[str, Any] | None = None, **properties: Any) -> Any:
        """Deliver an event; returns what CloudFormation is answered."""
        assert self.handle(self.event(kind, old=old, **properties)) is None
        return self.server.answer

    def invoke(self, action: str, **arguments: Any) -> Any:
        """A manual command, and its answer as a caller reads it."""
        return self.handle({"action": action, **arguments})

    def handle(self, event: object) -> Any:
        found = answer(event, self.context, self.setup)
        return json.loads(json.dumps(found, ensure_ascii=False, allow_nan=False).encode())

    @property
    def lines(self) -> Sequence[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def line(self, event: str) -> dict[str, Any]:
        """The one line with this event's name; of a migration's own lines, with this message."""
        names = [line.get("event", line["message"]) for line in self.lines]
        found = [line for line, name in zip(self.lines, names, strict=True) if name == event]
        assert len(found) == 1, f"{len(found)} lines say {event}: {names}"
        return found[0]
