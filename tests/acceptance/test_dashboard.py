"""A dashboard on a deployed stack, where IAM is enforced: its table is answered, and its function can't change a thing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from demo.service import OrderService
from dynamigrate_local_aws import LocalAws
from tests.acceptance.sibling import DIRECTLY
from tests.acceptance.warm.process import WARM_CDK

pytestmark = pytest.mark.acceptance

_APPS = Path(__file__).parent / "apps"
_PROJECT = Path(__file__).resolve().parents[2]
NEWEST = "20261116101500"


@pytest.fixture(scope="module")
def service(guarded_aws: LocalAws) -> OrderService:
    """The order service, its data and its migrations; there are orders when the backfill runs."""
    app = WARM_CDK.command(_APPS / "cli_credentials.py", str(_PROJECT / "app.py"))
    service = OrderService(guarded_aws, prefix="Shown", app=app, options=DIRECTLY)
    data = service.deploy("Data")
    assert data.ok, data.output
    service.place_orders()
    deployed = service.deploy("Migrations")
    assert deployed.ok, deployed.output
    return service


@pytest.fixture(scope="module")
def outputs(service: OrderService) -> dict[str, str]:
    """Without what CDK puts behind their names."""
    return {re.sub("[0-9A-F]{8}$", "", name): value for name, value in service.outputs().items()}


@pytest.fixture(scope="module")
def body(guarded_aws: LocalAws, outputs: dict[str, str]) -> dict[str, Any]:
    """The dashboard as CloudWatch has it."""
    name = outputs["MigrationsDashboardPage"].rpartition("/")[2]
    found = guarded_aws.client("cloudwatch").get_dashboard(DashboardName=name)
    return dict(json.loads(found["DashboardBody"]))


def ask(aws: LocalAws, outputs: dict[str, str], event: Any) -> Any:
    answer = aws.client("lambda").invoke(
        FunctionName=outputs["MigrationsWidgetFunction"], Payload=json.dumps(event).encode()
    )
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def test_its_table_is_html_with_every_migration(guarded_aws: LocalAws, outputs: dict[str, str]) -> None:
    """By a role that may read the state's tables and nothing else."""
    html = ask(guarded_aws, outputs, {"widgetContext": {"theme": "light", "width": 900}})
    assert isinstance(html, str)
    assert html.lstrip().startswith("<")
    for one in ("20261102090000", "20261109143000", NEWEST):
        assert one in html
    assert "AccessDenied" not in html


def test_it_says_what_it_is(guarded_aws: LocalAws, outputs: dict[str, str]) -> None:
    """As CloudWatch asks when a widget is added."""
    assert "markdown" in ask(guarded_aws, outputs, {"describe": True})


def test_its_function_can_not_change_a_thing(guarded_aws: LocalAws, outputs: dict[str, str]) -> None:
    """Not the state, not the application's data, and it can't call the function that migrates either."""
    configuration = guarded_aws.client("lambda").get_function_configuration(
        FunctionName=outputs["MigrationsWidgetFunction"]
    )
    iam = guarded_aws.client("iam")

    def decision(action: str, arn: str) -> str:
        [found] = iam.simulate_principal_policy(
            PolicySourceArn=configuration["Role"], ActionNames=[action], ResourceArns=[arn]
        )["EvaluationResults"]
        return str(found["EvalDecision"])

    tables = guarded_aws.client("dynamodb")
    history, lock, orders = (
        tables.describe_table(TableName=outputs[name])["Table"]["TableArn"]
        for name in ("MigrationsTable", "LockTable", "OrdersTable")
    )
    writes = [f"dynamodb:{name}" for name in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "DeleteTable")]
    assert {decision(action, arn) for action in writes for arn in (history, lock, orders)} == {"implicitDeny"}
    assert [decision("dynamodb:Scan", arn) for arn in (history, lock, orders)] == ["allowed", "allowed", "implicitDeny"]
    migrates = configuration["Environment"]["Variables"]["DYNAMIGRATE_FUNCTION_ARN"]
    assert decision("lambda:InvokeFunction", migrates) == "implicitDeny"


def test_the_outputs_tell_how_things_stand(outputs: dict[str, str]) -> None:
    """What is applied, how many, and where to look."""
    assert outputs["MigrationsCurrent"] == f"{NEWEST}_spell_out_statuses"
    assert outputs["MigrationsCounts"] == "3 applied"
    for page in ("LogPage", "StateMachinePage", "DashboardPage"):
        assert outputs[f"Migrations{page}"].startswith("https://console.aws.amazon.com/")
        assert "${" not in outputs[f"Migrations{page}"]


def test_it_shows_what_the_function_wrote(service: OrderService, body: dict[str, Any]) -> None:
    """Each figure that it searches for is one that the backfill reported; what others use is only known on AWS."""
    searched = {
        name
        for one in body["widgets"]
        if one["type"] == "metric"
        for metric in one["properties"]["metrics"]
        for name in re.findall('MetricName="([A-Za-z]+)"', str(metric[0]))
    }
    written = {
        metric["Name"]
        for line in service.log()
        if '"_aws"' in line
        for directive in json.loads(line)["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }
    assert searched - {"OthersRead", "OthersWrite"} <= written


def test_it_asks_the_function_that_is_there(body: dict[str, Any], outputs: dict[str, str]) -> None:
    """And the log that is."""
    by_type = {one["type"]: one["properties"] for one in body["widgets"]}
    assert by_type["custom"]["endpoint"] == outputs["MigrationsWidgetFunction"]
    assert f"SOURCE '{outputs['MigrationsLogGroup']}'" in by_type["log"]["query"]


def test_the_status_as_text_is_read_line_by_line(service: OrderService) -> None:
    """In the console."""
    answer = service.invoke("MigrationsFunction", {"action": "status", "format": "text"})
    assert answer["text"][0] == "3 applied."
