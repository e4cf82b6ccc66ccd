"""Outputs that tell how things stand, and pages of the console in each partition."""

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from dynamigrate_cdk import Migrations
from tests.infra.conftest import MakeFolder
from tests.infra.four import DETACHED
from tests.infra.synthesized import Resources, value_of


def outputs(stack: cdk.Stack) -> dict[str, Any]:
    """By name, without what CDK puts behind it."""
    found = Resources.of(stack).template["Outputs"]
    return {re.sub("[0-9A-F]{8}$", "", name).removeprefix("Migrations"): one["Value"] for name, one in found.items()}


def test_they_tell_how_things_stand(folder: Path, stack: cdk.Stack) -> None:
    """From what the last deploy's run answered."""
    Migrations(stack, "Migrations", migrations=folder)
    found = outputs(stack)
    resource = "Migrations23B444C5"
    assert found["Current"] == {"Fn::GetAtt": [resource, "StandsAt"]}
    assert found["Counts"] == {"Fn::GetAtt": [resource, "Counts"]}
    assert list(found) == [
        *("Current", "Counts", "Warnings", "StatusCommand", "LogPage"),
        *("Invocations", "StateMachine", "StateMachinePage"),
    ]


def test_what_is_not_there_is_not_linked_to(folder: Path, stack: cdk.Stack) -> None:
    """Without a state machine."""
    Migrations(stack, "Migrations", migrations=folder, run_limit=None)
    assert list(outputs(stack)) == ["Current", "Counts", "Warnings", "StatusCommand", "LogPage"]


def test_the_machine_of_detached_ones_is_linked_to(make_folder: MakeFolder, stack: cdk.Stack) -> None:
    """It is another one."""
    Migrations(stack, "Migrations", migrations=make_folder({"1_first.py": DETACHED}))
    found = outputs(stack)
    assert value_of(found["DetachedRunsPage"]) != value_of(found["StateMachinePage"])
    assert "Detached" in value_of(found["DetachedRunsPage"])


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("eu-west-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("us-iso-east-1", "console.aws.amazon.com"),
    ],
)
def test_each_partition_has_its_console(folder: Path, region: str, domain: str) -> None:
    """Where the Region is known, the template has it as text."""
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(region=region))
    Migrations(stack, "Migrations", migrations=folder)
    page = value_of(outputs(stack)["LogPage"])
    assert page.startswith(f"https://{domain}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/<")
    assert "Conditions" not in Resources.of(stack).template


def test_where_the_region_is_not_known_the_template_decides(folder: Path, stack: cdk.Stack) -> None:
    """By the partition that it is deployed in; in one that nobody thought of, as in most."""
    Migrations(stack, "Migrations", migrations=folder)
    conditions = Resources.of(stack).template["Conditions"]
    assert sorted(one["Fn::Equals"][1] for one in conditions.values()) == ["aws-cn", "aws-us-gov"]
    assert value_of(outputs(stack)["LogPage"]).startswith("https://console.aws.amazon.com/")
