"""What stands in for Lambda, CloudFormation and DynamoDB in the tests of the responder."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError

from dynamigrate_cdk.responder.index import respond
from dynamigrate_cdk.responder.world import World
from tests.unit.handler.front import STACK_ID, AnswerServer

TABLE, LOCK_ID, DEAD = "lock-table", "migrations", "dead-request"
EVENTS_PATH = "/dynamigrate/M/"
NOW = 1_795_424_400.0


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetItem")


def unreachable() -> ConnectTimeoutError:
    return ConnectTimeoutError(endpoint_url="https://dynamodb")


def held(request_id: str = DEAD, **changes: Any) -> dict[str, Any]:
    """The lock's item, held by *request_id* for ten minutes to come."""
    item = {
        "ID": {"S": LOCK_ID},
        "Owner": {"S": "token"},
        "Beat": {"N": "7"},
        "LeaseMs": {"N": "20000"},
        "DeadlineMs": {"N": str(round((NOW + 600) * 1000))},
        "Holder": {"S": "stack Shop, function F"},
        "RequestId": {"S": request_id},
    }
    return {**item, **changes}


class LockTable:
    """A DynamoDB client whose one table has the lock's item, or nothing."""

    def __init__(self, item: dict[str, Any] | None, *, key: str = "ID", lock_id: str = LOCK_ID) -> None:
        self.item = item
        self.deleted: list[dict[str, Any]] = []
        self.stops: list[str] = []
        self.breaks: Exception | None = None
        self.before: Callable[[], None] = lambda: None
        self.before_delete: Callable[[], None] = lambda: None
        self._key = key
        self._lock_id = lock_id

    def beat(self) -> None:
        """Its holder lives."""
        if self.item:
            self.item = {**self.item, "Beat": {"N": str(int(self.item["Beat"]["N"]) + 1)}}

    def taken_up(self) -> None:
        """A slice has it now."""
        if self.item and self.item.pop("Waiting", None):
            self.item["Owner"] = {"S": "the slice's token"}

    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        self.before()
        assert TableName == TABLE
        assert ConsistentRead
        if self.breaks is not None:
            raise self.breaks
        if Key != {self._key: {"S": self._lock_id}}:
            raise refused("ValidationException")
        return {"Item": dict(self.item)} if self.item else {}

    def update_item(self, **request: Any) -> None:
        self.before()
        assert (request["TableName"], request["UpdateExpression"]) == (TABLE, "SET #Stop = :Stop")
        values = request["ExpressionAttributeValues"]
        if not self.item or self.item.get("RunId") != values[":RunId"]:
            raise refused("ConditionalCheckFailedException")
        self.stops.append(values[":Stop"]["S"])
        self.item = {**self.item, "Stop": values[":Stop"]}

    def delete_item(self, **request: Any) -> None:
        self.before()
        self.before_delete()
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        for condition in request["ConditionExpression"].split(" AND "):
            name, _, value = condition.partition(" = ")
            if not self.item or self.item.get(names[name]) != values[value]:
                raise refused("ConditionalCheckFailedException")
        self.deleted.append(request["Key"])
        self.item = None


class Parameters:
    """A client of Parameter Store that has the events of runs."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.before: Callable[[], None] = lambda: None
        # Each once, by the call.
        self.breaks: dict[str, BaseException] = {}

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert WithDecryption
        return {"Parameter": {"Value": json.dumps(self._find("get_parameter", Name)[1])}}

    def delete_parameter(self, *, Name: str) -> None:  # noqa: N803 - boto3's name
        del self.kept[self._find("delete_parameter", Name)[0]]

    def _find(self, call: str, name: str) -> tuple[str, dict[str, Any]]:
        self.before()
        if (error := self.breaks.pop(call, None)) is not None:
            raise error
        run_id = name.removeprefix(EVENTS_PATH)
        if run_id not in self.kept:
            raise refused("ParameterNotFound")
        return run_id, self.kept[run_id]


class Stack:
    """A CloudFormation client that knows one stack."""

    def __init__(self) -> None:
        self.status: str | Exception = "UPDATE_IN_PROGRESS"
        self.rollback_disabled = False
        self.before: Callable[[], None] = lambda: None

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.before()
        assert StackName == STACK_ID
        if isinstance(self.status, Exception):
            raise self.status
        return {"Stacks": [{"StackStatus": self.status, "DisableRollback": self.rollback_disabled}]}


@dataclass
class Scene:
    """A function that died, a lock that it may have held, and CloudFormation that may wait."""

    server: AnswerServer
    read_log: Callable[[], str]
    table: LockTable = field(default_factory=lambda: LockTable(None))
    stack: Stack = field(default_factory=Stack)
    parameters: Parameters = field(default_factory=Parameters)
    # What Step Functions has of the one execution that it is asked for.
    executions: dict[str, Any] | Exception = field(default_factory=lambda: refused("ExecutionDoesNotExist"))
    events_path: str = EVENTS_PATH
    phase: str = ""
    history: str = ""
    now: float = NOW
    on_sleep: Callable[[float], None] = lambda now: None
    logged: str = ""
    failed: bool = False
    before: Callable[[], None] = lambda: None

    def event(self, kind: str) -> dict[str, Any]:
        """CloudFormation's event."""
        return {
            "RequestType": kind,
            "ResponseURL": self.server.url,
            "StackId": STACK_ID,
            "RequestId": "cloudformation-request",
            "LogicalResourceId": "MigrationsResource",
            "ResourceProperties": {"DeployId": "build-7"},
        }

    def keep(self, run_id: str, kind: str) -> None:
        """CloudFormation waits for the end of that run."""
        self.parameters.kept[run_id] = self.event(kind)

    def fail_at(self, number: int, error: Exception) -> None:
        """The request of that *number*, from 0, fails, whomever it is sent to."""
        numbers = iter(range(1000))

        def look() -> None:
            if next(numbers) == number:
                self.failed = True
                raise error

        self.before = look

    def with_each_fault(self) -> Iterator["Scene"]:
        """The same scene from its beginning, each time with another request that fails, until all have failed once."""
        for number in count():
            self.server.received.clear()
            scene = Scene(self.server, self.read_log)
            scene.fail_at(number, refused("InternalServerError"))
            yield scene
            if not scene.failed:
                assert number
                return

    def record(self, kind: str | None = "Update", **changes: Any) -> dict[str, Any]:
        """Lambda's record of the failed call; a *kind* of None: a person's."""
        event: dict[str, Any] = {"action": "migrate"}
        if kind is not None:
            event = self.event(kind)
        return {
            "version": "1.0",
            "requestContext": {
                "requestId": DEAD,
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 1,
            },
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {
                "errorType": "Runtime.ExitError",
                "errorMessage": f"RequestId: {DEAD} Error: Runtime exited with error: exit status 3",
            },
            **changes,
        }

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """What Step Functions answers."""
        assert ":execution:" in executionArn
        if isinstance(self.executions, Exception):
            raise self.executions
        return self.executions

    def respond(self, kind: str | None = "Update", **changes: Any) -> None:
        self.respond_to(self.record(kind, **changes))

    def respond_to(self, record: dict[str, Any]) -> None:
        def sleep(seconds: float) -> None:
            self.now += seconds
            self.on_sleep(self.now - NOW)

        self.table.before = self.parameters.before = self.stack.before = self.before
        world = World(
            environ={
                "DYNAMIGRATE_LOCK_TABLE": TABLE,
                "DYNAMIGRATE_LOCK_ID": LOCK_ID,
                "DYNAMIGRATE_EVENTS_PATH": self.events_path,
                "DYNAMIGRATE_PHASE": self.phase,
                "DYNAMIGRATE_HISTORY": self.history,
            },
            sleep=sleep,
            now=lambda: self.now,
        )
        world.__dict__.update(dynamodb=self.table, cloudformation=self.stack, ssm=self.parameters, states=self)
        try:
            respond(record, world)
        finally:
            self.logged += self.read_log()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.logged.splitlines()]

    def line(self, event: str) -> dict[str, Any]:
        (found,) = (line for line in self.lines if line.get("event") == event)
        return found
