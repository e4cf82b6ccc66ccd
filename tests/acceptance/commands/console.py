"""The deployed function as an operator sees it in the Lambda console, and the migrations that it has."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from demo.service import OrderService
from dynamigrate import DynamoDBTarget
from dynamigrate.contract import LockAttr
from dynamigrate_local_aws import LocalAws

STATUSES, CENTS, WORDS = "20261102090000", "20261109143000", "20261116101500"
# Fails while there is an order "broken".
CHECK = "20261120090000"
# Has no undo.
LASTING = "20261123090000"
ALL = [STATUSES, CENTS, WORDS, CHECK, LASTING]

CHECK_CODE = """
def do(ctx):
    if "Item" in ctx.dynamodb.get_item(TableName=ctx.tables["orders"], Key={"orderId": {"S": "broken"}}):
        raise ValueError("order 'broken' has no customer")


def undo(ctx):
    pass
"""
LASTING_CODE = """
def do(ctx):
    pass
"""


class Console:
    """The function's page in the console: an event goes in, an answer comes out."""

    def __init__(self, aws: LocalAws, service: OrderService) -> None:
        outputs = service.outputs()
        self._aws = aws
        self._function = outputs["MigrationsFunction"]
        self._orders = outputs["OrdersTable"]
        self._state = outputs["MigrationsTable"], outputs["LockTable"]
        self.after_the_deploy = self.invoke("history")

    def send(self, event: object) -> Any:
        """What is answered to *event*; a traceback would be an answer too, and never is one."""
        answer = self._aws.client("lambda").invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
        assert "FunctionError" not in answer
        return json.loads(answer["Payload"].read())

    def invoke(self, action: str, **arguments: Any) -> Any:
        return self.send({"action": action, **{name.rstrip("_"): value for name, value in arguments.items()}})

    def refused(self, action: str, **arguments: Any) -> dict[str, Any]:
        """The error of a command that changes nothing."""
        before = self.state()
        answer = self.invoke(action, **arguments)
        assert list(answer)[:2] == ["ok", "error"]
        assert answer["ok"] is False
        assert list(answer["error"])[:3] == ["type", "message", "next"]
        assert self.state() == before
        error: dict[str, Any] = answer["error"]
        return error

    def begin(self, *applied: str) -> None:
        """An empty history, or one with *applied*; nobody holds the lock."""
        client = self._aws.client("dynamodb")
        for table in self._state:
            for item in client.scan(TableName=table)["Items"]:
                client.delete_item(TableName=table, Key={"ID": item["ID"]})
        client.delete_item(TableName=self._orders, Key={"orderId": {"S": "broken"}})
        target = self.target()
        for one in applied:
            target.add(one)
            target.finish_migration(one)

    def break_an_order(self) -> None:
        """The check fails from now on."""
        self._aws.client("dynamodb").put_item(TableName=self._orders, Item={"orderId": {"S": "broken"}})

    @property
    def options(self) -> dict[str, str]:
        """Of a target that finds this history."""
        table, lock_table = self._state
        return {"table_name": table, "lock_table_name": lock_table, "lock_id": "migrations"}

    def target(self, **options: Any) -> DynamoDBTarget:
        return DynamoDBTarget(self._aws.client("dynamodb"), **{**self.options, **options})

    def state(self) -> list[Any]:
        """All that is kept, but for how often a holder has beaten."""
        client = self._aws.client("dynamodb")
        items = [client.scan(TableName=table)["Items"] for table in self._state]
        for item in items[1]:
            item.pop(LockAttr.BEAT, None)
            item.pop(LockAttr.DEADLINE_MS, None)
        return [sorted(some, key=lambda item: item["ID"]["S"]) for some in items]

    @contextmanager
    def held_by_a_colleague(self) -> Iterator[None]:
        """Somebody else runs migrations from a terminal, and lives."""
        with self.target(lease=3.0, holder="process 7 on a colleague's laptop").lock():
            yield

    def leave_a_dead_holder(self) -> None:
        """A lock whose holder does not beat any more."""
        values = {
            LockAttr.OWNER: {"S": "token"}, LockAttr.BEAT: {"N": "4"}, LockAttr.LEASE_MS: {"N": "200"},
            LockAttr.DEADLINE_MS: {"N": "4070908800000"}, LockAttr.ACQUIRED_AT: {"S": "2026-11-23T09:00:00.000Z"},
            LockAttr.HOLDER: {"S": "stack Old, function Gone"},
        }  # fmt: skip
        self._aws.client("dynamodb").put_item(
            TableName=self._state[1],
            Item={"ID": {"S": "migrations"}, **{name.value: value for name, value in values.items()}},
        )


def shown(answer: Any) -> str:
    """As the console shows it, with what differs from run to run made the same."""
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    for pattern, same in (
        (r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "REQUEST"),
        (r'("seconds": )[\d.e-]+', r"\1SECONDS"),
    ):
        text = re.sub(pattern, same, text)
    return text
