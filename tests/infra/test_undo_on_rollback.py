"""What `on_rollback="undo"` adds to a template: the newer code, and its grants, outlive the first half of a rollback."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from dynamigrate.contract import Property
from dynamigrate_cdk import Migrations
from tests.infra.synthesized import Resources, table
from tests.infra.test_migrations_template import FUNCTION, RESOURCE
from tests.infra.test_order_service import findings

Synthesize = Callable[..., Resources]


@pytest.fixture
def synthesize(folder: Path) -> Synthesize:
    """A stack with two tables, whose deploy is undone in a rollback."""

    def make(*, indexes: bool = False, grant: str = "", tag: str = "", **props: Any) -> Resources:
        stack = cdk.Stack(cdk.App(), "Shop")
        tables = {"one": table(stack, "One"), **({"two": table(stack, "Two")} if indexes else {})}
        given = {"on_rollback": "undo", "deploy_id": "build-7", "migrations": folder, "tables": tables, **props}
        migrations = Migrations(stack, "Migrations", **given)
        if grant:
            iam.Grant.add_to_principal(grantee=migrations, actions=[grant], resource_arns=["arn:aws:sqs:::late"])
        if tag:
            cdk.Tags.of(migrations).add("team", tag)
        return Resources.of(stack)

    return make


def of_type(resources: Resources, kind: str) -> set[str]:
    return {logical_id for logical_id, one in resources.ids().items() if one == kind}


def test_nothing_is_published_without_it(synthesize: Synthesize) -> None:
    """A version for each deploy is only made where it is used."""
    resources = synthesize(on_rollback="nothing")
    assert of_type(resources, "AWS::Lambda::Version") == set()
    assert Property.FUNCTION_VERSION.value not in resources[RESOURCE]["Properties"]


def test_the_resource_carries_the_version_of_its_code(synthesize: Synthesize) -> None:
    """A version that is deleted with the deploy: one that was kept would make a retry of the same code fail."""
    resources = synthesize()
    (version,) = of_type(resources, "AWS::Lambda::Version")
    assert resources[RESOURCE]["Properties"][Property.FUNCTION_VERSION.value] == {"Ref": version}
    assert version in resources[RESOURCE]["DependsOn"]
    assert resources[version]["DeletionPolicy"] == "Delete"
    assert resources[version]["Properties"] == {"FunctionName": {"Ref": FUNCTION}}


def test_other_code_is_another_version(synthesize: Synthesize, make_folder: Callable[..., Path]) -> None:
    """The same code is the same one: Lambda would refuse to publish it twice, for a new tag for example."""
    versions = [
        of_type(synthesize(**props), "AWS::Lambda::Version")
        for props in ({}, {"deploy_id": "build-8"}, {"tag": "orders"}, {"migrations": make_folder({"2_b.py": "def do(c): 1"})})
    ]  # fmt: skip
    assert versions[0] == versions[1] == versions[2]
    assert versions[0].isdisjoint(versions[3])


def test_the_function_may_invoke_its_own_versions(synthesize: Synthesize) -> None:
    """And no other function; the function does not wait for that, which would be a cycle."""
    resources = synthesize()
    (policy,) = (name for name in of_type(resources, "AWS::IAM::Policy") if "VersionsPolicy" in name)
    (statement,) = resources.statements()[policy]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"] == {"Fn::Join": ["", [{"Fn::GetAtt": [FUNCTION, "Arn"]}, ":*"]]}
    assert policy in resources[RESOURCE]["DependsOn"]
    assert policy not in resources[FUNCTION]["DependsOn"]


@pytest.mark.parametrize(("change", "which"), [({"indexes": True}, "TablesPolicy"), ({"grant": "sqs:Send"}, "Default")])
def test_other_grants_are_another_policy(synthesize: Synthesize, change: dict[str, Any], which: str) -> None:
    """A rollback takes back at once what was changed in place, but deletes what was made new only at its end."""
    before, after = (of_type(one, "AWS::IAM::Policy") for one in (synthesize(), synthesize(**change)))
    (gone,), (new,) = before - after, after - before
    assert which in gone
    assert which in new
    assert synthesize(**change)[new]["Properties"]["PolicyName"] == new


def test_the_same_grants_are_the_same_policies(synthesize: Synthesize) -> None:
    """Two synths differ in nothing."""
    assert synthesize().template == synthesize().template


def test_what_waits_for_a_policy_finds_it(synthesize: Synthesize) -> None:
    """By the name that it has in the end, also after a late grant."""
    resources = synthesize(grant="sqs:SendMessage")
    for one in resources.template["Resources"].values():
        assert set(one.get("DependsOn", ())) <= resources.ids().keys()
    assert of_type(resources, "AWS::IAM::Policy") - set(resources[RESOURCE]["DependsOn"]) == set()


def test_the_nag_has_nothing_to_say_of_it(folder: Path) -> None:
    """The wildcard in the versions' grant has its reason."""
    app = cdk.App()
    migrations = Migrations(cdk.Stack(app, "Shop"), "Migrations", migrations=folder, on_rollback="undo")
    app.synth()
    assert findings(migrations) == set()
