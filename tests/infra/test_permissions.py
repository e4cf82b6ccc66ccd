"""What the function's role may do: what is used, where it is used, and nothing else."""

import ast
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

import dynamigrate.contract
from dynamigrate_cdk import InvalidProp, Migrations, MigrationState
from tests.infra.synthesized import Resources, Shop, table
from tests.infra.test_migrations_template import (
    DEFAULT_POLICY,
    ENGINE_POLICY,
    LOG_GROUP,
    ROLE,
    TABLES_POLICY,
    text,
)

HISTORY_ACTIONS = {"DeleteItem", "DescribeTable", "Scan", "UpdateItem"}
LOCK_ACTIONS = HISTORY_ACTIONS | {"BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem"}
ITEM_ACTIONS = {
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DeleteItem",
    "DescribeTable",
    "GetItem",
    "PartiQLDelete",
    "PartiQLInsert",
    "PartiQLSelect",
    "PartiQLUpdate",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
}


def actions(statement: dict[str, Any]) -> set[str]:
    found = statement["Action"]
    return set([found] if isinstance(found, str) else found)


def of_dynamodb(names: set[str]) -> set[str]:
    return {f"dynamodb:{name}" for name in names}


def resources(statement: dict[str, Any]) -> list[str]:
    found = statement["Resource"]
    return [text(one) for one in (found if isinstance(found, list) else [found])]


def engine_calls() -> set[str]:
    """Every operation of a DynamoDB client that the engine's target sends."""
    calls: set[str] = set()
    for path in (Path(dynamigrate.contract.__file__).parents[1] / "dynamodb").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(value=ast.Name(id="client") | ast.Attribute(attr="_client" | "client"), attr=name):
                    calls.add("".join(word.title() for word in name.split("_")))
                case _:
                    pass
    return {call for call in calls if call.endswith(("Item", "Items", "Scan", "Query", "Table", "Statement"))}


def test_the_engine_sends_nothing_that_its_role_may_not(shop: Shop) -> None:
    """Operations in the engine's code, against the actions that are granted; deleting the tables is no deploy's."""
    calls = engine_calls()
    assert calls >= {"Scan", "GetItem", "TransactWriteItems"}, "the search for calls finds them"
    assert calls - {"TransactWriteItems", "CreateTable", "DeleteTable"} <= LOCK_ACTIONS


def test_a_function_may_do_on_its_state_what_the_engine_sends(shop: Shop) -> None:
    """Each table has its own list, without a wildcard, and neither may be made or deleted."""
    history, lock, stack, *_ = shop.migrating.statements()[ENGINE_POLICY]
    assert actions(history) == of_dynamodb(HISTORY_ACTIONS)
    assert actions(lock) == of_dynamodb(LOCK_ACTIONS)
    assert [name.split("AttState")[1][:10] for name in resources(history)] == ["Migrations"]
    assert [name.split("AttState")[1][:4] for name in resources(lock)] == ["Lock"]
    assert stack == {
        "Effect": "Allow",
        "Action": "cloudformation:DescribeStacks",
        "Resource": {"Ref": "AWS::StackId"},
    }


def test_a_function_has_the_item_actions_on_the_applications_tables(shop: Shop) -> None:
    """On the tables and on each of their indexes, by name where CDK knows it, and only there by a wildcard where not."""
    statement, looks = shop.migrating.statements()[TABLES_POLICY]
    assert actions(statement) == of_dynamodb(ITEM_ACTIONS)
    assert actions(looks) == {"dynamodb:DescribeContinuousBackups"}
    assert len(resources(looks)) == 3, "the tables alone: an index has no backups"
    ends = [name.split(">")[-1].rpartition("table/imported")[1:] for name in resources(statement)]
    assert [end for _, end in ends] == ["", "/index/by-customer", "", "/index/by-size", "", "/index/*"]
    assert [named for named, _ in ends] == ["", "", "", "", "table/imported", "table/imported"]


@pytest.mark.parametrize(
    ("setting", "in_the_file", "asks"),
    [("none", "", False), ("none", "none", False), ("none", "required", True), ("note", "none", True)],
)
def test_a_function_that_looks_for_no_restore_point_may_not(
    setting: Any, in_the_file: str, asks: bool, stack: cdk.Stack, tmp_path: Path
) -> None:
    """The construct's setting says it, and each file may say otherwise."""
    folder = tmp_path / "of-its-own"
    folder.mkdir()
    own = f'restore_point = "{in_the_file}"\n' if in_the_file else ""
    (folder / "20261123090000_add.py").write_text(f"{own}def do(ctx): pass\n")
    Migrations(stack, "Migrations", migrations=folder, tables={"orders": table(stack, "Orders")}, restore_point=setting)
    resources = Resources.of(stack)
    granted = {one for statements in resources.statements().values() for each in statements for one in actions(each)}
    assert ("dynamodb:DescribeContinuousBackups" in granted) is asks


def test_a_function_with_a_table_may_read_metrics_and_nothing_else_of_cloudwatch(
    shop: Shop, stack: cdk.Stack, folder: Path
) -> None:
    """A backfill has to know what others use; without a table there is nothing to know."""
    metrics = {"Effect": "Allow", "Action": "cloudwatch:GetMetricData", "Resource": "*"}
    of_cloudwatch = [
        one
        for one in shop.migrating.statements()[ENGINE_POLICY]
        if any(name.startswith("cloudwatch:") for name in actions(one))
    ]
    assert of_cloudwatch == [metrics]
    Migrations(stack, "Migrations", migrations=folder)
    assert metrics not in Resources.of(stack).statements()[ENGINE_POLICY]


def test_grants_are_the_same_with_the_flags_of_a_new_app(folder: Path) -> None:
    """`cdk init` turns on that policies are minimized, which rewrites statements."""

    def granted(**flags: bool) -> set[tuple[str, str]]:
        stack = cdk.Stack(cdk.App(context=flags), "Shop")
        by_x = dynamodb.GlobalSecondaryIndexPropsV2(
            index_name="by-x", partition_key=dynamodb.Attribute(name="x", type=dynamodb.AttributeType.STRING)
        )
        tables = {name: table(stack, name, global_secondary_indexes=[by_x]) for name in ("One", "Two")}
        Migrations(stack, "Migrations", migrations=folder, tables=tables)
        return {
            (action, resource)
            for statements in Resources.of(stack).statements().values()
            for statement in statements
            for action in actions(statement)
            for resource in resources(statement)
        }

    plain = granted()
    # The tables to make, the stack, the log, the responder, whose own grants are among these, and the metrics; to start
    # the machine, and the events' parameters; the machine's calls of the function, its executions for workers, and the
    # delivery of its log. Both may start it. And both tables' backups may be looked at.
    other = 2 + 1 + 2 + 1 + 1 + (1 + 3) + (1 + 2 + 8) + 2
    assert len(plain) == len(ITEM_ACTIONS) * 4 + len(HISTORY_ACTIONS) + len(LOCK_ACTIONS) + other
    assert granted(**{"@aws-cdk/aws-iam:minimizePolicies": True}) == plain


def test_the_docstring_lists_what_is_granted() -> None:
    """It is what a reviewer reads, so it must be whole."""
    assert Migrations.__doc__
    granted = Migrations.__doc__.split("the function may:")[1].split("; the same")[0]
    assert {word.strip(",") for word in granted.split()} - {"and"} == ITEM_ACTIONS


def test_a_tables_own_key_comes_with_it(shop: Shop) -> None:
    """Encrypted with a customer managed key, the items could not be read without it."""
    statement = shop.migrating.statements()[DEFAULT_POLICY][0]
    assert actions(statement) == {
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    }
    assert resources(statement) == ["<Data:ExportsOutputFnGetAttKey961B73FDArn5A860C43>"]


def test_it_writes_its_own_log_and_no_other(shop: Shop) -> None:
    """No managed policy, which would let it write every log of the account."""
    of_logs = [
        one
        for policy in (ENGINE_POLICY, TABLES_POLICY, DEFAULT_POLICY)
        for one in shop.migrating.statements()[policy]
        if any(name.startswith("logs:") for name in actions(one))
    ]
    [log] = of_logs
    assert actions(log) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert log["Resource"] == {"Fn::GetAtt": [LOG_GROUP, "Arn"]}
    assert "ManagedPolicyArns" not in shop.migrating[ROLE]["Properties"]


def test_later_grants_go_to_the_role(shop: Shop) -> None:
    """A `Migrations` is a grantee as any other."""
    statement = shop.migrating.statements()[DEFAULT_POLICY][-1]
    assert actions(statement) == {"sqs:SendMessage"}
    assert shop.migrations.grant_principal is shop.migrations.role.grant_principal


def test_no_statement_has_a_wildcard_but_for_what_has_no_name(shop: Shop) -> None:
    """
    Metrics and deliveries of logs are no resources, CDK can't know the indexes of a table that it did not make, and
    parameters and executions are named for runs that are yet to come; the responder's and the function's parameters are
    the same.
    """
    wildcards = [
        name
        for statements in shop.migrating.statements().values()
        for statement in statements
        for name in [*actions(statement), *resources(statement)]
        if "*" in name
    ]
    ends = sorted(
        re.sub(r"parameter/dynamigrate/.*/|execution:.*:", "runs/", name).rpartition(":")[2] for name in wildcards
    )
    assert ends == ["*", "*", "runs/*", "runs/*", "runs/*", "table/imported/index/*"]


def test_a_function_without_a_state_may_make_the_two_tables_it_names(stack: cdk.Stack, folder: Path) -> None:
    """Those two, by their full names, and no other table."""
    migrations = Migrations(stack, "Migrations", migrations=folder)
    history, lock, *_ = Resources.of(stack).statements()[ENGINE_POLICY]
    assert actions(history) == of_dynamodb(HISTORY_ACTIONS | {"CreateTable"})
    assert actions(lock) == of_dynamodb(LOCK_ACTIONS | {"CreateTable"})
    assert [name.rpartition("/")[2] for name in resources(history)] == [migrations.table.table_name]
    assert [name.rpartition("/")[2] for name in resources(lock)] == [migrations.lock_table.table_name]


def test_a_states_own_key_is_granted(regional_stack: cdk.Stack, folder: Path) -> None:
    """The same as for a table of the application."""
    state = MigrationState(regional_stack, "State", encryption_key=kms.Key(regional_stack, "Key"))
    Migrations(regional_stack, "Migrations", migrations=folder, state=state)
    [statement] = Resources.of(regional_stack).statements()[DEFAULT_POLICY]
    assert "kms:Decrypt" in actions(statement)


def test_a_function_in_a_vpc_may_have_network_interfaces_and_has_connections(stack: cdk.Stack, folder: Path) -> None:
    """Lambda makes them in the role's name, so the function waits for the grant; outside a VPC there is none of it."""
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0, create_internet_gateway=False)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    migrations = Migrations(
        stack,
        "Migrations",
        migrations=folder,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[group],
        log_group=logs.LogGroup(stack, "Log"),
    )
    ec2.SecurityGroup(stack, "Other", vpc=vpc).connections.allow_from(migrations, ec2.Port.tcp(443))
    template = assertions.Template.from_stack(stack)
    network = [
        one
        for one in Resources.of(stack).statements()[ENGINE_POLICY]
        if any(name.startswith("ec2:") for name in actions(one))
    ]
    assert [resources(statement) for statement in network] == [["*"]]
    assert {name.partition(":")[0] for name in actions(network[0])} == {"ec2"}
    template.has_resource("AWS::Lambda::Function", {"DependsOn": assertions.Match.array_with([ENGINE_POLICY])})
    template.resource_count_is("AWS::EC2::SecurityGroupIngress", 1)
    template.resource_count_is("AWS::Logs::LogGroup", 2)  # the one that was given, and the state machine's


def test_connections_are_refused_outside_a_vpc(shop: Shop) -> None:
    """The error says what to give."""
    with pytest.raises(InvalidProp, match=r"has no connections outside a VPC. Give it a vpc."):
        _ = shop.migrations.connections
