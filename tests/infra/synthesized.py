"""What was synthesized, as tests look at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_dynamodb as dynamodb

from dynamigrate_cdk import Migrations

STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/0f9b6c4e-1e6d-4b8e-9a55-6a0f4f4b7d11"


def table(scope: cdk.Stack, name: str, **props: Any) -> dynamodb.TableV2:
    """A table with a string key."""
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    return dynamodb.TableV2(scope, name, partition_key=key, **props)


def value_of(value: Any, stack_id: str = STACK_ID) -> Any:
    """What CloudFormation makes of a template's *value* in that stack."""
    match value:
        case {"Ref": "AWS::StackId"}:
            return stack_id
        case {"Ref": name} | {"Fn::ImportValue": name}:
            return {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}.get(
                name, f"<{name}>"
            )
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [glue, parts]}:
            return str(glue).join(value_of(parts, stack_id))
        case {"Fn::If": [_, _, otherwise]}:  # the conditions are about other partitions
            return value_of(otherwise, stack_id)
        case {"Fn::Split": [glue, text]}:
            return value_of(text, stack_id).split(glue)
        case {"Fn::Select": [index, parts]}:
            return value_of(parts, stack_id)[int(index)]
        case dict():
            return {name: value_of(one, stack_id) for name, one in value.items()}
        case list():
            return [value_of(one, stack_id) for one in value]
        case _:
            return value


def references(value: Any) -> Iterator[str]:
    """The resources that a template's *value* refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            for one in value.values():
                yield from references(one)
        case list():
            for one in value:
                yield from references(one)
        case _:
            pass


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
