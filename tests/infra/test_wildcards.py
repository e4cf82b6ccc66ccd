"""Wildcards in what a role may do: none without its written reason."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms

from dynamigrate_cdk import Migrations, MigrationState
from tests.infra.synthesized import Resources, table
from tests.infra.test_migrations_template import text
from tests.infra.test_order_service import order_service


def everything(folder: Path) -> cdk.App:
    """Migrations with all that they may be given: a network, keys, and tables of every origin."""
    app = cdk.App()
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(region="eu-west-1"))
    key = kms.Key(stack, "Key")
    Migrations(
        stack,
        "Migrations",
        migrations=folder,
        vpc=ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0, create_internet_gateway=False),
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        state=MigrationState(stack, "State", encryption_key=key),
        encryption_key=key,
        tables={
            "own": table(stack, "Own"),
            "by_name": dynamodb.TableV2.from_table_name(stack, "ByName", "by-name"),
            "by_arn": dynamodb.Table.from_table_arn(stack, "ByArn", cdk.Fn.import_value("OrdersTableArn")),
        },
    )
    return app


def nothing_given(folder: Path) -> cdk.App:
    """The function makes its own state."""
    app = cdk.App()
    Migrations(cdk.Stack(app, "Shop"), "Migrations", migrations=folder)
    return app


def deployed_by_this_repository(folder: Path) -> cdk.App:
    """The example."""
    app = cdk.App()
    order_service(app)
    return app


APPS = [everything, nothing_given, deployed_by_this_repository]


def wildcards(app: cdk.App) -> Iterator[str]:
    """Each action and resource with one."""
    for stack in app.node.children:
        if isinstance(stack, cdk.Stack):
            for statements in Resources.of(stack).statements().values():
                for statement in statements:
                    for kind in ("Action", "Resource"):
                        found: Any = statement[kind]
                        for one in found if isinstance(found, list) else [found]:
                            if "*" in text(one):
                                name = re.sub(r".*:parameter/dynamigrate/.*/", "events/", text(one))
                                name = re.sub(r".*:states:.*:execution:.*:", "executions/", name)
                                yield f"{kind}::{name.rpartition('table/')[2]}"


def reasons(app: cdk.App) -> dict[str, str]:
    """Where the rule against wildcards is acknowledged, by the name of the policy and the finding, and why."""
    return {
        f"{construct.node.id} {rule}": reason
        for construct in app.node.find_all()
        for entry in construct.node.metadata
        if entry.type == "aws:cdk:acknowledged-rules"
        for rule, reason in entry.data.items()
        if "AwsSolutions-IAM5" in rule
    }


@pytest.mark.parametrize("make", APPS)
def test_no_wildcard_is_without_its_reason(make: Any, folder: Path) -> None:
    """The nag finds each wildcard by itself; one that it still tells of has none."""
    app = make(folder)
    app.synth()
    left = {
        violation.rule_name
        for stack in app.node.children
        for violation in cdk_nag.AwsSolutionsChecks(app).validate_scope(stack).violations
        if violation.rule_name.startswith(("AwsSolutions-IAM4", "AwsSolutions-IAM5"))
    }
    assert left == set()
    assert all(len(reason.split()) > 5 for reason in reasons(app).values())


def test_the_wildcards_are_those_of_metrics_networks_logs_runs_and_imported_tables(folder: Path) -> None:
    """No action has one, and nothing else is acknowledged, so that no reason hides what is yet to come."""
    app = everything(folder)
    assert sorted(wildcards(app)) == [
        "Resource::*",
        "Resource::*",
        "Resource::*",
        "Resource::<OrdersTableArn>/index/*",
        "Resource::by-name/index/*",
        "Resource::events/*",
        "Resource::events/*",
        "Resource::executions/*",
        "Resource::executions/*",
    ]
    app.synth()
    assert sorted(policy.partition(" ")[0] for policy in reasons(app)) == [
        "EnginePolicy",
        "EnginePolicy",
        "Policy",
        "Policy",
        "Policy",
        "TablesPolicy",
        "TablesPolicy",
    ]
    # The responder's and the state machine's are called Policy; the latter's has two, of its log and its executions, and
    # with a key the responder's has the second of these, too.
    always = ["EnginePolicy", "Policy", "Policy", "Policy"]
    # The example has a function before its application and one after it.
    for make, policies, functions in ((nothing_given, [], 1), (deployed_by_this_repository, ["EnginePolicy"], 2)):
        runs = ["Resource::events/*", "Resource::events/*", "Resource::executions/*"]
        found = ["Resource::*", *("Resource::*" for _ in policies), *runs]
        assert sorted(wildcards(make(folder))) == sorted(found * functions)
        named = sorted(policy.partition(" ")[0] for policy in reasons(make(folder)))
        assert set(named) == {*always, *policies}
        assert functions > 1 or named == sorted([*always, *policies])
