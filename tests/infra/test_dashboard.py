"""The dashboard of a history: what it shows, where it links to, and what its function may do."""

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from dynamigrate.contract import WIDGET_HANDLER
from dynamigrate.contract.grants import READ_ACTIONS, READ_KEY_ACTIONS
from dynamigrate.contract.metrics import RunMetric
from dynamigrate_cdk import InvalidProp, Migrations, MigrationState
from tests.infra.conftest import MakeFolder
from tests.infra.dashboards import Shown, role_statements
from tests.infra.four import AFTER, DETACHED, Four, variables
from tests.infra.synthesized import Resources, value_of

HISTORY = "Migrating/Migrations"
RESPONDER = "MigrationsResponderFunction3D1005E7"
CONSOLE = "https://console.aws.amazon.com"


@pytest.fixture(scope="module")
def before_and_after(make_folder: MakeFolder) -> Path:
    return make_folder({"1_first.py": DETACHED, "2_second.py": AFTER})


@pytest.fixture(scope="module")
def four(before_and_after: Path) -> Four:
    four = Four(before_and_after, dashboard=True)
    four.after()
    return four


@pytest.fixture(scope="module")
def resources(four: Four) -> Resources:
    return Resources.of(four.migrating)


@pytest.fixture(scope="module")
def shown(resources: Resources) -> Shown:
    return Shown.of(resources)


def widget_function(resources: Resources) -> dict[str, Any]:
    [found] = [
        one["Properties"]
        for one in resources.template["Resources"].values()
        if one["Properties"].get("Handler") == WIDGET_HANDLER
    ]
    return dict(found)


def alone(folder: Path, stack: cdk.Stack, **props: Any) -> Shown:
    """The dashboard of a history with nothing beside it."""
    Migrations(stack, "Migrations", migrations=folder, dashboard=True, **props)
    return Shown.of(Resources.of(stack))


def test_without_it_there_is_none(folder: Path) -> None:
    """Nor its function, nor a role for that."""
    plain = Four(folder)
    kinds = Resources.of(plain.migrating).ids().values()
    assert "AWS::CloudWatch::Dashboard" not in kinds
    assert (plain.migrations.dashboard, plain.migrations.widget_function) == (None, None)
    assert list(kinds).count("AWS::Lambda::Function") == 2


def test_it_has_every_metric_of_runs_by_their_history(shown: Shown, resources: Resources) -> None:
    """The very dimension that the function writes."""
    found = {one[1]: one[2:4] for one in shown.of_namespace("dynamigrate")}
    own = next(one for one in resources.template["Resources"].values() if "DYNAMIGRATE_PARAMS" in str(one))
    assert variables(own["Properties"])["DYNAMIGRATE_HISTORY"] == HISTORY
    assert found == {metric.value: ["history", HISTORY] for metric in RunMetric}


def test_it_searches_for_what_the_migrations_of_both_phases_report(shown: Shown) -> None:
    """The function after the application's deploy is another service, which is made after the dashboard."""
    names = [re.findall('MetricName="([A-Za-z]+)"', one)[0] for one in shown.searches()]
    assert names == [
        *("Percent", "PerSecond", "Throttles"),
        *("WriteRate", "WriteCeiling", "OthersWrite", "ReadRate", "ReadCeiling", "OthersRead"),
    ]
    for one in shown.searches():
        assert '(service="Migrating" OR service="After")' in one
        assert one.startswith("SEARCH('{dynamigrate,migration,service} ")


def test_without_a_companion_it_searches_for_its_own(folder: Path, stack: cdk.Stack) -> None:
    """No service is named that is not there."""
    assert all('(service="Shop")' in one for one in alone(folder, stack).searches())


def test_throttles_of_the_tables_stand_beside_those_of_backfills(shown: Shown, folder: Path, stack: cdk.Stack) -> None:
    """Those of the application's tables, by the names that migrations know; none where none are given."""
    labels = [one[4]["label"] for one in shown.of_namespace("AWS/DynamoDB")]
    assert labels == ["orders, read", "orders, write"]
    assert alone(folder, stack).of_namespace("AWS/DynamoDB") == []


def test_the_heading_says_whose_it_is_and_where_to_go_on(shown: Shown) -> None:
    """Log, function, both state machines, and the stack of what runs after the application."""
    assert shown.heading.startswith(f"## {HISTORY}\n")
    buttons = dict(re.findall(r"\[button:([A-Za-z ]+)\]\((\S+)\)", shown.heading))
    assert list(buttons) == ["Log", "Function", "Long runs", "Detached runs"]
    assert buttons["Log"] == (
        f"{CONSOLE}/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/<MigrationsLogGroupB876DF77>"
    )
    assert buttons["Function"].startswith(f"{CONSOLE}/lambda/home?region=eu-west-1#/functions/<MigrationsFunction")
    assert buttons["Long runs"].startswith(f"{CONSOLE}/states/home?region=eu-west-1#/v2/statemachines/view/<Migrations")
    assert f"[After the application: After]({CONSOLE}/cloudformation/home?region=eu-west-1#/stacks" in shown.heading


def test_what_is_not_there_has_no_link(folder: Path, stack: cdk.Stack) -> None:
    """Without a machine, and without an application that anything waits for."""
    heading = alone(folder, stack, run_limit=None).heading
    assert re.findall(r"\[button:([A-Za-z ]+)\]", heading) == ["Log", "Function"]
    assert "After the application" not in heading


def test_the_table_is_asked_of_a_function_of_its_own(shown: Shown, four: Four, resources: Resources) -> None:
    """Not of the one that migrates: whoever may look need not be able to rewind."""
    made = four.migrations.widget_function
    assert made is not None
    own = resources.template["Resources"]
    [name] = re.findall("<(.*)[.]Arn>", shown.table["endpoint"])
    assert own[name]["Properties"]["Handler"] == WIDGET_HANDLER
    assert shown.table["updateOn"] == {"refresh": True, "resize": True, "timeRange": False}
    assert "params" not in shown.table


def test_the_function_may_read_the_state_and_nothing_else(resources: Resources) -> None:
    """No action that writes, and nothing on the application's tables."""
    statements = role_statements(resources, "MigrationsWidgetRole")
    reading = [one for one in statements if "dynamodb" in str(one)]
    [statement] = reading
    assert statement["Action"] == list(READ_ACTIONS)
    assert all("State" in str(one) for one in statement["Resource"])
    assert len(statement["Resource"]) == 2
    rest = [one["Action"] for one in statements if one not in reading]
    assert rest == [["logs:CreateLogStream", "logs:PutLogEvents"]]


def test_the_function_may_use_the_key_of_the_state_to_read(folder: Path) -> None:
    """Decrypt, and no more."""
    app = cdk.App()
    data = cdk.Stack(app, "Data", env=cdk.Environment(region="eu-west-1"))
    state = MigrationState(data, "State", encryption_key=kms.Key(data, "Key"))
    stack = cdk.Stack(app, "Migrating", env=cdk.Environment(region="eu-west-1"))
    Migrations(stack, "Migrations", migrations=folder, state=state, dashboard=True)
    statements = role_statements(Resources.of(stack), "MigrationsWidgetRole")
    assert [one["Action"] for one in statements if "kms:" in str(one)] == [list(READ_KEY_ACTIONS)]


def test_the_function_judges_as_the_one_that_migrates(resources: Resources, four: Four) -> None:
    """By the same variables, with what is only known once there is something after the application; and by no other."""
    its = variables(widget_function(resources))
    [own] = [
        variables(one["Properties"])
        for one in resources.template["Resources"].values()
        if "DYNAMIGRATE_PARAMS" in str(one)
    ]
    assert its["DYNAMIGRATE_AWAITS_APPLICATION"] == own["DYNAMIGRATE_AWAITS_APPLICATION"] == "true"
    different = {name for name in its if its[name] != own.get(name)}
    assert different == {"DYNAMIGRATE_LOG_LEVEL", "DYNAMIGRATE_FUNCTION_ARN"}
    assert not {"DYNAMIGRATE_PARAMS", "DYNAMIGRATE_TABLES"} & its.keys()


def test_the_last_lines_of_the_log_are_those_for_people(shown: Shown) -> None:
    """Metrics are lines of the same log. That of a later stack can't be named here."""
    assert shown.query.startswith(
        "SOURCE '<MigrationsLogGroupB876DF77>' | fields @timestamp, level, migration, message\n"
    )
    assert "not ispresent(_aws.Timestamp)" in shown.query


def test_a_row_fits_and_nothing_is_narrower_than_a_third(shown: Shown) -> None:
    """At half the width of a screen a third is still read."""
    assert min(one["width"] for one in shown.widgets) == 8
    rows: dict[int, int] = {}
    for one in shown.widgets:
        rows[one["y"]] = rows.get(one["y"], 0) + one["width"]
    assert set(rows.values()) == {24}


def test_the_name_has_the_stack_and_meets_no_other(folder: Path) -> None:
    """An account has one list of them for all Regions, and one of the same name is overwritten."""
    names = []
    for stack_name, construct in (("A", "B-C"), ("A-B", "C")):
        stack = cdk.Stack(cdk.App(), stack_name)
        Migrations(stack, construct, migrations=folder, dashboard=True)
        names.append(value_of(Resources.of(stack).only("AWS::CloudWatch::Dashboard")["DashboardName"]))
    assert all(re.fullmatch("A-B-C-eu-west-1-[0-9a-f]{8}", name) for name in names)
    assert len(set(names)) == 2


def test_the_outputs_lead_to_it(resources: Resources) -> None:
    """By its address in the console; and with the function's ARN, for dashboards elsewhere."""
    outputs = {
        re.sub("[0-9A-F]{8}$", "", name): value_of(one["Value"]) for name, one in resources.template["Outputs"].items()
    }
    page = outputs["MigrationsDashboardPage"]
    assert re.fullmatch(f"{re.escape(CONSOLE)}/cloudwatch/home\\?region=eu-west-1#dashboards/dashboard/<.*>", page)
    assert outputs["MigrationsWidgetFunction"] == Shown.of(resources).table["endpoint"]


@pytest.mark.parametrize("flag", ["dashboard", "alarms", "events", "tracing", "test_events"])
def test_a_flag_that_is_neither_true_nor_false_is_refused(folder: Path, stack: cdk.Stack, flag: str) -> None:
    """Text counts as true, whatever it says."""
    given: dict[str, Any] = {flag: "no"}
    with pytest.raises(InvalidProp, match=rf"^Shop/Migrations: {flag} is 'no'\. Give True or False\.$"):
        Migrations(stack, "Migrations", migrations=folder, **given)


def test_a_log_group_with_slashes_in_its_name_is_linked_to(folder: Path, stack: cdk.Stack) -> None:
    """The console has them quoted twice."""
    group = logs.LogGroup.from_log_group_name(stack, "Log", "/shop/other#1")
    assert "log-group/$252Fshop$252Fother$25231)" in alone(folder, stack, log_group=group).heading


def test_a_log_group_of_a_name_that_is_only_referred_to_is_linked_to(folder: Path, stack: cdk.Stack) -> None:
    """CloudFormation replaces what is in it."""
    alone(folder, stack, log_group=logs.LogGroup(stack, "Log", log_group_name="/shop/migrations"))
    template = Resources.of(stack).template
    [page] = [one["Value"] for name, one in template["Outputs"].items() if "LogPage" in name]
    assert "{'Fn::Join': ['$252F', {'Fn::Split': ['/', {'Ref': 'Log" in str(page)


def test_a_stack_that_is_there_gets_it_with_nothing_replaced(folder: Path) -> None:
    """All that was there stays as it is, but that the responder counts what died; a dashboard and its function come beside it."""
    both: tuple[dict[str, Any], dict[str, Any]] = ({}, {"dashboard": True, "test_events": True})
    plain, shown = (
        Resources.of(Four(folder, deploy_id="build-7", **props).migrating).template["Resources"] for props in both
    )
    history = variables(shown[RESPONDER]["Properties"])
    shown[RESPONDER]["Properties"]["Environment"]["Variables"].pop("DYNAMIGRATE_HISTORY")
    assert {name: shown[name] for name in plain} == plain
    assert history["DYNAMIGRATE_HISTORY"] == HISTORY
    kinds = sorted(one["Type"] for name, one in shown.items() if name not in plain)
    assert kinds == [
        "AWS::CloudWatch::Dashboard",
        "AWS::EventSchemas::Schema",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
    ]
