"""What stands in for the state machine in the tests of long runs, with DynamoDB, SSM and Step Functions in process."""

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import boto3
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws

from dynamigrate.dynamodb import DynamoDBTarget
from dynamigrate.handler.invocation import Invocation
from dynamigrate.handler.logs import Logs
from dynamigrate.handler.settings import Settings
from dynamigrate.handler.setup import Setup
from tests.unit.fakes import FakeClock
from tests.unit.handler.front import AnswerServer, Context, Front

EVENTS_PATH: Final = "/dynamigrate/Migrations/"
TABLE, LOCK_TABLE = "history", "locks"
# How often the machine calls again for a slice that raised.
_TRIES: Final = 4
_DEFINITION: Final = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "Any")
LOST = ConnectionClosedError(endpoint_url="http://127.0.0.1", request=None)


class Watch:
    """Lambda's clock: seconds that the invocation at work still has."""

    left = 900.0
    # What else happens while a migration is at work.
    meanwhile: Callable[[], object] = staticmethod(lambda: None)


def work(_ctx: Any) -> None:
    """What takes all the time that an invocation has; the migrations of these tests call it."""
    Watch.left = 25.0
    meanwhile, Watch.meanwhile = Watch.meanwhile, lambda: None
    meanwhile()


LONG = "from tests.unit.handler.long_run_front import work\ndef do(ctx): work(ctx)\ndef undo(ctx): pass\n"


class LambdaContext(Context):
    """Lambda's context object, with the time of the `Watch`."""

    def get_remaining_time_in_millis(self) -> int:
        return round(Watch.left * 1000)


@dataclass
class LongRunFront(Front):
    """The front door of a function that has a state machine, and the state machine."""

    dynamodb: Any = None
    ssm: Any = None
    stepfunctions: Any = None
    clock: FakeClock = field(default_factory=FakeClock)
    after_fleet: bool = False
    workers: list[int] = field(default_factory=list)
    _over: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        machine = self.stepfunctions.create_state_machine(
            name="Machine", definition=_DEFINITION, roleArn="arn:aws:iam::123456789012:role/machine"
        )
        self.machine = machine["stateMachineArn"]
        self.environ |= {
            "DYNAMIGRATE_MACHINE_ARN": self.machine,
            "DYNAMIGRATE_RUN_LIMIT_SECONDS": "3300",
            "DYNAMIGRATE_EVENTS_PATH": EVENTS_PATH,
            "DYNAMIGRATE_MAKES_STATE": "true",
        }
        self.clients.__dict__.update(
            state=self.dynamodb,
            brief_state=self.dynamodb,
            _dynamodb=self.dynamodb,
            ssm=self.ssm,
            stepfunctions=self.stepfunctions,
        )
        self.context = LambdaContext()
        self.state.create()

    @classmethod
    def behind(cls, front: Front, dynamodb: Any, session: boto3.Session) -> Self:
        """The same function as *front* has, with clients of *session*'s."""
        return cls(
            folder=front.folder,
            server=front.server,
            logs=front.logs,
            stream=front.stream,
            dynamodb=dynamodb,
            ssm=session.client("ssm"),
            stepfunctions=session.client("stepfunctions"),
        )

    @classmethod
    @contextmanager
    def outside_of_pytest(cls) -> Iterator[Self]:
        """For a walk that is no test."""
        with mock_aws(), AnswerServer() as server, tempfile.TemporaryDirectory() as directory:
            session, stream = boto3.Session(region_name="us-east-1"), io.StringIO()
            front = Front(folder=Path(directory), server=server, logs=Logs(stream=stream), stream=stream)
            yield cls.behind(front, session.client("dynamodb"), session)

    @property
    def state(self) -> DynamoDBTarget:
        """As somebody outside sees it."""
        return self.target_of("outside")

    def target_of(self, request_id: str, run_id: str | None = None) -> DynamoDBTarget:
        """As one invocation has it."""
        return DynamoDBTarget(
            self.dynamodb,
            table_name=TABLE,
            lock_table_name=LOCK_TABLE,
            remaining=lambda: Watch.left,
            holder=f"stack Migrations, function Migrations-Function, log stream {request_id}",
            request_id=request_id or None,
            run_id=run_id,
            clock=self.clock,
        )

    @property
    def setup(self) -> Setup:
        def target_for(_settings: Settings, invocation: Invocation, _client: Any) -> DynamoDBTarget:
            return self.target_of(invocation.request_id, invocation.run_id)

        return Setup(
            {"DYNAMIGRATE_MIGRATIONS_FOLDER": str(self.folder), **self.environ},
            clients=self.clients,
            logs=self.logs,
            target_for=target_for,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        """Time passes for all."""
        self.pauses.append(seconds)
        self.clock.sleep(seconds)

    def call(self, event: object, request_id: str = "request-1") -> Any:
        """One invocation, with all the time there is."""
        Watch.left = 900.0
        self.context.aws_request_id = request_id
        return self.handle(event)

    def begin(self, kind: str = "Create", **properties: Any) -> None:
        """CloudFormation's event is delivered."""
        assert self.call(self.event(kind, **properties)) is None

    def slice(self, run_id: str | None = None) -> str:
        """The state machine calls once, for a slice; after one that said so, for that which follows a fleet."""
        after = {"afterFleet": True} if self.after_fleet else {}
        found = self.call({"slice": {"runId": run_id or self.run_id, **after}}, "slice-request")
        assert found.keys() == {"status", "workers"}
        assert bool(found["workers"]) == (found["status"] == "fleet")
        self.after_fleet, self.workers = False, found["workers"]
        return str(found["status"])

    def worker(self, number: int) -> str:
        """The state machine calls one worker of a fleet, until it has nothing to do any more."""
        while True:
            found = self.call({"worker": {"runId": self.run_id, "number": number}}, f"worker-{number}-request")
            assert found.keys() == {"status"}
            if found["status"] == "done":
                return str(found["status"])

    def play(self) -> list[str]:
        """The state machine, if it was started: what each of its calls was answered, or that it gave up."""
        found: list[str] = []
        if not self.executions:
            return found
        while not found or found[-1] in ("more", "wait"):
            assert len(found) < 20, found
            found.append(self._tried())
            if found[-1] == "fleet":
                found += [self.worker(number) for number in self.workers]
                self.after_fleet = True
                found.append(self._tried())
        return found

    def _tried(self) -> str:
        for _ in range(_TRIES):
            try:
                return self.slice()
            except Exception:  # as the state machine has it
                continue
        return "gave up"

    def start_over(self) -> None:
        """Nothing has happened yet."""
        self.state.destroy()
        self.state.create()
        self.server.received.clear()
        for run_id in self.kept:
            self.ssm.delete_parameter(Name=f"{EVENTS_PATH}{run_id}")
        self._over.update(self._executions)

    @property
    def executions(self) -> list[str]:
        """The names of those that were started."""
        return [one for one in self._executions if one not in self._over]

    @property
    def _executions(self) -> list[str]:
        found = self.stepfunctions.list_executions(stateMachineArn=self.machine)
        return [one["name"] for one in found["executions"]]

    @property
    def run_id(self) -> str:
        """The one run that went on in the state machine."""
        [found] = self.executions
        return found

    @property
    def kept(self) -> list[str]:
        """The runs whose events wait for their end."""
        found = self.ssm.describe_parameters()["Parameters"]
        return [one["Name"].removeprefix(EVENTS_PATH) for one in found]

    @property
    def answers(self) -> list[str]:
        """What CloudFormation was answered."""
        return [one.json["Status"] for one in self.server.received]

    @property
    def reason(self) -> str:
        return str(self.server.answer["Reason"])


class Fault:
    """One request that fails, of all that these clients send; counted from 0, to the end of the `with` block."""

    def __init__(self, *clients: Any, at: int | None, lost: bool) -> None:
        self.count = 0
        self.hit = ""
        self._at = at
        self._error = LOST if lost else DENIED
        self._clients = clients
        self._moment = "after-call" if lost else "before-call"
        for client in clients:
            client.meta.events.register(self._moment, self._answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.meta.events.unregister(self._moment, self._answer)

    def _answer(self, model: Any, **_: Any) -> None:
        number, self.count = self.count, self.count + 1
        if number == self._at:
            self.hit = model.name
            raise self._error
