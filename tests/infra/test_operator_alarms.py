"""Alarms, events and tracing of `Migrations`: what is made of them, what may be done by it, and props that can't work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from dynamigrate.contract.grants import HISTORY_ACTIONS, LOCK_ACTIONS, READ_ACTIONS
from dynamigrate.contract.metrics import RunMetric, WatchMetric
from dynamigrate_cdk import AfterMigrations, Migrations, MigrationState
from dynamigrate_cdk.errors import InvalidProp
from tests.infra.synthesized import Resources, value_of
from tests.infra.test_order_service import findings, linted

TOPIC = "arn:aws:sns:eu-west-1:111122223333:operators"


def migrations_with(folder: Path, **props: Any) -> Migrations:
    """In a stack of its own, which knows its Region."""
    app = cdk.App()
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(region="eu-west-1", account="111122223333"))
    data = cdk.Stack(app, "Data", env=cdk.Environment(region="eu-west-1", account="111122223333"))
    return Migrations(stack, "Migrations", migrations=folder, state=MigrationState(data, "State"), **props)


def resources_of(migrations: Migrations) -> Resources:
    return Resources.of(cdk.Stack.of(migrations))


def of_type(resources: Resources, kind: str) -> dict[str, dict[str, Any]]:
    """Properties of those of a type, by logical id."""
    return {one: resources[one]["Properties"] for one, found in resources.ids().items() if found == kind}


@pytest.fixture(scope="module")
def watched(folder: Path) -> Migrations:
    """With all that an operator may have."""
    app = cdk.App()
    stack = cdk.Stack(app, "Shop")
    topic = sns.Topic(stack, "Operators", master_key=kms.Key(stack, "Key"), enforce_ssl=True)
    state = MigrationState(cdk.Stack(app, "Data"), "State")
    return Migrations(stack, "Migrations", migrations=folder, state=state, alarm_topic=topic, events=True, tracing=True)


def test_there_are_four_alarms_of_one_history_none_of_which_takes_silence_for_trouble(watched: Migrations) -> None:
    """By the one dimension, with the name that metrics are written under."""
    alarms = {one["MetricName"]: one for one in of_type(resources_of(watched), "AWS::CloudWatch::Alarm").values()}
    assert alarms.keys() == {
        RunMetric.FAILED_RUNS,
        WatchMetric.DIRTY_SECONDS,
        WatchMetric.LOCK_OVERDUE_SECONDS,
        WatchMetric.STALLED_SECONDS,
    }
    [function] = [
        one
        for one in of_type(resources_of(watched), "AWS::Lambda::Function").values()
        if one["Handler"] == "dynamigrate.handler.handle"
    ]
    history = function["Environment"]["Variables"]["DYNAMIGRATE_HISTORY"]
    for one in alarms.values():
        assert one["Dimensions"] == [{"Name": "history", "Value": history}]
        assert one["TreatMissingData"] == "notBreaching"
        assert one["Namespace"] == "dynamigrate"
        assert "AlarmName" not in one, "CloudFormation gives each a name that no other has"
    failed = alarms[RunMetric.FAILED_RUNS]
    assert (failed["Threshold"], failed["Period"], failed["Statistic"]) == (1, 60, "Sum")


def test_dirty_for_an_hour_is_told_within_an_hour_and_five_minutes(watched: Migrations) -> None:
    """
    Its metric is the time that it has been so, written every five minutes: the first value of an hour or more comes then,
    and one is enough.
    """
    resources = resources_of(watched)
    [dirty] = [
        one
        for one in of_type(resources, "AWS::CloudWatch::Alarm").values()
        if one["MetricName"] == WatchMetric.DIRTY_SECONDS
    ]
    assert (dirty["Threshold"], dirty["Period"], dirty["Statistic"]) == (3600, 300, "Maximum")
    assert (dirty["DatapointsToAlarm"], dirty["EvaluationPeriods"]) == (1, 2)
    schedules = [
        one["ScheduleExpression"]
        for one in of_type(resources, "AWS::Events::Rule").values()
        if "ScheduleExpression" in one
    ]
    assert schedules == ["rate(5 minutes)"]


def test_each_alarm_calls_the_watch_function_and_may(watched: Migrations) -> None:
    """CloudWatch is let in for that alarm alone; of a failed run no end is told, as it has none."""
    resources = resources_of(watched)
    let_in = [
        one
        for one in of_type(resources, "AWS::Lambda::Permission").values()
        if one["Principal"] == "lambda.alarms.cloudwatch.amazonaws.com"
    ]
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert {one["SourceArn"]["Fn::GetAtt"][0] for one in let_in} == alarms.keys()
    assert all(one["SourceAccount"] == {"Ref": "AWS::AccountId"} for one in let_in)
    [function] = {json.dumps(one["FunctionName"]) for one in let_in}
    for one in alarms.values():
        assert [json.dumps(action) for action in one["AlarmActions"]] == [function]
        assert ("OKActions" in one) == (one["MetricName"] != RunMetric.FAILED_RUNS)


def test_the_watch_function_may_read_the_state_and_publish_and_nothing_else(watched: Migrations) -> None:
    """Whoever gets hold of it can change no history, and touch no table of the application."""
    granted: dict[str, set[str]] = {}
    for policy, statements in resources_of(watched).statements().items():
        if "AlarmsWatch" not in policy:
            continue
        for one in statements:
            found = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
            granted.setdefault(json.dumps(value_of(one["Resource"])), set()).update(found)
    by_kind = {action.partition(":")[0] for found in granted.values() for action in found}
    assert by_kind == {"dynamodb", "logs", "sns", "kms"}
    allowed = {action for found in granted.values() for action in found}
    assert {one for one in allowed if one.startswith("dynamodb:")} == set(READ_ACTIONS)
    assert not allowed & ({*HISTORY_ACTIONS, *LOCK_ACTIONS} - set(READ_ACTIONS))
    assert {one for one in allowed if one.startswith(("sns:", "kms:"))} == {
        "sns:Publish",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }
    assert not [resource for resource in granted if "*" in resource]


def test_a_user_may_add_actions_of_their_own(folder: Path) -> None:
    """Each alarm is CDK's own."""
    migrations = migrations_with(folder, alarms=True)
    assert migrations.alarms is not None
    topic = sns.Topic.from_topic_arn(migrations, "Pager", TOPIC)
    for alarm in (
        migrations.alarms.failed_runs,
        migrations.alarms.dirty,
        migrations.alarms.lock_overdue,
        migrations.alarms.stalled,
    ):
        assert isinstance(alarm, cloudwatch.Alarm)
        alarm.add_alarm_action(actions.SnsAction(topic))
    resources = resources_of(migrations)
    found = [one["AlarmActions"] for one in of_type(resources, "AWS::CloudWatch::Alarm").values()]
    assert found == [[TOPIC]] * 4
    principals = [one["Principal"] for one in of_type(resources, "AWS::Lambda::Permission").values()]
    assert "lambda.alarms.cloudwatch.amazonaws.com" not in principals, "without a topic there is nothing to be said"


def test_two_histories_of_one_stack_have_alarms_apart(folder: Path) -> None:
    """Neither by name nor by dimension do they meet."""
    stack = cdk.Stack(cdk.App(), "Shop")
    for name in ("Orders", "Users"):
        Migrations(stack, name, migrations=folder, alarms=True)
    alarms = of_type(Resources.of(stack), "AWS::CloudWatch::Alarm")
    assert len(alarms) == 8
    assert len({(one["MetricName"], one["Dimensions"][0]["Value"]) for one in alarms.values()}) == 8


def test_what_died_is_counted_where_somebody_watches_and_nothing_changes_where_nobody_does(folder: Path) -> None:
    """By default the template is as it was."""
    names: list[set[str]] = []
    for props in ({"alarms": True}, {}):
        functions = of_type(resources_of(migrations_with(folder, **props)), "AWS::Lambda::Function").values()
        [responder] = [one for one in functions if one["Handler"].startswith("responder.")]
        names.append(set(responder["Environment"]["Variables"]))
    assert names[0] - names[1] == {"DYNAMIGRATE_HISTORY"}


@pytest.mark.parametrize("prop", ["events", "tracing"])
def test_events_and_tracing_grant_what_they_take_and_only_then(folder: Path, prop: str) -> None:
    """For the function of either phase."""
    given = {"events": ["events:PutEvents"], "tracing": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]}
    migrations = migrations_with(folder, **{prop: True})
    AfterMigrations(cdk.Stack(cast("cdk.App", migrations.node.root), "After"), "After", migrations=migrations)
    after = Resources.of(cdk.Stack.of(migrations.after)) if migrations.after else None
    assert after is not None
    for resources in (resources_of(migrations), after):
        text = json.dumps(resources.template)
        assert all(action in text for action in given[prop])
        assert not any(action in text for name, found in given.items() if name != prop for action in found)
        [function] = [
            one
            for one in of_type(resources, "AWS::Lambda::Function").values()
            if one["Handler"] == "dynamigrate.handler.handle"
        ]
        assert function.get("TracingConfig") == ({"Mode": "Active"} if prop == "tracing" else None)
        assert function["Environment"]["Variables"].get("DYNAMIGRATE_EVENTS") == ("true" if prop == "events" else None)
    statements = [one for found in resources_of(migrations).statements().values() for one in found]
    [bus] = [value_of(one["Resource"]) for one in statements if one["Action"] == "events:PutEvents"] or [None]
    assert bus in (None, "arn:aws:events:eu-west-1:111122223333:event-bus/default")


@pytest.mark.slow
def test_the_nag_and_cfn_lint_have_nothing_to_say(watched: Migrations) -> None:
    """Of alarms, schedule, watch function, events and tracing, with either pack."""
    app = watched.node.root
    assert isinstance(app, cdk.App)
    template = app.synth().get_stack_by_name("Shop").template_full_path
    assert findings(watched) == set()
    assert linted(Path(template)) == ""


BAD: dict[str, tuple[Callable[[cdk.Stack], Any], str]] = {
    "no topic": (lambda _: TOPIC, "alarm_topic is 'arn:aws:sns:eu-west-1:111122223333:operators'. Give an sns.Topic"),
    "imported from elsewhere": (
        lambda stack: sns.Topic.from_topic_arn(stack, "Topic", TOPIC.replace("eu-west-1", "us-east-1")),
        "alarm_topic is in Region us-east-1, and Shop in eu-west-1",
    ),
    "of a stack elsewhere": (
        lambda stack: sns.Topic(
            cdk.Stack(
                cast("cdk.App", stack.node.root), "Far", env=cdk.Environment(region="us-east-1", account="111122223333")
            ),
            "Topic",
        ),
        "Give a topic in eu-west-1",
    ),
    "a class": (lambda _: sns.Topic, "alarm_topic is <class 'aws_cdk.aws_sns.Topic'>. Give an sns.Topic"),
    "first in, first out": (
        lambda stack: sns.Topic(stack, "Topic", fifo=True),
        "alarm_topic is the FIFO topic Shop/Topic, which takes no message without a group. Give a standard topic.",
    ),
    "first in, first out, imported": (
        lambda stack: sns.Topic.from_topic_arn(stack, "Topic", f"{TOPIC}.fifo"),
        "alarm_topic is the FIFO topic Shop/Topic",
    ),
}


@pytest.mark.parametrize(("make", "said"), BAD.values(), ids=BAD)
def test_a_topic_that_can_not_be_told_is_refused(folder: Path, make: Callable[[cdk.Stack], Any], said: str) -> None:
    """It says what, where, and what to do."""
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(region="eu-west-1", account="111122223333"))
    with pytest.raises(InvalidProp) as refused:
        Migrations(stack, "Migrations", migrations=folder, alarm_topic=make(stack))
    assert str(refused.value).startswith("Shop/Migrations: ")
    assert said in str(refused.value)


@pytest.mark.parametrize("key", [None, "alias/aws/sns"])
def test_a_topic_of_another_account_or_with_aws_own_key_needs_no_key(folder: Path, key: str | None) -> None:
    """What the other account has to allow is its own to say."""
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(region="eu-west-1", account="111122223333"))
    if key is None:
        topic: sns.ITopic = sns.Topic.from_topic_arn(stack, "Topic", TOPIC.replace("1111", "9999"))
    else:
        made = sns.Topic(stack, "Topic")
        made.node.default_child.kms_master_key_id = key  # type: ignore[union-attr]
        topic = made
    migrations = Migrations(stack, "Migrations", migrations=folder, alarm_topic=topic)
    actions_of = [one["Action"] for found in resources_of(migrations).statements().values() for one in found]
    assert "sns:Publish" in actions_of
    assert "kms:" not in json.dumps(actions_of)
