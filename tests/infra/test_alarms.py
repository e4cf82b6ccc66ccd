"""Alarms that backfills wait for: what the function may see of them, and what is told at synth."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from dynamigrate_cdk import Migrations, SynthError
from tests.infra.synthesized import Resources, value_of
from tests.infra.test_order_service import findings

MakeFolder = Callable[..., Path]
FILE = "20261101090000_words.py"
ARN = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:"


def migration(throttle_on: str, *before: str) -> str:
    call = f"Backfill(table='orders', transform=change, throttle_on={throttle_on})"
    lines = "\n".join(before)
    return f"from dynamigrate import Backfill\n{lines}\n\ndef change(item, ctx):\n    pass\n\n\ndo = {call}\n"


class Shop:
    """A stack with migrations of these files."""

    def __init__(self, make_folder: MakeFolder, files: dict[str, str] | str, **props: Any) -> None:
        folder = make_folder({FILE: files} if isinstance(files, str) else files)
        self.app = cdk.App()
        self.stack = cdk.Stack(self.app, "Shop")
        self.migrations = Migrations(self.stack, "Migrations", migrations=folder, **props)

    def granted(self) -> list[Any]:
        """On what the function may read the state of alarms."""
        found: list[Any] = []
        for statements in Resources.of(self.stack).statements().values():
            for statement in statements:
                if "cloudwatch:DescribeAlarms" in statement["Action"]:
                    assert statement["Action"] == "cloudwatch:DescribeAlarms"
                    resource = value_of(statement["Resource"])
                    found += resource if isinstance(resource, list) else [resource]
        return found


def alarm(stack: cdk.Stack, name: str) -> cloudwatch.Alarm:
    metric = cloudwatch.Metric(namespace="Shop", metric_name=name)
    return cloudwatch.Alarm(stack, name, metric=metric, threshold=1, evaluation_periods=1)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (migration('["orders-p99"]'), ["orders-p99"]),
        (migration('("orders-p99", "errors")'), ["errors", "orders-p99"]),
        (migration("ALARMS", "ALARMS = ['orders-p99']"), ["orders-p99"]),
        (migration("ALARMS", "ALARMS: list[str] = ['orders-p99']"), ["orders-p99"]),
        (
            migration('["orders-p99"]').replace("Backfill", "Fill").replace("import Fill", "import Backfill as Fill"),
            ["orders-p99"],
        ),
        (migration('["100 % of *all*?"]'), ["100 % of ${*}all${*}${?}"]),
    ],
)
def test_the_function_may_see_the_alarms_that_its_files_name(
    make_folder: MakeFolder, code: str, names: list[str]
) -> None:
    """These, in its own account and Region, and no others; characters that are wildcards to IAM stand for themselves."""
    assert Shop(make_folder, code).granted() == [f"{ARN}{name}" for name in names]


@pytest.mark.parametrize(
    "code",
    [
        "def do(ctx): pass\n",
        migration("None"),
        migration("os.environ['ALARMS'].split()", "import os"),
        migration("ALARMS", "ALARMS = ['one']", "if ALARMS: ALARMS = ['other']"),
        "from elsewhere import wait\n\ndef do(ctx): wait(throttle_on=['orders-p99'])\n".replace(
            "from elsewhere", "from json"
        ),
    ],
)
def test_without_a_name_that_is_written_out_nothing_is_granted(make_folder: MakeFolder, code: str) -> None:
    """What only a run would tell is for `grant_throttle_on`."""
    assert Shop(make_folder, code).granted() == []


def test_the_names_in_helpers_count_and_those_in_tests_do_not(make_folder: MakeFolder) -> None:
    """What is not deployed is not granted."""
    files = {
        FILE: "from ._orders import do\n",
        "_orders.py": migration('["orders-p99"]'),
        "tests/test_it.py": migration('["another"]'),
    }
    assert Shop(make_folder, files).granted() == [f"{ARN}orders-p99"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            "'orders-p99'",
            "throttle_on='orders-p99' is no list of names. Give the names of CloudWatch alarms: [\"orders-p99\"].",
        ),
        ("[]", "throttle_on=[] is no list of names."),
        ("['a', '']", "throttle_on=['a', ''] has an empty name in it."),
        ("['arn:aws:cloudwatch:eu-west-1:1:alarm:a']", "has an ARN in it"),
        (str([f"a{n}" for n in range(101)]), "has 101 names, and CloudWatch tells of 100 at a time."),
    ],
)
def test_what_is_no_list_of_names_is_told_at_synth(make_folder: MakeFolder, value: str, told: str) -> None:
    """With file and line, and not only when the function loads it."""
    with pytest.raises(SynthError) as raised:
        Shop(make_folder, migration(value))
    said = re.sub(r"/\S*/folder\d*/migrations", "FOLDER", str(raised.value))
    assert said.startswith(f"FOLDER/{FILE}:8: ")
    assert told in said


def test_an_alarm_of_the_app_is_granted_by_itself(make_folder: MakeFolder) -> None:
    """Its name may be CloudFormation's."""
    shop = Shop(make_folder, migration("None"))
    shop.migrations.grant_throttle_on(alarm(shop.stack, "Latency"))
    assert [re.sub("[0-9A-F]{8}", "", one) for one in shop.granted()] == ["<Latency.Arn>"]


def test_a_composite_alarm_takes_the_right_to_see_all(make_folder: MakeFolder) -> None:
    """CloudWatch tells of one to nobody else; it is granted once, and the resource waits for it."""
    shop = Shop(make_folder, migration("['worst']"), on_rollback="undo")
    rule = cloudwatch.AlarmRule.any_of(alarm(shop.stack, "Latency"))
    shop.migrations.grant_throttle_on(cloudwatch.CompositeAlarm(shop.stack, "Worst", alarm_rule=rule))
    imported = cloudwatch.CompositeAlarm.from_composite_alarm_name(shop.stack, "Imported", "imported")
    shop.migrations.grant_throttle_on(imported, composite=True)
    assert sorted(shop.granted()) == ["*", f"{ARN}worst"]
    resources = Resources.of(shop.stack)
    [policy] = [name for name in resources.ids() if "CompositeAlarmsPolicy" in name]
    [resource] = [
        one for one in resources.template["Resources"].values() if one["Type"] == "Custom::DynamoDBMigrations"
    ]
    assert policy in resource["DependsOn"]


def test_the_nag_has_nothing_to_say_of_it(make_folder: MakeFolder) -> None:
    """Neither of the names nor of the right to see all."""
    shop = Shop(make_folder, migration("['orders-p99']"))
    imported = cloudwatch.CompositeAlarm.from_composite_alarm_name(shop.stack, "Imported", "imported")
    shop.migrations.grant_throttle_on(imported, composite=True)
    shop.app.synth()
    assert findings(shop.migrations) == set()
