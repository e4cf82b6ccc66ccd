"""An app of CDK in TypeScript that includes what was packaged, deployed by the real CDK command line."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_local_aws import CdkResult, LocalAws
from dynamigrate_local_aws.environment import PROJECT
from tests.acceptance.package.packaging import BROKEN, FIRST, MENDED, package, write

pytestmark = pytest.mark.acceptance

_EXAMPLE = PROJECT / "examples" / "typescript_app"
_SECOND = "20261124090000"


class TypeScriptApp:
    """The example in a folder of its own, with the packages of this repository."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        aws.bootstrap()
        self.aws, self.folder = aws, folder
        shutil.copytree(_EXAMPLE, folder, ignore=shutil.ignore_patterns("packaged", "tests", "node_modules"))
        (folder / "node_modules").symlink_to(PROJECT / "node_modules")

    def deploy(self, *stacks: str, **context: str) -> CdkResult:
        return self.aws.cdk("deploy", *stacks, "--require-approval", "never", cwd=self.folder, context=context)

    def outputs(self, stack: str) -> dict[str, str]:
        [found] = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}

    @property
    def orders(self) -> str:
        resources = self.aws.client("cloudformation").describe_stack_resources(StackName="OrdersData")
        [name] = [
            one["PhysicalResourceId"]
            for one in resources["StackResources"]
            if one["LogicalResourceId"].startswith("Orders")
        ]
        return name

    def order(self, order_id: str) -> Any:
        found = self.aws.client("dynamodb").get_item(TableName=self.orders, Key={"orderId": {"S": order_id}})
        return found.get("Item")

    def invoke(self, **event: object) -> Any:
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs("OrdersMigrations")["MigrationsFunctionName"], Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())

    def has_application(self) -> bool:
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        return any(one["StackName"] == "OrdersApplication" for one in stacks)


@pytest.fixture(scope="module")
def app(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> TypeScriptApp:
    """The app with its tables and an order, as before there were migrations."""
    app = TypeScriptApp(aws, tmp_path_factory.mktemp("typescript") / "app")
    package(app.folder, "--table", "orders")
    deployed = app.deploy("OrdersData")
    assert deployed.ok, deployed.output
    aws.client("dynamodb").put_item(TableName=app.orders, Item={"orderId": {"S": "1001"}})
    return app


@pytest.fixture(scope="module")
def failed(app: TypeScriptApp) -> CdkResult:
    """A deploy of all stacks with a good migration and a broken one."""
    write(app.folder, f"{_SECOND}_check_orders", BROKEN)
    package(app.folder, "--table", "orders")
    return app.deploy("--all")


def test_a_migration_that_fails_fails_the_deploy_with_its_reason(app: TypeScriptApp, failed: CdkResult) -> None:
    """In the terminal; what was applied before it stays, and the application's stack is not touched."""
    assert not failed.ok
    said = " ".join(failed.output.split())
    assert "ValueError: order 'broken' has no customer" in said
    assert f"with the parameter Repair={_SECOND}:pending" in said, "what to do next is about what is deployed"
    assert "cdk deploy -c" not in said
    assert app.order("1001") == {"orderId": {"S": "1001"}, "status": {"S": "NEW"}}
    assert not app.has_application()


def test_the_next_deploy_settles_it_and_the_application_follows(app: TypeScriptApp, failed: CdkResult) -> None:
    """With the mended migration, and the repair in a parameter; what was applied does not run again."""
    assert not failed.ok
    write(app.folder, f"{_SECOND}_check_orders", MENDED)
    package(app.folder, "--table", "orders")
    deployed = app.deploy("--all", repair=f"{_SECOND}:pending")
    assert deployed.ok, deployed.output
    assert app.order("mended") is not None
    assert app.has_application()
    status = app.invoke(action="status")
    assert [(one["id"], one["state"]) for one in status["migrations"]] == [
        (FIRST.partition("_")[0], "applied"),
        (_SECOND, "applied"),
    ]
