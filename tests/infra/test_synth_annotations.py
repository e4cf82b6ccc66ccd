"""What a deploy would trip over, or a person regret, told at synth."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb

from dynamigrate_cdk import InvalidProp, Migrations, MigrationState
from tests.infra.synthesized import Resources, table

HERE = cdk.Environment(account="111122223333", region="eu-west-1")
ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"


def warnings(app: cdk.App) -> list[str]:
    """Ours; CDK has its own, of its feature flags."""
    return [
        str(message.entry.data)
        for stack in app.synth().stacks
        for message in stack.messages
        if message.level == cdk.cx_api.SynthesisMessageLevel.WARNING and "dynamigrate" in str(message.entry.data)
    ]


@pytest.mark.parametrize(
    ("arn", "what"),
    [
        (ARN.replace("1111", "9999"), "account 999922223333, and Shop in account 111122223333"),
        (ARN.replace("eu-west-1", "us-east-1"), "region us-east-1, and Shop in region eu-west-1"),
    ],
)
@pytest.mark.parametrize("kind", [dynamodb.Table, dynamodb.TableV2])
def test_a_table_of_elsewhere_is_refused(folder: Path, arn: str, what: str, kind: Any) -> None:
    """The function's grant would be on one table, and its requests, which are by name, on another."""
    stack = cdk.Stack(cdk.App(), "Shop", env=HERE)
    orders = kind.from_table_arn(stack, "Orders", arn)
    with pytest.raises(InvalidProp, match=re.escape(f"tables['orders'] is in {what}")):
        Migrations(stack, "Migrations", migrations=folder, tables={"orders": orders})


def test_a_table_of_a_stack_elsewhere_is_refused(folder: Path) -> None:
    """As a replica in another region is, and a state."""
    app = cdk.App()
    there = cdk.Stack(app, "There", env=cdk.Environment(account=HERE.account, region="us-east-1"))
    stack = cdk.Stack(app, "Shop", env=HERE)
    orders = table(there, "Orders", table_name="orders", replicas=[dynamodb.ReplicaTableProps(region="eu-north-1")])
    for name, one in {"Table": orders, "Replica": orders.replica("eu-north-1")}.items():
        with pytest.raises(InvalidProp, match=r"tables\['orders'\] is in region .*, and Shop in region eu-west-1"):
            Migrations(stack, name, migrations=folder, tables={"orders": one})
    with pytest.raises(InvalidProp, match=r"state is in region us-east-1, and Shop in region eu-west-1"):
        Migrations(stack, "State", migrations=folder, state=MigrationState(there, "State"))


def test_a_table_of_here_is_taken(folder: Path) -> None:
    """By its ARN, from another stack, and where nobody knows yet."""
    app = cdk.App()
    stack, other, anywhere = cdk.Stack(app, "Shop", env=HERE), cdk.Stack(app, "Data", env=HERE), cdk.Stack(app, "Any")
    tables = {"arn": dynamodb.TableV2.from_table_arn(stack, "Arn", ARN), "other": table(other, "Other")}
    Migrations(stack, "Migrations", migrations=folder, tables=tables)
    imported = dynamodb.Table.from_table_arn(anywhere, "Arn", ARN)
    Migrations(anywhere, "Migrations", migrations=folder, tables={"orders": imported})


@pytest.mark.parametrize("key", ["repair"])
def test_a_repair_for_nobody_fails_the_synth(folder: Path, key: str) -> None:
    """A deploy without it would run, or stop, as if nothing had been said."""
    app = cdk.App(context={key: "Shop/Migration=1:applied"})
    stack = cdk.Stack(app, "Shop")
    for name in ("One", "Two"):
        Migrations(stack, name, migrations=folder)
    told = (
        f"-c {key}=Shop/Migration=1:applied is for Shop/Migration, and the app has no Migrations there. "
        f"Say -c {key}=Shop/One=1:applied, or -c {key}=Shop/Two=1:applied."
    )
    with pytest.raises(Exception, match=re.escape(told)) as raised:
        app.synth()
    assert str(raised.value).count("is for") == 1


def test_a_repair_for_one_made_later_is_none_for_nobody(folder: Path) -> None:
    """Which construct is made first does not matter."""
    app = cdk.App(context={"repair": "Shop/Two=1:applied"})
    stack = cdk.Stack(app, "Shop")
    for name in ("One", "Two"):
        Migrations(stack, name, migrations=folder)
    app.synth()


def test_no_state_is_warned_of_until_acknowledged(folder: Path) -> None:
    """Renaming a stack would run everything again."""
    found = {}
    for acknowledged in (False, True):
        app = cdk.App()
        migrations = Migrations(cdk.Stack(app, "Shop"), "Migrations", migrations=folder)
        if acknowledged:
            cdk.Annotations.of(migrations).acknowledge_warning("dynamigrate:state")
        found[acknowledged] = warnings(app)
    assert found[True] == []
    assert len(found[False]) == 1
    assert "Give state=MigrationState(...)" in found[False][0]


def test_nothing_is_warned_of_with_a_state(folder: Path) -> None:
    """An app that does it right has a quiet synth."""
    app = cdk.App()
    state = MigrationState(cdk.Stack(app, "Data"), "State")
    Migrations(cdk.Stack(app, "Shop"), "Migrations", migrations=folder, state=state)
    assert warnings(app) == []


def test_the_output_is_a_command_to_copy(folder: Path, stack: cdk.Stack) -> None:
    """It has the function's real name, and neither AWS CLI has to be told how to read its payload."""
    Migrations(stack, "Migrations", migrations=folder)
    made = Resources.of(stack)
    [output] = [one for name, one in made.template["Outputs"].items() if "StatusCommand" in name]
    [function] = [name for name in made.ids() if re.fullmatch(r"MigrationsFunction[0-9A-F]{8}", name)]
    glue, parts = output["Value"]["Fn::Join"]
    text = glue.join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in parts)
    assert text == (
        """echo '{"action": "status"}' | aws lambda invoke --region <AWS::Region> """
        f"--function-name <{function}> --payload fileb:///dev/stdin /dev/stdout"
    )
    assert json.loads(text.split("'")[1]) == {"action": "status"}
