"""An app of another team, that has the wheel and nothing of this repository: two stages in one account, two histories each."""

import json
from typing import Any

import pytest

from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import PROJECT
from tests.acceptance.foreign import ForeignApp, build_wheel, install
from tests.acceptance.sibling import DEPLOY

pytestmark = pytest.mark.acceptance

STAGES = ("Test", "Prod")


@pytest.fixture(scope="module")
def app(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> ForeignApp:
    """In a folder of its own; what its account has already is there."""
    folder = tmp_path_factory.mktemp("foreign")
    aws.bootstrap()
    dynamodb = aws.client("dynamodb")
    for number, stage in enumerate(STAGES, start=1):
        dynamodb.create_table(
            TableName=f"warehouse-{stage.lower()}",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "isbn13", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "isbn13", "KeyType": "HASH"}],
        )
        dynamodb.put_item(
            TableName=f"warehouse-{stage.lower()}",
            Item={"isbn13": {"S": "9781857982183"}, "count": {"N": str(number)}},
        )
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    aws.client("iam").create_policy(PolicyName="bookshop-boundary", PolicyDocument=json.dumps(allowed))
    return ForeignApp(aws, folder, install(build_wheel(folder / "dist"), folder / "venv"))


@pytest.fixture(scope="module")
def deployed(app: ForeignApp, aws: LocalAws) -> ForeignApp:
    """Both stages, whose tables had something in them before there were migrations."""
    first = app.cdk("deploy", "Test/Data", "Prod/Data", *DEPLOY, "--concurrency", "2")
    assert first.ok, first.output
    dynamodb = aws.client("dynamodb")
    for stage in STAGES:
        dynamodb.put_item(TableName=app.table(stage, "Books"), Item={"isbn": {"S": "1-85798-218-5"}})
        order = {"orderId": {"S": stage}, "total": {"S": "19.90"}}
        dynamodb.put_item(TableName=app.table(stage, "Orders"), Item=order)
    whole = app.cdk("deploy", "**", *DEPLOY, "--concurrency", "2")
    assert whole.ok, whole.output
    return app


def test_nothing_of_this_repository_is_on_its_path(app: ForeignApp) -> None:
    """What it imports is what the wheel put there."""
    found = app.ask(
        "import json, sys, dynamigrate, dynamigrate_cdk, dynamigrate_lint\n"
        "print(json.dumps([sys.path, [one.__file__ for one in (dynamigrate, dynamigrate_cdk, dynamigrate_lint)]]))"
    )
    path, files = found
    assert all("/foreign" in file and "/site-packages/" in file for file in files), files
    sources = {str(PROJECT / root) for root in ("", "lambda_src", "infra", "tools", "examples")}
    assert sources & {entry.rstrip("/") for entry in path} == set()


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_migrated_tables_of_its_own(deployed: ForeignApp, stage: str) -> None:
    """By a third-party package, a nested folder of helpers, a table of another team's and one with a key of its own."""
    functions = deployed.outputs(f"{stage}-Application")
    book = deployed.invoke(functions["CatalogueFunction"], isbn="1-85798-218-5")
    assert book == {"isbn13": "9781857982183", "stock": STAGES.index(stage) + 1}
    assert deployed.invoke(functions["OrdersFunction"], orderId=stage) == {"totalCents": 1990}


def _status(app: ForeignApp, stage: str, service: str) -> Any:
    functions = app.resources(f"{stage}-Migrations", "AWS::Lambda::Function")
    [function] = [name for logical_id, name in functions.items() if logical_id.startswith(f"{service}Function")]
    return app.invoke(function, action="status")


@pytest.mark.parametrize("stage", STAGES)
def test_each_service_has_a_history_of_its_own(deployed: ForeignApp, stage: str) -> None:
    """Neither finds the other's migrations missing."""
    for service, applied in (("Catalogue", ["20261102090000", "20261109090000"]), ("Orders", ["20261105090000"])):
        answer = _status(deployed, stage, service)
        states = {one["id"].lstrip("0"): one["state"] for one in answer["migrations"]}
        assert states == dict.fromkeys(applied, "applied"), answer


def test_no_names_meet(deployed: ForeignApp) -> None:
    """Not one of a resource of one stage is one of the other, and no export is."""
    names = {
        stage: {
            name
            for stack in ("Data", "Migrations", "Application")
            for kind in ("AWS::DynamoDB::GlobalTable", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
            for name in deployed.resources(f"{stage}-{stack}", kind).values()
        }
        for stage in STAGES
    }
    assert len(names["Test"]) == len(names["Prod"]) == 14
    assert not names["Test"] & names["Prod"]


def test_a_second_deploy_changes_nothing(deployed: ForeignApp, aws: LocalAws) -> None:
    """An app that calls on change is the same after it, by CloudFormation's own word, and no function was called."""
    mark = aws.mark()
    again = deployed.cdk("deploy", "**", *DEPLOY, "--concurrency", "2")
    assert again.ok, again.output
    assert again.output.count("(no changes)") == 6, again.output
    assert aws.dynamodb_requests(since=mark) == []


def test_the_end_of_one_stage_is_not_the_end_of_the_other(deployed: ForeignApp) -> None:
    """Its stacks, data and history go; those of the other stay, and its commands answer."""
    gone = deployed.cdk("destroy", "Test/*", "--force")
    assert gone.ok, gone.output
    assert deployed.stacks() == dict.fromkeys(("Prod-Application", "Prod-Data", "Prod-Migrations"), "CREATE_COMPLETE")
    test_each_service_has_a_history_of_its_own(deployed, "Prod")
    test_each_stage_migrated_tables_of_its_own(deployed, "Prod")
