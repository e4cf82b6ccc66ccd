"""Plain CloudFormation, by the real AWS CLI: the script of the page, as it stands there."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import PROJECT
from tests.acceptance.package.packaging import BROKEN, MENDED, package, write

pytestmark = pytest.mark.acceptance

_PAGE = PROJECT / "docs" / "how-to" / "tools" / "cloudformation.md"
_EXAMPLE = PROJECT / "examples" / "typescript_app" / "migrations"
_SECOND = "20261124090000"
_TABLE = "PlainOrders"


class PlainApp:
    """A folder with migrations and the page's script, and a table that was there before."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.aws, self.folder = aws, folder
        shutil.copytree(_EXAMPLE, folder / "migrations", ignore=shutil.ignore_patterns("tests"))
        [script] = re.findall(r"^```bash\n(.*?)^```$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        (folder / "deploy.sh").write_text(script, encoding="utf-8")
        aws.client("s3").create_bucket(Bucket="plain-deploys")
        self._dynamodb = aws.client("dynamodb")
        self._dynamodb.create_table(
            TableName=_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
        )

    def deploy(self, **variables: str) -> "subprocess.CompletedProcess[str]":
        package(self.folder, "--table", "orders")
        environment = self.aws.environment
        return subprocess.run(
            ["bash", "deploy.sh"],
            cwd=self.folder,
            env=environment
            | {"PATH": os.pathsep.join([str(PROJECT / ".tools" / "bin"), environment["PATH"]])}
            | {"BUCKET": "plain-deploys", "ORDERS_TABLE": _TABLE}
            | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def put(self, order_id: str) -> None:
        self._dynamodb.put_item(TableName=_TABLE, Item={"orderId": {"S": order_id}})

    def order(self, order_id: str) -> Any:
        return self._dynamodb.get_item(TableName=_TABLE, Key={"orderId": {"S": order_id}}).get("Item")


@pytest.fixture(scope="module")
def app(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> PlainApp:
    """Deployed once, with one migration and one order."""
    app = PlainApp(aws, tmp_path_factory.mktemp("plain"))
    app.put("1001")
    deployed = app.deploy()
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    return app


def test_the_first_deploy_runs_what_is_pending(app: PlainApp) -> None:
    """Nothing of it is CDK's: neither the template nor the buckets."""
    assert app.order("1001")["status"] == {"S": "NEW"}


def test_a_migration_that_fails_fails_the_deploy_and_the_next_one_repairs_it(app: PlainApp) -> None:
    """The reason is the script's last line; a deploy with the repair runs the mended one, and no other again."""
    app.put("1002")
    write(app.folder, f"{_SECOND}_check_orders", BROKEN)
    failed = app.deploy()
    assert failed.returncode == 1
    assert f"{_SECOND}_check_orders failed: ValueError: order 'broken' has no customer" in failed.stdout
    assert f"with the parameter Repair={_SECOND}:pending" in failed.stdout
    write(app.folder, f"{_SECOND}_check_orders", MENDED)
    deployed = app.deploy(REPAIR=f"{_SECOND}:pending")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    assert app.order("mended") is not None
    assert "status" not in app.order("1002"), "what is applied does not run again"


def test_the_command_line_finds_the_function(app: PlainApp) -> None:
    """By the stack's outputs, as that of a stack that CDK made."""
    done = subprocess.run(
        ["python3", "-m", "dynamigrate_cli", "status", "--stack", "ShopMigrations"],
        cwd=app.folder,
        env=app.aws.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "20261123090000" in done.stdout
