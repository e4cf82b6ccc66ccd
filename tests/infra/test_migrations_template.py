"""What `Migrations` puts into a template."""

import json
import sys
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_lambda as lambda_

from dynamigrate.contract import Env, Property
from dynamigrate_cdk import Migrations
from tests.infra.synthesized import Shop

ROLE = "MigrationsRoleDFBDEDC1"
DEFAULT_POLICY = "MigrationsRoleDefaultPolicy00DE3F99"
LOG_GROUP = "MigrationsLogGroupB876DF77"
ENGINE_POLICY = "MigrationsEnginePolicy774B362C"
TABLES_POLICY = "MigrationsTablesPolicy9D666A2D"
FUNCTION = "MigrationsFunction0E989F76"
INVOKE_CONFIG = "MigrationsFunctionEventInvokeConfig7FDC8D02"
RESPONDER = "MigrationsResponderFunction3D1005E7"
RESPONDER_ROLE = "MigrationsResponderRoleF9C898E4"
RESPONDER_POLICY = "MigrationsResponderPolicyDEFF9F91"
RESPONDER_INVOKE_CONFIG = "MigrationsResponderFunctionEventInvokeConfig22A72587"
MACHINE = "MigrationsLongRunsMachineA0E5FB79"
MACHINE_ROLE = "MigrationsLongRunsRole7265FBA1"
MACHINE_POLICY = "MigrationsLongRunsPolicyA10F37B3"
MACHINE_LOG = "MigrationsLongRunsLogGroup61C83C95"
ENDED = "MigrationsLongRunsEnded07A326F5"
# CDK has the function's path in it, which begins with the stack.
ENDED_PERMISSION = "MigrationsLongRunsEndedAllowEventRuleMigratingMigrationsResponderFunction45C62EBFC87AB834"
RESOURCE = "Migrations23B444C5"


def text(value: Any) -> str:
    """What a template's value says, with references by their names."""
    match value:
        case str():
            return value
        case {"Fn::Join": [glue, parts]}:
            return str(glue).join(text(part) for part in parts)
        case {"Fn::ImportValue": name}:
            return f"<{name}>"
        case _:
            return json.dumps(value)


def test_logical_ids_are_frozen(shop: Shop) -> None:
    """CloudFormation refuses a new ServiceToken for a resource, so no release may rename any of these."""
    assert shop.migrating.ids() == {
        ROLE: "AWS::IAM::Role",
        DEFAULT_POLICY: "AWS::IAM::Policy",
        LOG_GROUP: "AWS::Logs::LogGroup",
        ENGINE_POLICY: "AWS::IAM::Policy",
        TABLES_POLICY: "AWS::IAM::Policy",
        RESPONDER: "AWS::Lambda::Function",
        RESPONDER_ROLE: "AWS::IAM::Role",
        RESPONDER_POLICY: "AWS::IAM::Policy",
        RESPONDER_INVOKE_CONFIG: "AWS::Lambda::EventInvokeConfig",
        MACHINE_ROLE: "AWS::IAM::Role",
        MACHINE_POLICY: "AWS::IAM::Policy",
        MACHINE_LOG: "AWS::Logs::LogGroup",
        MACHINE: "AWS::StepFunctions::StateMachine",
        ENDED: "AWS::Events::Rule",
        ENDED_PERMISSION: "AWS::Lambda::Permission",
        FUNCTION: "AWS::Lambda::Function",
        INVOKE_CONFIG: "AWS::Lambda::EventInvokeConfig",
        RESOURCE: "Custom::DynamoDBMigrations",
    }


def test_the_resource_carries_what_the_handler_reads(shop: Shop) -> None:
    """Its properties are the contract's, all of them text, and the function itself is called."""
    properties = dict(shop.migrating[RESOURCE]["Properties"])
    assert properties.pop("ServiceToken") == {"Fn::GetAtt": [FUNCTION, "Arn"]}
    assert properties.pop("ServiceTimeout") == "3600"
    assert len(properties.pop(Property.SOURCE_DIGEST.value)) == 32
    assert properties == {
        "DeployId": "build-7",
        "AppVersion": "1.2.3",
        "LockWaitSeconds": "120",
        "ConstructPath": shop.migrations.node.path,
    }


def test_the_resource_waits_for_everything_that_its_first_call_needs(shop: Shop) -> None:
    """Settings for asynchronous calls and policies included, also those of grants made after the construct."""
    assert set(shop.migrating[RESOURCE]["DependsOn"]) == set(shop.migrating.ids()) - {RESOURCE}


def test_an_asynchronous_call_is_never_repeated_and_never_late(shop: Shop) -> None:
    """CloudFormation calls asynchronously; Lambda would try twice more, for up to six hours."""
    config = shop.migrating[INVOKE_CONFIG]["Properties"]
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (0, 120)
    assert config["FunctionName"] == {"Ref": FUNCTION}


def test_the_function_has_what_the_engine_reads_from_its_environment(shop: Shop) -> None:
    """
    Every variable of the contract is there, and no other: there is no detached migration, no price, no key and no event was
    asked for, nothing runs after the application, and what only looks has variables of its own.
    """
    variables = shop.migrating[FUNCTION]["Properties"]["Environment"]["Variables"]
    assert variables.keys() == {name.value for name in Env} - {
        Env.DETACHED_MACHINE_ARN,
        Env.PRICES,
        Env.AWAITS_APPLICATION,
        Env.EVENTS,
        Env.EVENTS_KEY,
        Env.FUNCTION_ARN,
        Env.LOG_GROUP,
        Env.TOPIC_ARN,
    }
    values = {Env(name): text(value) for name, value in variables.items()}
    assert values[Env.MIGRATIONS_FOLDER] == "migrations"
    assert values[Env.MIGRATIONS_TABLE].startswith("<Data:ExportsOutputRefStateMigrations")
    assert values[Env.LOCK_TABLE].startswith("<Data:ExportsOutputRefStateLock")
    assert values[Env.LOCK_ID] == "migrations"
    assert json.loads(values[Env.TABLES]).keys() == {"orders", "secret", "imported"}
    assert json.loads(values[Env.TABLES])["imported"] == "imported"
    assert json.loads(values[Env.PARAMS]) == {"currency": "EUR"}
    assert values[Env.STACK_NAME] == "Migrating"
    assert values[Env.APP_VERSION] == "1.2.3"
    assert [values[name] for name in (Env.OUT_OF_ORDER, Env.MISSING, Env.CHANGED)] == ["error", "error", "warn"]
    assert (values[Env.ON_FAILURE], values[Env.LOG_LEVEL]) == ("stop", "INFO")


def test_the_function_runs_what_was_compiled_for_it(shop: Shop) -> None:
    """By default the runtime is the Python that synthesizes."""
    function = shop.migrating[FUNCTION]["Properties"]
    assert function["Runtime"] == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert function["Handler"] == "dynamigrate.handler.handle"
    assert (function["Timeout"], function["MemorySize"], function["Architectures"]) == (900, 1024, ["arm64"])
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": LOG_GROUP}}


def test_the_log_is_kept_for_six_months_and_outlives_the_stack(shop: Shop) -> None:
    """After a first deploy that failed it is the only thing left to read; nothing has a physical name."""
    group = shop.migrating[LOG_GROUP]
    assert group["Properties"]["RetentionInDays"] == 180
    assert "LogGroupName" not in group["Properties"]
    assert group["DeletionPolicy"] == "Retain"


def test_tags_reach_what_can_be_tagged(shop: Shop) -> None:
    """`Tags.of(migrations)` works as for any construct."""
    for logical_id in (FUNCTION, ROLE, LOG_GROUP):
        assert {"Key": "team", "Value": "orders"} in shop.migrating[logical_id]["Properties"]["Tags"]


def test_it_shows_what_it_made(shop: Shop) -> None:
    """The names that CDK's users look for are there."""
    migrations = shop.migrations
    assert isinstance(migrations.function, lambda_.Function)
    assert migrations.node.default_child is migrations.resource
    resolve = shop.migrations_stack.resolve
    assert resolve(migrations.role.role_arn) == {"Fn::GetAtt": [ROLE, "Arn"]}
    assert resolve(migrations.log_group.log_group_name) == {"Ref": LOG_GROUP}
    assert "State" in text(resolve(migrations.table.table_name))
    assert migrations.table.node.path == "Data/State/Migrations"
    assert migrations.lock_table.node.path == "Data/State/Lock"


def test_synth_tells_what_will_be_deployed(shop: Shop) -> None:
    """How many migrations, which is the newest, and how large the code is."""
    (told,) = assertions.Annotations.from_stack(shop.migrations_stack).find_info(
        "*", assertions.Match.string_like_regexp("migrations: 1")
    )
    assert "the newest 20261101090000_first.py" in str(told.entry.data)
    assert "MB before zipping, compiled" in str(told.entry.data)


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        (
            {"timeout": cdk.Duration.seconds(90), "run_limit": None},
            {"Timeout": 90, "ServiceTimeout": "510", "LockWaitSeconds": "45"},
        ),
        (
            {"timeout": cdk.Duration.minutes(5), "lock_wait": cdk.Duration.seconds(0), "run_limit": None},
            {"Timeout": 300, "ServiceTimeout": "720", "LockWaitSeconds": "0"},
        ),
        ({"run_limit": cdk.Duration.minutes(40)}, {"Timeout": 900, "DYNAMIGRATE_RUN_LIMIT_SECONDS": "2400"}),
        ({"memory_size": 512, "architecture": lambda_.Architecture.X86_64}, {"MemorySize": 512}),
        ({"runtime": lambda_.Runtime.PYTHON_3_14}, {"Runtime": "python3.14"}),
        ({"repair": "20261101090000:pending"}, {"Repair": "20261101090000:pending"}),
        ({"on_failure": "undo"}, {"DYNAMIGRATE_ON_FAILURE": "undo"}),
    ],
)
def test_what_is_asked_for_reaches_function_and_resource(
    stack: cdk.Stack, folder: Any, props: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A timeout that does not reach the function is the complaint of other constructs' users."""
    Migrations(stack, "Migrations", migrations=folder, **props)
    resources = assertions.Template.from_stack(stack).to_json()["Resources"]
    function = resources[FUNCTION]["Properties"]
    both = function | function["Environment"]["Variables"] | resources[RESOURCE]["Properties"]
    assert {name: both[name] for name in expected} == expected


def test_every_synth_calls_the_function_unless_a_deploy_id_is_given(folder: Any) -> None:
    """Two synths differ in nothing but the deploy id; with one given, not even in that."""

    def synthesize(**props: Any) -> dict[str, Any]:
        stack = cdk.Stack(cdk.App(), "Shop")
        Migrations(stack, "Migrations", migrations=folder, **props)
        return dict(assertions.Template.from_stack(stack).to_json()["Resources"])

    one, other = synthesize(), synthesize()
    first, second = (each[RESOURCE]["Properties"].pop("DeployId") for each in (one, other))
    assert first != second
    assert one == other
    assert synthesize(deploy_id="build-7") == synthesize(deploy_id="build-7")


def test_a_repair_and_a_version_that_were_not_given_are_not_there(stack: cdk.Stack, folder: Any) -> None:
    """A property without a value would be one more thing to get wrong."""
    Migrations(stack, "Migrations", migrations=folder)
    properties = assertions.Template.from_stack(stack).to_json()["Resources"][RESOURCE]["Properties"]
    assert {"Repair", "AppVersion"}.isdisjoint(properties)


def test_params_may_be_what_only_the_deploy_knows(stack: cdk.Stack, folder: Any) -> None:
    """The address of a queue, for example; CloudFormation puts it into the text."""
    queue = cdk.CfnResource(stack, "Queue", type="AWS::SQS::Queue")
    Migrations(stack, "Migrations", migrations=folder, params={"queue": queue.ref, "quote": '"'})
    function = assertions.Template.from_stack(stack).to_json()["Resources"][FUNCTION]
    assert function["Properties"]["Environment"]["Variables"][Env.PARAMS] == {
        "Fn::Join": ["", ['{"queue":"', {"Ref": "Queue"}, '","quote":"\\""}']]
    }


def test_prices_reach_the_function(stack: cdk.Stack, folder: Any) -> None:
    """As JSON."""
    Migrations(stack, "Migrations", migrations=folder, prices={"read": 0.1, "write": 0.5})
    function = assertions.Template.from_stack(stack).to_json()["Resources"][FUNCTION]
    assert json.loads(function["Properties"]["Environment"]["Variables"][Env.PRICES]) == {"read": 0.1, "write": 0.5}
