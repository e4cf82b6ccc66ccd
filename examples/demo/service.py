"""The order service as it is deployed in the demo: its stacks, its orders, its migrations' function."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dynamigrate_local_aws import CdkResult, LocalAws

_PROJECT = Path(__file__).resolve().parents[2]

# As the application wrote them before there were migrations.
_ORDERS = [
    ("1001", "ann", "19.90", "N"),
    ("1002", "bob", "240.00", "P"),
    ("1003", "ann", "7.05", "S"),
    ("1004", "cem", "99.99", "C"),
    ("1005", "dee", "12.50", "S"),
]


class OrderService:
    """
    Args:
        prefix: Of the stacks' names; several services fit into one AWS.
        app: The command that synthesizes, `app.py` unless given.
        options: More options of each `cdk deploy`.

    Attributes:
        migrations: A copy of the folder of migrations, to add to.
    """

    def __init__(
        self, aws: LocalAws, prefix: str = "Order", *, app: str | None = None, options: Sequence[str] = ()
    ) -> None:
        self._aws = aws
        self._prefix = prefix
        self._app = app
        self._options = options
        self.migrations = aws.directory / prefix / "migrations"
        shutil.copytree(
            _PROJECT / "lambda_src" / "migrations", self.migrations, ignore=shutil.ignore_patterns("__pycache__")
        )

    def deploy(
        self,
        *stacks: str,
        context: Mapping[str, str] = MappingProxyType({}),
        on_line: Callable[[str], None] | None = None,
        app: str | None = None,
    ) -> CdkResult:
        """`cdk deploy` of *stacks* (`Data`, `Migrations`, `Application`, `After`), or of all; by another *app*, where it is given."""
        return self._aws.cdk(
            "deploy",
            *([f"{self._prefix}{stack}" for stack in stacks] or ["--all"]),
            "--require-approval",
            "never",
            "--progress",
            "events",
            *self._options,
            cwd=_PROJECT,
            app=app or self._app,
            context={
                "prefix": self._prefix,
                "destroyable": "true",
                "migrations": str(self.migrations),
                "app_version": "demo",
                **context,
            },
            output_directory=self._aws.directory / self._prefix / "cdk.out",
            on_line=on_line,
        )

    def place_orders(self) -> None:
        """Orders in the shape that they had before any migration."""
        table = self.outputs()["OrdersTable"]
        for order_id, customer, total, status in _ORDERS:
            self._aws.client("dynamodb").put_item(
                TableName=table,
                Item={
                    "orderId": {"S": order_id},
                    "customerId": {"S": customer},
                    "placedAt": {"S": "2026-10-30T09:00:00Z"},
                    "total": {"S": total},
                    "status": {"S": status},
                },
            )

    def place_many(self, count: int) -> None:
        """So many more orders, from 2001 on."""
        table = self.outputs()["OrdersTable"]
        for first in range(0, count, 25):
            orders = [
                {
                    "orderId": {"S": str(2001 + number)},
                    "customerId": {"S": "eve"},
                    "placedAt": {"S": "2026-11-20T09:00:00Z"},
                    "totalCents": {"N": "100"},
                    "status": {"S": "PLACED"},
                }
                for number in range(first, min(first + 25, count))
            ]
            self._aws.client("dynamodb").batch_write_item(
                RequestItems={table: [{"PutRequest": {"Item": order}} for order in orders]}
            )

    def order(self, order_id: str) -> Mapping[str, Any]:
        """An order as it is in its table, in plain values."""
        table = self.outputs()["OrdersTable"]
        item = self._aws.client("dynamodb").get_item(TableName=table, Key={"orderId": {"S": order_id}})["Item"]
        return {name: next(iter(value.values())) for name, value in sorted(item.items())}

    def outputs(self) -> dict[str, str]:
        """Of all stacks, those that the app names; not what one stack exports to another."""
        stacks = self._aws.client("cloudformation").describe_stacks()["Stacks"]
        return {
            output["OutputKey"]: output["OutputValue"]
            for stack in stacks
            if stack["StackName"].startswith(self._prefix)
            for output in stack.get("Outputs", [])
            if not output["OutputKey"].startswith("Exports")
        }

    def write_migration(self, name: str, code: str) -> None:
        """Add a file to the folder, or write it anew."""
        (self.migrations / f"{name}.py").write_text(code, encoding="utf-8")

    def stack_states(self) -> dict[str, str]:
        """`CREATE_COMPLETE` and the like, by the names of the stacks."""
        stacks = self._aws.client("cloudformation").describe_stacks()["Stacks"]
        return {
            stack["StackName"]: stack["StackStatus"] for stack in stacks if stack["StackName"].startswith(self._prefix)
        }

    def invoke(self, output: str, event: Mapping[str, Any]) -> Any:
        """What a function answers, whose name is in an output."""
        answer = self._aws.client("lambda").invoke(
            FunctionName=self.outputs()[output], Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())

    def log(self) -> list[str]:
        """What the function that migrates has logged so far."""
        return self._aws.function_log(self.outputs()["MigrationsFunction"])
