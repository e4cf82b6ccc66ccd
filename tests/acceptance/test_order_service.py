"""The order service, deployed again and again by the real CDK command line, as a team would over its first weeks."""

import json

import pytest

from demo.service import OrderService
from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import PROJECT
from tests.acceptance.warm.process import WARM_CDK

pytestmark = pytest.mark.acceptance

_SHIPPED = ["20261102090000", "20261109143000", "20261116101500"]
_ADDED = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "added"}})


def undo(ctx):
    ctx.dynamodb.delete_item(TableName=ctx.tables["orders"], Key={"orderId": {"S": "added"}})
"""
_FAILING = """
def do(ctx):
    raise RuntimeError("order 7 has \\"no\\" total: ask José, not the log")
"""


@pytest.fixture(scope="module")
def service(aws: LocalAws) -> OrderService:
    """Deployed, with orders that were placed before the first migration."""
    aws.bootstrap()
    service = OrderService(aws, prefix="Weeks", app=WARM_CDK.command(PROJECT / "app.py"))
    assert service.deploy("Data").ok
    service.place_orders()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_VALIDATION", "true")
        first = service.deploy(context={"app_version": "1.0"}, app="python3 app.py")  # as cdk.json has it
    assert first.ok, first.output
    assert "Template validation found issues" not in first.output
    return service


def _states(service: OrderService) -> dict[str, str]:
    answer = service.invoke("MigrationsFunction", {"action": "status"})
    return {row["id"]: row["state"] for row in answer["migrations"]}


def test_a_first_deploy_runs_every_migration_and_then_the_application(service: OrderService) -> None:
    """The application finds the data in the shape that its code expects."""
    assert _states(service) == dict.fromkeys(_SHIPPED, "applied")
    assert service.order("1003") == {
        "customerId": "ann",
        "orderId": "1003",
        "placedAt": "2026-10-30T09:00:00Z",
        "status": "SHIPPED",
        "total": "7.05",
        "totalCents": "705",
    }
    assert service.invoke("SummaryFunction", {"orderId": "1003"})["status"] == "On its way"


def test_a_deploy_with_nothing_pending_sends_three_requests(service: OrderService, aws: LocalAws) -> None:
    """
    Acquire, read, release: a deploy that changes nothing costs next to nothing. Once the application is deployed it is
    noted, under the lock.
    """
    mark = aws.mark()
    result = service.deploy()
    assert result.ok, result.output
    requests = aws.dynamodb_requests(since=mark)
    assert requests[:3] == ["PutItem", "Scan", "DeleteItem"]
    assert requests[3:] == ["PutItem", "TransactWriteItems", "Scan", "DeleteItem"]


def test_a_run_can_be_followed_in_the_log_and_is_kept_in_the_history(service: OrderService) -> None:
    """Whoever reads CloudWatch sees each migration begin and end under one run id, and who ran it."""
    logged = service.log()
    lines = [json.loads(line) for line in logged if line.startswith("{")]
    later, run = service.invoke("MigrationsFunction", {"action": "history", "n": 2})["runs"]
    # Once the application was deployed, what was rewritten before was looked over again.
    assert (later["actor"], later["applied"]) == ("cloudformation WeeksAfter", [])
    assert run["applied"] == _SHIPPED
    assert run["actor"] == "cloudformation WeeksMigrations"
    assert run["app_version"] == "1.0"
    of_run = [line for line in lines if line.get("run_id") == run["run_id"]]
    events = ["run.started", "plan.made", "migration.started", "migration.applied", "run.finished", "answer.sent"]
    assert [line["event"] for line in of_run if line.get("event") in events] == [
        "run.started", "plan.made",
        *["migration.started", "migration.applied"] * 3,
        "run.finished", "answer.sent",
    ]  # fmt: skip
    assert all(" " in line["message"] for line in of_run if "event" in line), "sentences, for whoever reads them"
    assert "ResponseURL" not in "\n".join(logged)


def test_an_added_migration_runs_with_the_next_deploy(service: OrderService) -> None:
    """Only what is new runs."""
    service.write_migration("20261120090000_add_an_order", _ADDED)
    result = service.deploy()
    assert result.ok, result.output
    assert _states(service)["20261120090000"] == "applied"
    assert service.order("added") == {"orderId": "added"}
    [run] = service.invoke("MigrationsFunction", {"action": "history", "n": 1})["runs"]
    assert run["applied"] == ["20261120090000"]


def test_a_failing_migration_fails_the_deploy_and_passes_once_it_is_repaired(service: OrderService) -> None:
    """Its message is in the terminal word for word, the stack rolls back clean, and the application stays as it was."""
    service.write_migration("20261123090000_split_names", _FAILING)
    failed = service.deploy()
    assert not failed.ok
    assert '20261123090000_split_names failed: RuntimeError: order 7 has "no" total: ask José, not the log' in " ".join(
        failed.output.split()
    )
    assert "cdk deploy -c repair=WeeksMigrations/Migrations=20261123090000:pending" in " ".join(failed.output.split())
    assert service.stack_states()["WeeksMigrations"] == "UPDATE_ROLLBACK_COMPLETE"
    assert service.stack_states()["WeeksApplication"] == "CREATE_COMPLETE"
    assert _states(service)["20261123090000"] == "dirty"

    again = service.deploy("Migrations")
    assert not again.ok, "a dirty migration must not run again by itself"
    assert "20261123090000_split_names began at" in " ".join(again.output.split())

    service.write_migration("20261123090000_split_names", _ADDED)
    command = {"action": "repair", "migration": "20261123090000", "as": "pending", "confirm": True}
    assert service.invoke("MigrationsFunction", command)["ok"] is True
    passed = service.deploy()
    assert passed.ok, passed.output
    assert _states(service)["20261123090000"] == "applied"
