"""A deployed function that can be made to die, or to be denied."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynamigrate.contract import Env
from dynamigrate_local_aws import LocalAws
from tests.acceptance.sibling import DEPLOY, guarded_app
from tests.unit.handler.front import AnswerServer

MORTAL = """
import os
import time


def do(ctx):
    how = ctx.params.get("die")
    if how == "exit":
        os._exit(3)
    if how == "late":
        time.sleep(600)
"""
_DEADLINE = 60.0


@dataclass
class Mortal:
    """A deployed function that is made to die."""

    aws: LocalAws
    folder: Path
    stack: str
    event: dict[str, Any] = field(default_factory=dict)
    _outputs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def deploy(cls, aws: LocalAws, folder: Path, stack: str, migration: str = MORTAL) -> "Mortal":
        (folder / "changes").mkdir()
        mortal = cls(aws, folder, stack)
        mortal.rewrite(migration)
        return mortal

    def rewrite(self, migration: str) -> None:
        """Deploy with that code."""
        aws, folder = self.aws, self.folder
        (folder / "changes" / "1_mortal.py").write_text(migration, encoding="utf-8")
        deployed = self.cdk()
        assert deployed.ok, deployed.output
        template = json.loads((folder / "cdk.out" / f"{self.stack}.template.json").read_text(encoding="utf-8"))
        (properties,) = (
            one["Properties"] for one in template["Resources"].values() if one["Type"] == "Custom::DynamoDBMigrations"
        )
        [stack] = aws.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        self._outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.event = {
            "StackId": stack["StackId"],
            "RequestId": "cloudformation-request",
            "LogicalResourceId": "Migrations",
            "ResourceProperties": {**properties, "ServiceToken": "", "LockWaitSeconds": "0"},
        }

    def cdk(self, **context: str) -> Any:
        return self.aws.cdk(
            "deploy",
            *DEPLOY,
            app=guarded_app(),
            context={"stack": self.stack, "migrations": str(self.folder / "changes"), **context},
            output_directory=self.folder / "cdk.out",
        )

    def output(self, name: str) -> str:
        return self._outputs[name]

    @property
    def function(self) -> str:
        return self.output("Function")

    def configure(self, **changes: Any) -> None:
        self.aws.client("lambda").update_function_configuration(FunctionName=self.function, **changes)

    def make_pending(self) -> None:
        """Have the history forget the migration, so that it runs with the next event."""
        self.aws.client("dynamodb").delete_item(TableName=self.output("StateTable"), Key={"ID": {"S": "1"}})

    def will_die(self, how: str) -> None:
        """Have the migration die when it next runs, which it will."""
        client = self.aws.client("lambda")
        variables = client.get_function_configuration(FunctionName=self.function)["Environment"]["Variables"]
        self.configure(Environment={"Variables": {**variables, Env.PARAMS.value: json.dumps({"die": how})}})
        self.make_pending()

    def send(self, event: Mapping[str, Any]) -> None:
        self.aws.client("lambda").invoke(
            FunctionName=self.function, InvocationType="Event", Payload=json.dumps(event).encode()
        )

    def die(self, kind: str) -> tuple[dict[str, Any], float]:
        """What CloudFormation is answered to its event, and the seconds until then."""
        with AnswerServer() as server:
            began = time.monotonic()
            self.send({**self.event, "RequestType": kind, "ResponseURL": server.url})
            wait_until(lambda: bool(server.received))
            seconds = time.monotonic() - began
        return server.answer, seconds

    def lock(self, item: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The lock's item; where one is given, that one from now on."""
        client, table = self.aws.client("dynamodb"), f"{self.output('StateTable')}-lock"
        if item is not None:
            client.put_item(TableName=table, Item=item)
        found: dict[str, Any] = dict(
            client.get_item(TableName=table, Key={"ID": {"S": "migrations"}}, ConsistentRead=True)
        )
        return found.get("Item")

    def invoke(self, **event: object) -> Any:
        answer = self.aws.client("lambda").invoke(FunctionName=self.function, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())


def wait_until(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _DEADLINE
    while not there():
        assert time.monotonic() < give_up, "nothing came of it"
        time.sleep(0.05)
