"""Test events of the Lambda console, from the one list of commands."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from dynamigrate.commands.registry import COMMANDS
from dynamigrate_cdk import Migrations
from tests.infra.conftest import MakeFolder
from tests.infra.four import AFTER, PLAIN, synthesized
from tests.infra.synthesized import Resources, value_of


def schema(resources: Resources) -> dict[str, Any]:
    return resources.only("AWS::EventSchemas::Schema")


def events(resources: Resources) -> dict[str, Any]:
    """As the console reads them."""
    examples = json.loads(schema(resources)["Content"])["components"]["examples"]
    return {name: example["value"] for name, example in examples.items()}


def test_every_command_is_there_and_no_other(folder: Path, stack: cdk.Stack) -> None:
    """By its own name; and the three that look once more as text."""
    Migrations(stack, "Migrations", migrations=folder, test_events=True)
    found = events(Resources.of(stack))
    assert list(found) == [*COMMANDS, "status-text", "plan-text", "history-text"]
    assert {event["action"] for event in found.values()} == set(COMMANDS)


def test_none_of_them_is_confirmed(folder: Path, stack: cdk.Stack) -> None:
    """A click in a list undoes nothing: what has to be confirmed answers with the event to send."""
    Migrations(stack, "Migrations", migrations=folder, test_events=True)
    found = events(Resources.of(stack))
    assert found["reset"] == {"action": "reset"}
    assert not any("confirm" in event for event in found.values())


def test_the_console_finds_them_by_the_name_of_the_function(make_folder: MakeFolder) -> None:
    """Each function has its own, in the registry and the form that the console and the SAM CLI have."""
    made = synthesized(make_folder({"1_first.py": PLAIN, "2_second.py": AFTER}), {"test_events": True})
    for resources, name in ((made.before, "MigrationsFunction0E989F76"), (made.after, "AfterFunction")):
        found = schema(resources)
        assert (found["RegistryName"], found["Type"]) == ("lambda-testevent-schemas", "OpenApi3")
        assert value_of(found["SchemaName"]).startswith(f"_<{name}")
        assert value_of(found["SchemaName"]).endswith(">-schema")
        document = json.loads(found["Content"])
        assert (document["openapi"], document["paths"]) == ("3.0.0", {})
        assert document["components"]["schemas"].keys() == {"Event"}


def test_there_are_none_unless_asked_for(folder: Path, stack: cdk.Stack) -> None:
    """The registry is not there in every account, and without it the deploy would fail."""
    Migrations(stack, "Migrations", migrations=folder)
    assert "AWS::EventSchemas::Schema" not in Resources.of(stack).ids().values()


def test_no_migration_waits_for_them(folder: Path, stack: cdk.Stack) -> None:
    """Nor do they come before the function is there."""
    Migrations(stack, "Migrations", migrations=folder, test_events=True)
    resources = Resources.of(stack)
    [name] = [one for one, kind in resources.ids().items() if kind == "AWS::EventSchemas::Schema"]
    assert all(name not in (one.get("DependsOn") or ()) for one in resources.template["Resources"].values())
