"""What stands in for Lambda, CloudFormation and DynamoDB in the tests of the responder."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError

from dynamigrate_cdk.responder.index import respond
from dynamigrate_cdk.responder.world import World
from tests.unit.handler.front import STACK_ID, AnswerServer

TABLE, LOCK_ID, DEAD = "lock-table", "migrations", "dead-request"
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

    def __init__(self, item: dict[str, Any] | None, *, key: str = "ID") -> None:
        self.item = item
        self.deleted: list[dict[str, Any]] = []
        self.breaks: Exception | None = None
        self.before_delete: Callable[[], None] = lambda: None
        self._key = key

    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        assert TableName == TABLE
        assert ConsistentRead
        if self.breaks is not None:
            raise self.breaks
        if Key != {self._key: {"S": LOCK_ID}}:
            raise refused("ValidationException")
        return {"Item": dict(self.item)} if self.item else {}

    def delete_item(self, **request: Any) -> None:
        self.before_delete()
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        for condition in request["ConditionExpression"].split(" AND "):
            name, _, value = condition.partition(" = ")
            if not self.item or self.item.get(names[name]) != values[value]:
                raise refused("ConditionalCheckFailedException")
        self.deleted.append(request["Key"])
        self.item = None


class Stack:
    """A CloudFormation client that knows one stack."""

    def __init__(self) -> None:
        self.status: str | Exception = "UPDATE_IN_PROGRESS"
        self.rollback_disabled = False

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
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
    now: float = NOW
    on_sleep: Callable[[float], None] = lambda now: None
    logged: str = ""

    def record(self, kind: str | None = "Update", **changes: Any) -> dict[str, Any]:
        """Lambda's record of the failed call; a *kind* of None: a person's."""
        event: dict[str, Any] = {"action": "migrate"}
        if kind is not None:
            event = {
                "RequestType": kind,
                "ResponseURL": self.server.url,
                "StackId": STACK_ID,
                "RequestId": "cloudformation-request",
                "LogicalResourceId": "MigrationsResource",
                "ResourceProperties": {"DeployId": "build-7"},
            }
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

    def respond(self, kind: str | None = "Update", **changes: Any) -> None:
        self.respond_to(self.record(kind, **changes))

    def respond_to(self, record: dict[str, Any]) -> None:
        def sleep(seconds: float) -> None:
            self.now += seconds
            self.on_sleep(self.now - NOW)

        world = World(
            environ={"DYNAMIGRATE_LOCK_TABLE": TABLE, "DYNAMIGRATE_LOCK_ID": LOCK_ID}, sleep=sleep, now=lambda: self.now
        )
        world.__dict__.update(dynamodb=self.table, cloudformation=self.stack)
        try:
            respond(record, world)
        finally:
            self.logged += self.read_log()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.logged.splitlines()]

    def line(self, event: str) -> dict[str, Any]:
        (found,) = (line for line in self.lines if line["event"] == event)
        return found
