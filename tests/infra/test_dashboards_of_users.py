"""`add_to`: a history on a user's own dashboard, and beside others."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from dynamigrate_cdk import DependencyCycle, InvalidProp, Migrations
from tests.infra.conftest import MakeFolder
from tests.infra.dashboards import Shown, role_statements
from tests.infra.four import AFTER, PLAIN, Four
from tests.infra.synthesized import Resources

ARN = "arn:aws:lambda:eu-central-1:222233334444:function:Prod-MigrationsWidgetFunction1A56C2BD-x"


@pytest.fixture(scope="module")
def both(make_folder: MakeFolder) -> Path:
    return make_folder({"1_first.py": PLAIN, "2_second.py": AFTER})


def dashboard(four: Four, stack: cdk.Stack | None = None) -> cloudwatch.Dashboard:
    return cloudwatch.Dashboard(stack or cdk.Stack(four.app, "Operations"), "Dashboard")


def test_it_goes_below_what_is_there(both: Path) -> None:
    """On a dashboard of a later stack, which waits for the migrations'."""
    four = Four(both)
    four.after()
    theirs = dashboard(four)
    theirs.add_widgets(cloudwatch.TextWidget(markdown="ours", height=3))
    four.migrations.add_to(theirs)
    shown = Shown.of(Resources.of(theirs.stack))
    assert [(one["type"], one["y"]) for one in shown.widgets[:3]] == [("text", 0), ("text", 3), ("custom", 5)]
    assert "Migrating" in [one.node.id for one in theirs.stack.dependencies]
    assert four.migrations.dashboard is None
    assert four.migrations.widget_function is not None


def test_the_log_after_the_application_is_there_where_the_dashboard_waits_for_it(both: Path) -> None:
    """Nothing else may make the one stack wait for the other."""
    four = Four(both)
    after = four.after()
    early, late = (cloudwatch.Dashboard(cdk.Stack(four.app, name), "Dashboard") for name in ("Early", "Late"))
    getattr(late.stack, "add_stack_dependency", late.stack.add_dependency)(
        after.stack if hasattr(after, "stack") else four.after_stack
    )
    for one in (early, late):
        four.migrations.add_to(one)
    queries = [Shown.of(Resources.of(one.stack)).query for one in (early, late)]
    assert [query.count("SOURCE") for query in queries] == [1, 2]


def test_one_function_serves_all_dashboards(both: Path) -> None:
    """That of the migrations' own stack, and others."""
    four = Four(both, dashboard=True)
    four.after()
    made = four.migrations.widget_function
    four.migrations.add_to(dashboard(four))
    assert four.migrations.widget_function is made
    handlers = str(Resources.of(four.migrating).template).count("dynamigrate.handler.widget.handle")
    assert handlers == 1


def test_a_function_that_comes_after_the_companion_knows_of_it(both: Path) -> None:
    """Whichever was made first, the table judges as a run does."""
    four = Four(both)
    four.after()
    four.migrations.add_to(dashboard(four, four.migrating))
    found = str(Resources.of(four.migrating).template).count("'DYNAMIGRATE_AWAITS_APPLICATION': 'true'")
    assert found == 2


def test_a_dashboard_that_the_migrations_wait_for_is_refused(both: Path) -> None:
    """Their stack would need a later one; says where to put it."""
    four = Four(both)
    with pytest.raises(
        DependencyCycle, match=r"^Data/Dashboard can't be deployed after Migrating/Migrations: .*Put the"
    ) as e:
        four.migrations.add_to(dashboard(four, four.data))
    assert str(e.value).endswith(
        "Put the dashboard into the stack of the migrations, or into one that is deployed after it."
    )
    assert four.migrations.widget_function is None


@pytest.mark.parametrize("given", [None, "Operations", cdk.App()], ids=["nothing", "a name", "an app"])
def test_what_is_no_dashboard_is_refused(both: Path, given: Any) -> None:
    """A name, for instance: there is none to add to."""
    with pytest.raises(InvalidProp, match=r"^Migrating/Migrations: add_to was given .*\. Give a cloudwatch\.Dashboard"):
        Four(both).migrations.add_to(given)


def test_a_dashboard_of_another_app_is_refused(both: Path) -> None:
    """It would refer to nothing."""
    elsewhere = cloudwatch.Dashboard(cdk.Stack(cdk.App(), "Other"), "Dashboard")
    with pytest.raises(InvalidProp, match=r"Other/Dashboard is in another app\. Put the dashboard into the stack"):
        Four(both).migrations.add_to(elsewhere)


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        (cdk.Environment(account="222233334444", region="eu-west-1"), "account 222233334444, and not in 111122223333"),
        (cdk.Environment(account="111122223333", region="us-east-1"), "Region us-east-1, and not in eu-west-1"),
        (
            cdk.Environment(account="111122223333"),
            "Region one that is only known when it is deployed, and not in eu-west-1",
        ),
    ],
    ids=["account", "Region", "unknown"],
)
def test_a_dashboard_in_another_place_is_refused(folder: Path, environment: cdk.Environment, where: str) -> None:
    """And how it is done from there."""
    app = cdk.App()
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    migrations = Migrations(stack, "Migrations", migrations=folder)
    theirs = cloudwatch.Dashboard(cdk.Stack(app, "Other", env=environment), "Dashboard")
    with pytest.raises(InvalidProp) as error:
        migrations.add_to(theirs)
    assert f"Other/Dashboard is in {where}, where it can't refer to the migrations." in str(error.value)
    assert "beside=" in str(error.value)


def test_the_same_dashboard_twice_is_refused(both: Path) -> None:
    """It would show everything twice."""
    four = Four(both, dashboard=True)
    own = four.migrations.dashboard
    assert own is not None
    with pytest.raises(InvalidProp, match=r"Migrating/Migrations/Dashboard shows it already\. Call add_to once"):
        four.migrations.add_to(own)


def test_others_are_shown_beside_it(both: Path, folder: Path) -> None:
    """By name; its function may ask theirs, by a policy of the dashboard's stack, so that neither history needs the other."""
    four = Four(both)
    four.after()
    second = cdk.Stack(four.app, "Second")
    other = Migrations(second, "Migrations", migrations=folder)
    theirs = dashboard(four)
    four.migrations.add_to(theirs, beside={"prod": ARN, "second": other})
    resources = Resources.of(theirs.stack)
    functions = Shown.of(resources).table["params"]["functions"]
    assert functions["prod"] == ARN
    assert functions["second"].startswith("<Second:ExportsOutputFnGetAttMigrationsWidgetFunction")
    [statement] = role_statements(resources, "Migrating:ExportsOutputRefMigrationsWidgetRole")
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"][0] == ARN
    assert len(statement["Resource"]) == 2
    assert [one.node.id for one in second.dependencies] == []
    assert other.widget_function is not None


def test_dashboards_of_two_stacks_grant_the_function_apart(both: Path, folder: Path) -> None:
    """A role's policies go by their names: the one that is made later would take the place of the other."""
    four = Four(both)
    four.after()
    other = Migrations(cdk.Stack(four.app, "Second"), "Migrations", migrations=folder)
    theirs = [dashboard(four, cdk.Stack(four.app, name)) for name in ("Team", "Wall")]
    for one in theirs:
        four.migrations.add_to(one, beside={"second": other})
    names = {Resources.of(one.stack).only("AWS::IAM::Policy")["PolicyName"] for one in theirs}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("beside", "message"),
    [
        ("prod", "beside is 'prod'. Give names with what they are of"),
        ({"prod": "MyFunction"}, "beside={'prod': 'MyFunction'} is not the ARN of a function. Give what the output"),
        ({"prod": "arn:aws:dynamodb:eu-west-1:111122223333:table/x"}, "is not the ARN of a function."),
        ({"prod": 3}, "beside={'prod': 3} is no history. Give a Migrations, or the ARN"),
        ({"": ARN}, "beside has the name ''. Give text of at most 40 characters."),
        ({"a\nb": ARN}, "beside has the name 'a\\nb'."),
        ({7: ARN}, "beside has the name 7."),
        ({str(one): ARN for one in range(21)}, "beside has 21 histories. A table has room for 20."),
    ],
)
def test_what_can_not_be_shown_beside_it_is_refused(both: Path, beside: Any, message: str) -> None:
    """Each says which name, and what to give; nothing is added."""
    four = Four(both)
    theirs = dashboard(four)
    with pytest.raises(InvalidProp) as error:
        four.migrations.add_to(theirs, beside=beside)
    assert str(error.value).startswith("Migrating/Migrations: ")
    assert message in str(error.value)
    assert four.migrations.widget_function is None


def test_itself_is_not_beside_it(both: Path) -> None:
    """It is there anyway."""
    four = Four(both)
    with pytest.raises(InvalidProp, match=r"is this one\. It is shown anyway"):
        four.migrations.add_to(dashboard(four), beside={"own": four.migrations})


def test_one_of_another_account_is_given_by_its_arn(folder: Path) -> None:
    """CDK can't refer to it."""
    app = cdk.App()
    here, there = (
        Migrations(
            cdk.Stack(app, name, env=cdk.Environment(account=account, region="eu-west-1")),
            "Migrations",
            migrations=folder,
        )
        for name, account in (("Here", "111122223333"), ("There", "222233334444"))
    )
    theirs = cloudwatch.Dashboard(cdk.Stack.of(here), "Dashboard")
    with pytest.raises(InvalidProp, match=r"There/Migrations in account 222233334444.*Give the ARN"):
        here.add_to(theirs, beside={"there": there})
