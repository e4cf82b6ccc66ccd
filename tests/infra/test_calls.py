"""When CloudFormation calls the function: on every deploy, or when something changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from dynamigrate_cdk import InvalidProp, Migrations, MigrationState
from tests.infra.synthesized import Resources, table

Change = Callable[[Migrations], object]


def template(folder: Path, *, then: Change | None = None, context: dict[str, str] | None = None, **props: Any) -> Any:
    """Of the migrations' stack, whose table and state are in another one."""
    app = cdk.App(context=context)
    data = cdk.Stack(app, "Data")
    given = {"tables": {"orders": table(data, "Orders")}, "state": MigrationState(data, "State"), "call": "on-change"}
    migrations = Migrations(cdk.Stack(app, "Shop"), "Migrations", migrations=folder, **{**given, **props})
    if then is not None:
        then(migrations)
    return Resources.of(cdk.Stack.of(migrations)).template


def deploy_id(made: Any) -> str:
    (one,) = (one for one in made["Resources"].values() if one["Type"] == "Custom::DynamoDBMigrations")
    return str(one["Properties"]["DeployId"])


@pytest.fixture(scope="module")
def unchanged(folder: Path) -> Any:
    return template(folder)


def test_every_deploy_is_a_call_unless_told_otherwise(folder: Path) -> None:
    """Nobody has to think of it for what is pending to run."""
    assert deploy_id(template(folder, call="every-deploy")) != deploy_id(template(folder, call="every-deploy"))


def test_an_unchanged_app_is_the_same_template(folder: Path, unchanged: Any, tmp_path: Path) -> None:
    """From another checkout of the same files too, so `cdk diff` has nothing to show."""
    again = shutil.copytree(folder, tmp_path / folder.name)
    assert json.dumps(template(again), sort_keys=True) == json.dumps(unchanged, sort_keys=True)


CHANGES: dict[str, dict[str, Any]] = {
    "the tables": {"tables": {}},
    "the state": {"state": None},
    "the params": {"params": {"currency": "EUR"}},
    "the variables": {"environment": {"STAGE": "test"}},
    "the app's version": {"app_version": "2"},
    "how long to wait": {"lock_wait": cdk.Duration.seconds(7)},
    "how long to run": {"timeout": cdk.Duration.minutes(7)},
    "how long in all": {"run_limit": cdk.Duration.minutes(40)},
    "no state machine": {"run_limit": None},
    "the memory": {"memory_size": 512},
    "an older one": {"out_of_order": "allow"},
    "a missing one": {"missing": "ignore"},
    "a changed one": {"changed": "error"},
    "a failed one": {"on_failure": "undo"},
    "a rollback": {"on_rollback": "undo"},
    "the log": {"log_level": "DEBUG"},
    "the machine": {"architecture": lambda_.Architecture.X86_64},
    "a repair": {"repair": "1:applied"},
    "a repair of the command line": {"context": {"repair": "1:applied"}},
}


@pytest.mark.parametrize("props", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_setting_is_a_call(folder: Path, unchanged: Any, props: dict[str, Any]) -> None:
    """Whatever could make a call do what the last one did not."""
    assert deploy_id(template(folder, **props)) != deploy_id(unchanged)


def test_changed_code_is_a_call(unchanged: Any, make_folder: Callable[..., Path]) -> None:
    """Another migration, and another helper of the same ones."""
    one = {"20261101090000_first.py": "def do(ctx):\n    pass\n"}
    found = {deploy_id(unchanged)} | {
        deploy_id(template(make_folder(one | more)))
        for more in ({"20261102090000_second.py": "def do(ctx):\n    pass\n"}, {"_helper.py": ""})
    }
    assert len(found) == 3


def test_a_tag_or_a_grant_is_no_call(folder: Path, unchanged: Any) -> None:
    """They change nothing for what has run."""

    def changed(migrations: Migrations) -> None:
        cdk.Tags.of(migrations).add("team", "orders")
        iam.Grant.add_to_principal(grantee=migrations, actions=["sqs:SendMessage"], resource_arns=["arn:aws:sqs:::q"])

    assert deploy_id(template(folder, then=changed)) == deploy_id(unchanged)


def test_two_ways_to_say_it_are_refused(folder: Path, stack: cdk.Stack) -> None:
    """A build's id and a digest can't both be the property."""
    with pytest.raises(InvalidProp, match=r"each says when the function is called\. Leave one of them out\."):
        Migrations(stack, "Migrations", migrations=folder, call="on-change", deploy_id="build-7")


def test_another_word_is_refused(folder: Path, stack: cdk.Stack) -> None:
    """With those that there are."""
    with pytest.raises(InvalidProp, match=r"call is 'never'\. Give one of 'every-deploy', 'on-change'\."):
        Migrations(stack, "Migrations", migrations=folder, call="never")  # type: ignore[arg-type]
