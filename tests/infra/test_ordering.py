"""What waits for the migrations, and what they wait for."""

import re
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

from dynamigrate_cdk import DependencyCycle, InvalidProp, Migrations, MigrationState
from tests.infra.synthesized import Resources, Shop, table
from tests.infra.test_migrations_template import RESOURCE

LAYOUT = " Lay the stacks out in one direction: data stack (tables, MigrationState) <- migrations stack <- application stack. "


class Three:
    """Three stacks, and migrations that use the first."""

    def __init__(self, folder: Path) -> None:
        self.app = cdk.App()
        self.data, self.migrating, self.application = (
            cdk.Stack(self.app, name) for name in ("Data", "Migrating", "Application")
        )
        self.orders = table(self.data, "Orders")
        self.migrations = Migrations(self.migrating, "Migrations", migrations=folder, tables={"orders": self.orders})


@pytest.fixture(scope="module")
def three(folder: Path) -> Three:
    """Never synthesized, so that tests can share it."""
    return Three(folder)


def names(stacks: list[cdk.Stack]) -> set[str]:
    return {stack.node.path for stack in stacks}


def test_an_application_stack_waits_for_the_migrations_and_they_for_the_data(shop: Shop) -> None:
    """In that order CloudFormation deploys them, and a failure ends it."""
    assert names(shop.application_stack.dependencies) == {"Migrating"}
    assert names(shop.migrations_stack.dependencies) == {"Data"}
    assert names(shop.data_stack.dependencies) == set()


def test_a_construct_of_another_stack_makes_its_stack_wait(folder: Path) -> None:
    """CloudFormation knows no finer order between stacks."""
    three = Three(folder)
    queue = cdk.CfnResource(three.application, "Queue", type="AWS::SQS::Queue")
    three.migrations.execute_before(queue)
    assert names(three.application.dependencies) == {"Migrating"}


def test_a_construct_of_the_same_stack_waits_for_the_resource(stack: cdk.Stack, folder: Path) -> None:
    """And the resource for what it is told to wait for."""
    first, later = (cdk.CfnResource(stack, name, type="AWS::SQS::Queue") for name in ("First", "Later"))
    migrations = Migrations(stack, "Migrations", migrations=folder, tables={"orders": table(stack, "Orders")})
    migrations.execute_before(later)
    migrations.execute_after(first)
    resources = Resources.of(stack)
    assert resources["Later"]["DependsOn"] == [RESOURCE]
    assert "First" in resources[RESOURCE]["DependsOn"]


def test_a_nested_stack_waits_as_part_of_its_parent(stack: cdk.Stack, folder: Path) -> None:
    """It is a resource of the stack that CDK deploys."""
    nested = cdk.NestedStack(stack, "Nested")
    cdk.CfnResource(nested, "Queue", type="AWS::SQS::Queue")
    Migrations(stack, "Migrations", migrations=folder).execute_before(nested)
    resources = Resources.of(stack)
    (child,) = (name for name, kind in resources.ids().items() if kind == "AWS::CloudFormation::Stack")
    assert RESOURCE in resources[child]["DependsOn"]


def both_ways(three: Three) -> None:
    three.migrations.execute_before(three.application)
    three.migrations.execute_after(three.application)


CYCLES: dict[str, tuple[Callable[[Three], None], str]] = {
    "the data waits for what uses it": (
        lambda three: three.migrations.execute_before(three.data),
        (
            "Data can't be deployed after Migrating/Migrations: Migrating/Migrations uses Data/Orders, "
            "and Data/Orders is in Data."
        ),
    ),
    "a part of the data's stack does": (
        lambda three: three.migrations.execute_before(cdk.CfnWaitConditionHandle(three.data, "Part")),
        (
            "Data/Part can't be deployed after Migrating/Migrations: Migrating/Migrations uses Data/Orders, "
            "and Data/Orders is in Data."
        ),
    ),
    "what waits comes first": (
        both_ways,
        (
            "Migrating/Migrations can't be deployed after Application: Application is in Application, "
            "which waits for Migrating."
        ),
    ),
    "its own stack waits": (
        lambda three: three.migrations.execute_before(three.migrating),
        "Migrating can't be deployed after Migrating/Migrations: Migrating/Migrations is in Migrating.",
    ),
    "it waits for its own stack": (
        lambda three: three.migrations.execute_after(three.migrating),
        "Migrating/Migrations can't be deployed after Migrating: Migrating/Migrations is in Migrating.",
    ),
}


@pytest.mark.parametrize(("call", "message"), CYCLES.values(), ids=CYCLES.keys())
def test_a_cycle_is_refused_with_the_layout_that_works(
    three: Three, call: Callable[[Three], None], message: str
) -> None:
    """Where it is written, not at the end of synth."""
    with pytest.raises(DependencyCycle, match=re.escape(message + LAYOUT)):
        call(three)


def test_a_cycle_through_another_stack_is_found(folder: Path) -> None:
    """Data that waits for the application can't be data that the application's migrations use."""
    three = Three(folder)
    between = cdk.Stack(three.app, "Between")
    three.data.add_stack_dependency(between)
    between.add_stack_dependency(three.application)
    message = "Data/Orders is in Data, which waits for Between, which waits for Application."
    with pytest.raises(DependencyCycle, match=re.escape(message)):
        three.migrations.execute_before(three.application)


def test_a_state_in_the_stack_that_waits_is_a_cycle(folder: Path) -> None:
    """As for tables."""
    app = cdk.App()
    application, migrating = cdk.Stack(app, "Application"), cdk.Stack(app, "Migrating")
    state = MigrationState(application, "State")
    migrations = Migrations(migrating, "Migrations", migrations=folder, state=state)
    with pytest.raises(DependencyCycle, match=r"uses Application/State/Migrations, and .* is in Application"):
        migrations.execute_before(application)


def test_what_is_in_no_stack_can_wait_for_nothing(three: Three) -> None:
    """An app, or something that is no construct."""
    with pytest.raises(InvalidProp, match=r"the app is in no stack\. Give stacks, or constructs in them\."):
        three.migrations.execute_before(three.app)
    with pytest.raises(InvalidProp, match=r"'Application' is no construct\. Give stacks"):
        three.migrations.execute_before("Application")  # type: ignore[arg-type]


def test_stages_do_not_wait_for_each_other(three: Three) -> None:
    """CDK has no such order; a pipeline has."""
    other = cdk.Stack(cdk.Stage(three.app, "Production"), "Application")
    with pytest.raises(InvalidProp, match="are in different stages"):
        three.migrations.execute_before(other)
