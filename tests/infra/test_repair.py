"""The repair that a deploy carries: `cdk deploy -c repair=...`."""

import re
from pathlib import Path

import aws_cdk as cdk
import pytest

from dynamigrate_cdk import InvalidProp, Migrations
from tests.infra.synthesized import Resources


def repairs(folder: Path, context: str | None, *names: str, repair: str | None = None) -> dict[str, str | None]:
    """The repair that each of *names* carries, in one stack."""
    stack = cdk.Stack(cdk.App(context={} if context is None else {"repair": context}), "Shop")
    for name in names:
        Migrations(stack, name, migrations=folder, repair=repair)
    return {
        name: one["Properties"].get("Repair")
        for name in names
        for logical_id, one in Resources.of(stack).template["Resources"].items()
        if one["Type"] == "Custom::DynamoDBMigrations" and logical_id.startswith(name)
    }


def test_the_context_carries_it(folder: Path) -> None:
    """Nothing in the app has to change for a deploy that repairs."""
    assert repairs(folder, "20261101090000:pending", "One") == {"One": "20261101090000:pending"}


def test_an_empty_context_is_none(folder: Path) -> None:
    """As `-c repair=$REPAIR` has it when there is none."""
    assert repairs(folder, "", "One") == {"One": None}


def test_the_prop_comes_before_the_context(folder: Path) -> None:
    """What stands in the code was meant for this construct."""
    assert repairs(folder, "1:applied", "One", repair="2:pending") == {"One": "2:pending"}


def test_one_of_several_histories_is_named(folder: Path) -> None:
    """By the construct's path."""
    assert repairs(folder, "Shop/Two=1:applied", "One", "Two") == {"One": None, "Two": "1:applied"}


def test_which_of_several_histories_must_be_said(folder: Path) -> None:
    """An id is only unique within one, and to repair the wrong one would run a migration twice."""
    message = (
        "Shop/Two: repair is '1:applied', and the app has several histories: Shop/One, Shop/Two. "
        "Say which is meant: cdk deploy -c repair=<path>=1:applied, with the path of one of them."
    )
    with pytest.raises(InvalidProp, match=re.escape(message)):
        repairs(folder, "1:applied", "One", "Two")


@pytest.mark.parametrize("context", ["1", "1:", "Shop/One=1", "Shop/Other=one:applied"])
def test_what_does_not_parse_is_refused(folder: Path, context: str) -> None:
    """Whichever construct it is for."""
    with pytest.raises(InvalidProp, match="cdk deploy -c repair=20261123090000:pending"):
        repairs(folder, context, "One")


def baselines(folder: Path, context: str | None, *names: str, baseline: str | None = None) -> dict[str, str | None]:
    """The baseline that each of *names* carries, each in a stage of its own."""
    app = cdk.App(context={} if context is None else {"baseline": context})
    stacks = {name: cdk.Stack(cdk.Stage(app, name), "Shop") for name in names}
    for stack in stacks.values():
        Migrations(stack, "Migrations", migrations=folder, baseline=baseline)
    return {
        name: one["Properties"].get("Baseline")
        for name, stack in stacks.items()
        for one in Resources.of(stack).template["Resources"].values()
        if one["Type"] == "Custom::DynamoDBMigrations"
    }


def test_a_baseline_is_carried_as_a_repair_is(folder: Path) -> None:
    """By the context, or by the prop."""
    assert baselines(folder, "20261101090000", "Dev") == {"Dev": "20261101090000"}
    assert baselines(folder, "", "Dev") == {"Dev": None}
    assert baselines(folder, "1", "Dev", baseline="2") == {"Dev": "2"}


def test_one_of_several_stages_is_named(folder: Path) -> None:
    """The others are made in the same synth, and are not meant."""
    found = baselines(folder, "Dev/Shop/Migrations=20261101090000", "Dev", "Prod")
    assert found == {"Dev": "20261101090000", "Prod": None}


def test_which_of_several_stages_must_be_said(folder: Path) -> None:
    """With the paths that there are, and none of them as if it were meant."""
    message = (
        "Prod/Shop/Migrations: baseline is '1', and the app has several histories: Dev/Shop/Migrations, "
        "Prod/Shop/Migrations. Say which is meant: cdk deploy -c baseline=<path>=1, with the path of one of them."
    )
    with pytest.raises(InvalidProp, match=re.escape(message)):
        baselines(folder, "1", "Dev", "Prod")


@pytest.mark.parametrize("context", ["x", "1:applied", "Dev/Shop/Migrations=", "٣"])
def test_a_baseline_that_is_no_id_is_refused(folder: Path, context: str) -> None:
    """With an example of one that is."""
    with pytest.raises(InvalidProp, match="cdk deploy -c baseline=20261123090000"):
        baselines(folder, context, "Dev")


def test_the_function_is_told_the_constructs_path(folder: Path) -> None:
    """By which its advice names the one that failed, in whichever stage it is."""
    stack = cdk.Stack(cdk.Stage(cdk.App(), "Dev"), "Shop")
    Migrations(stack, "Migrations", migrations=folder)
    [resource] = [
        one for one in Resources.of(stack).template["Resources"].values() if one["Type"].startswith("Custom::Dyn")
    ]
    assert resource["Properties"]["ConstructPath"] == "Dev/Shop/Migrations"
