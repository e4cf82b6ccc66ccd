"""The app `apps/sibling.py`, deployed under a name of its own."""

import json
from pathlib import Path
from typing import Any

from dynamigrate import DynamoDBTarget
from dynamigrate_local_aws import CdkResult, LocalAws
from tests.acceptance.warm.process import WARM_CDK

APPS = Path(__file__).parent / "apps"
# Without a change set, for which the CLI loads all resource types there are. What is deployed is the same; the tests of
# the order service and of `call="on-change"` have one, as users have.
DIRECTLY = ["--method", "direct"]
DEPLOY = ["--require-approval", "never", *DIRECTLY]


class Sibling:
    """A stack with migrations and a sibling that may fail, under a name of its own."""

    def __init__(self, aws: LocalAws, folder: Path, stack: str, *, app: str | None = None) -> None:
        aws.bootstrap()
        self._app = app or WARM_CDK.command(APPS / "sibling.py")
        self.aws = aws
        self._folder = folder
        self._stack = stack
        self._outputs: dict[str, str] = {}
        self.migrations = folder / "changes"
        self.migrations.mkdir()

    def write(self, name: str, code: str) -> None:
        (self.migrations / f"{name}.py").write_text(code, encoding="utf-8")

    def cdk(self, command: str, **context: str) -> CdkResult:
        arguments = DEPLOY if command == "deploy" else ["--force"]
        try:
            return self.aws.cdk(
                command,
                *arguments,
                app=self._app,
                context={"stack": self._stack, "migrations": str(self.migrations), **context},
                output_directory=self._folder / "cdk.out",
            )
        finally:
            self._outputs = {}

    @property
    def status(self) -> str:
        found = self.aws.client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"]
        return found[0]["StackStatus"]

    def output(self, name: str) -> str:
        """As the last command left it."""
        if name not in self._outputs:
            [stack] = self.aws.client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"]
            self._outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        return self._outputs[name]

    def invoke(self, **event: object) -> Any:
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.output("Function"), Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())

    def state_tables(self) -> list[str]:
        """The migrations' table and the lock's, in this order; the function made them."""
        names = self.aws.client("dynamodb").list_tables()["TableNames"]
        return sorted((name for name in names if self._stack in name and "igration" in name), key=len)

    def done(self) -> tuple[str, ...]:
        table, lock = self.state_tables()
        return DynamoDBTarget(self.aws.client("dynamodb"), table_name=table, lock_table_name=lock).done()


def guarded_app() -> str:
    """The same for an AWS that enforces IAM."""
    return WARM_CDK.command(APPS / "cli_credentials.py", str(APPS / "sibling.py"))


def printed(result: CdkResult) -> str:
    """What the CLI printed, on one line."""
    return " ".join(result.output.split())
