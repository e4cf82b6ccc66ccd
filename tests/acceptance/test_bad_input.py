"""
Bad input that only a deployed function meets: each with a clear answer, and nothing changed.

What can be known at synth is refused there (tests/infra), refused permissions are in test_least_privilege.py, and the
mistakes of manual commands in commands/test_any_command.py.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from demo.service import OrderService
from dynamigrate import DynamoDBTarget
from dynamigrate.records import Details
from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import PROJECT
from tests.acceptance.sibling import DIRECTLY
from tests.acceptance.warm.process import WARM_CDK
from tests.unit.handler.front import STACK_ID, AnswerServer

pytestmark = pytest.mark.acceptance

# Does what an order named "trouble" says.
TROUBLE = "20261120090000"
_TROUBLE = """
def do(ctx):
    key = {"orderId": {"S": "trouble"}}
    found = ctx.dynamodb.get_item(TableName=ctx.tables["orders"], Key=key).get("Item")
    if found and "table" in found:
        ctx.dynamodb.scan(TableName=found["table"]["S"])
    if found and "error" in found:
        raise RuntimeError(found["error"]["S"])


def undo(ctx):
    pass
"""
_PATH = "BadInputMigrations/Migrations"
_FINE = "def do(ctx):\n    pass\n"
# By name, as synth would see the statement.
_UNIMPORTABLE = f'import importlib\n\nimportlib.import_module("pandas_that_was_not_packed")\n\n\n{_FINE}'
NASTY = "order \"7\"\nhas 'no' total\\\t{} " + "and so on " * 1000


class Function:
    """The deployed function, its state, and where its answers to CloudFormation go."""

    def __init__(self, aws: LocalAws, service: OrderService, server: AnswerServer) -> None:
        self.server = server
        self._aws = aws
        self._service = service
        self._outputs = service.outputs()
        cloudformation = aws.client("cloudformation")
        template: Any = cloudformation.get_template(StackName="BadInputMigrations")["TemplateBody"]
        resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
        [resource] = [one for one in resources.values() if one["Type"] == "Custom::DynamoDBMigrations"]
        self._properties = {name: value for name, value in resource["Properties"].items() if isinstance(value, str)}

    def deliver(self, **changes: object) -> Any:
        """What CloudFormation is answered to a Create, in which *changes* are made; None leaves a field out."""
        event = {
            "RequestType": "Create",
            "ResponseURL": self.server.url,
            "StackId": STACK_ID,
            "RequestId": "request-1",
            "LogicalResourceId": "Migrations",
            "ResourceType": "Custom::DynamoDBMigrations",
            "ResourceProperties": self._properties,
            **changes,
        }
        self.server.received.clear()
        content = {name: value for name, value in event.items() if value is not None}
        answer = self._aws.client("lambda").invoke(
            FunctionName=self._outputs["MigrationsFunction"], Payload=json.dumps(content).encode()
        )
        assert "FunctionError" not in answer
        assert json.loads(answer["Payload"].read()) is None
        return self.server.answer

    def deliver_properties(self, **changes: object) -> Any:
        return self.deliver(ResourceProperties={**self._properties, **changes})

    def invoke(self, action: str, **arguments: Any) -> Any:
        return self._service.invoke("MigrationsFunction", {"action": action, **arguments})

    def target(self) -> DynamoDBTarget:
        return DynamoDBTarget(
            self._aws.client("dynamodb"),
            table_name=self._outputs["MigrationsTable"],
            lock_table_name=self._outputs["LockTable"],
        )

    def make_trouble(self, **trouble: str) -> None:
        """The last migration is pending, and will run into *trouble*; without any it will pass."""
        target = self.target()
        if TROUBLE in [record.id for record in target.records()]:
            target.remove(TROUBLE)
        item = {"orderId": {"S": "trouble"}, **{name: {"S": value} for name, value in trouble.items()}}
        self._aws.client("dynamodb").put_item(TableName=self._outputs["OrdersTable"], Item=item)

    def state(self) -> list[Any]:
        client = self._aws.client("dynamodb")
        names = self._outputs["MigrationsTable"], self._outputs["LockTable"]
        return [sorted(client.scan(TableName=name)["Items"], key=lambda item: item["ID"]["S"]) for name in names]


@pytest.fixture(scope="module")
def service(aws: LocalAws) -> OrderService:
    """The order service with one migration more, deployed once for all."""
    aws.bootstrap()
    service = OrderService(aws, prefix="BadInput", app=WARM_CDK.command(PROJECT / "app.py"), options=DIRECTLY)
    service.write_migration(f"{TROUBLE}_trouble", _TROUBLE)
    first = service.deploy("Data", "Migrations")
    assert first.ok, first.output
    return service


@pytest.fixture
def function(aws: LocalAws, service: OrderService) -> Iterator[Function]:
    """With the last migration pending and no trouble ahead."""
    with AnswerServer() as server:
        function = Function(aws, service, server)
        function.make_trouble()
        yield function


def test_the_event_is_one_that_passes(function: Function) -> None:
    """So that what the other tests change in it is all that is wrong with it."""
    answer = function.deliver()
    assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", TROUBLE)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"DeployId": ["build", 7]}, "The property DeployId is ['build', 7]. CloudFormation delivers strings."),
        ({"AppVersion": 1.4}, "The property AppVersion is 1.4. CloudFormation delivers strings."),
        ({"SourceDigest": {"a": 1}}, "The property SourceDigest is {'a': 1}. CloudFormation delivers strings."),
        ({"SourceDigest": "0" * 32}, "it was swapped without a deploy, as by cdk deploy --hotswap or cdk watch."),
        (
            {"LockWaitSeconds": "soon"},
            "The property LockWaitSeconds is 'soon'. It is a number of seconds, 0 or more, such as 120.",
        ),
        ({"LockWaitSeconds": 120}, "The property LockWaitSeconds is 120. CloudFormation delivers strings."),
        ({"LockWaitSeconds": "-1"}, "The property LockWaitSeconds is '-1'. It is a number of seconds, 0 or more"),
        ({"Repair": True}, "The property Repair is True. CloudFormation delivers strings."),
        ({"Repair": "everything"}, "The property Repair is 'everything'. It is <id>:pending to have a migration"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_property_that_can_not_be_fails_the_deploy(
    function: Function, properties: Mapping[str, object], message: str
) -> None:
    """The reason has the property, its value and what it should be."""
    before = function.state()
    answer = function.deliver_properties(**properties)
    assert answer["Status"] == "FAILED"
    assert message in answer["Reason"]
    assert "Nothing was run" in answer["Reason"]
    assert function.state() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ResourceProperties": "none"}, "(digest none)"),
        ({"ResourceProperties": None}, "(digest none)"),
        ({"RequestType": "Destroy"}, "There is no request type 'Destroy'. It is Create, Update or Delete."),
        ({"RequestType": 7}, "There is no request type ''."),
        (
            {"RequestType": "Update", "StackId": None},
            "the status of the stack could not be read (the event names no stack)",
        ),
    ],
    ids=["text for properties", "no properties", "unknown request", "a number for a request", "no stack"],
)
def test_an_event_that_is_not_whole_is_answered_all_the_same(
    function: Function, changes: Mapping[str, object], message: str
) -> None:
    """A stack that is not answered waits for an hour."""
    before = function.state()
    answer = function.deliver(**changes)
    assert answer["Status"] == "FAILED"
    assert message in answer["Reason"]
    assert function.state() == before


def test_a_table_that_is_not_there_is_what_the_error_is_about(function: Function) -> None:
    """DynamoDB itself does not say which one; the line in the migration and what to check are beside it."""
    function.make_trouble(table="orders-of-yesterday")
    reason = function.deliver()["Reason"]
    assert reason.startswith(f"{TROUBLE}_trouble failed: ResourceNotFoundException: ")
    assert f"({TROUBLE}_trouble.py:6)." in reason
    assert "What was asked for does not exist: check the table's name, that tables={...} has it" in reason
    assert f"cdk deploy -c repair={_PATH}={TROUBLE}:pending with the stacks as before" in reason


def test_an_error_of_any_text_reaches_cloudformation_and_the_operator(function: Function) -> None:
    """Quotes, newlines and 10 KB of it: the answer stays under CloudFormation's 4 KB, and says what to do."""
    function.make_trouble(error=NASTY)
    reason = function.deliver()["Reason"]
    assert reason.startswith(f"{TROUBLE}_trouble failed: RuntimeError: {NASTY[:60]}")
    assert " [...] " in reason
    assert f"cdk deploy -c repair={_PATH}={TROUBLE}:pending with the stacks as before" in reason
    assert len(function.server.received[0].body) < 4096
    [dirty] = function.invoke("status")["dirty"]
    assert dirty["error"]["message"].startswith(NASTY[:60])
    assert function.invoke("history", n=1)["runs"][0]["note"].startswith(f"{TROUBLE}_trouble failed: RuntimeError: ")


def test_a_description_of_any_text_is_shown_and_harms_nothing(function: Function) -> None:
    """As newer code may have left one in the history."""
    function.target().add("20270101000000", Details(description=NASTY))
    function.target().finish_migration("20270101000000")
    try:
        status = function.invoke("status")
        assert status["migrations"][-1]["description"] == NASTY
        answer = function.deliver()
        assert answer["Status"] == "FAILED"
        assert answer["Reason"].startswith("20270101000000")
        assert len(function.server.received[0].body) < 4096
    finally:
        function.target().remove("20270101000000")


def test_a_module_that_can_not_be_imported_fails_the_deploy_before_anything_ran(
    service: OrderService, function: Function
) -> None:
    """A good migration that is pending before it is not run either: all that a plan needs is imported first."""
    before, _ = function.state()
    service.write_migration("20261121090000_fine", _FINE)
    service.write_migration("20261122090000_with_pandas", _UNIMPORTABLE)
    failed = service.deploy("Migrations")
    assert not failed.ok
    said = " ".join(failed.output.split())
    assert (
        "20261122090000_with_pandas.py can't be imported: ModuleNotFoundError: No module named "
        "'pandas_that_was_not_packed' (20261122090000_with_pandas.py:3). Correct the file, or pack what it imports, and "
        "run again; nothing was done."
    ) in said
    assert service.stack_states()["BadInputMigrations"] == "UPDATE_ROLLBACK_COMPLETE"
    after, _ = function.state()
    assert after == before
    [run] = function.invoke("history", n=1)["runs"]
    assert (run["result"], run["applied"]) == ("failed", [])
    assert "can't be imported: ModuleNotFoundError" in run["note"]
