"""What was synthesized, as tests look at it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_dynamodb as dynamodb

from dynamigrate_cdk import Migrations


def table(scope: cdk.Stack, name: str, **props: Any) -> dynamodb.TableV2:
    """A table with a string key."""
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    return dynamodb.TableV2(scope, name, partition_key=key, **props)


@dataclass(frozen=True)
class Resources:
    """The resources of a synthesized stack."""

    template: dict[str, Any]

    @classmethod
    def of(cls, stack: cdk.Stack) -> "Resources":
        return cls(cast("dict[str, Any]", assertions.Template.from_stack(stack).to_json()))

    def __getitem__(self, logical_id: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.template["Resources"][logical_id])

    def ids(self) -> dict[str, str]:
        return {logical_id: one["Type"] for logical_id, one in self.template["Resources"].items()}

    def only(self, resource_type: str) -> dict[str, Any]:
        """Properties of the one resource of that type."""
        (one,) = (one for one in self.template["Resources"].values() if one["Type"] == resource_type)
        return cast("dict[str, Any]", one["Properties"])

    def statements(self) -> dict[str, list[dict[str, Any]]]:
        """The statements of each policy, by the policy's logical id."""
        return {
            logical_id: one["Properties"]["PolicyDocument"]["Statement"]
            for logical_id, one in self.template["Resources"].items()
            if one["Type"] == "AWS::IAM::Policy"
        }


@dataclass(frozen=True)
class Shop:
    """An app of three stacks, as DESIGN has them, with tables of every kind."""

    app: cdk.App
    data_stack: cdk.Stack
    migrations_stack: cdk.Stack
    application_stack: cdk.Stack
    migrations: Migrations
    data: Resources
    migrating: Resources
    output: Path
