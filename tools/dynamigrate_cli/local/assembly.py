"""What an app synthesizes: its stacks, which of them come before the migrations, and whose tables these work on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamigrate.contract import Env

from ..faults import Fault, UsedWrongly

# As `dynamigrate_cdk` has it, which would load the CDK.
_RESOURCE = "Custom::DynamoDBMigrations"
TABLE_TYPES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """
    Attributes:
        id: How the CDK command line names it.
        name: CloudFormation's name.
        account, region: Where it is to be deployed; None: anywhere.
        needs: The ids of stacks that must be there before it, all of them.
        resources: Of its template.
    """

    id: str
    name: str
    account: str | None
    region: str | None
    needs: frozenset[str]
    resources: Mapping[str, Any]

    @property
    def migrates(self) -> bool:
        return any(one.get("Type") == _RESOURCE for one in self.resources.values())

    def table_names(self) -> Iterable[Any]:
        """Logical names of tables to physical ones, in a JSON object, as the template has it: not resolved."""
        for one in self.resources.values():
            if one.get("Type") == "AWS::Lambda::Function":
                variables = one.get("Properties", {}).get("Environment", {}).get("Variables", {})
                if Env.MIGRATIONS_TABLE in variables and Env.TABLES in variables:
                    yield variables[Env.TABLES]


class Assembly:
    """
    What is in a folder that the CDK wrote.

    Raises:
        Fault: It is not to be understood.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.stacks = {one.id: one for one in _stacks(folder)}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Fault(f"{folder} has no assembly of the CDK that can be read: {error!r}.") from error

    def chosen(self, names: Iterable[str]) -> list[Stack]:
        """
        The stacks of these names with all that they need; all, where there are no names.

        Raises:
            Fault: There is no such stack.
        """
        wanted = set(self.stacks)
        if names := list(names):
            by_name = {name: one for one in self.stacks.values() for name in (one.id, one.name)}
            if unknown := [name for name in names if name not in by_name]:
                raise UsedWrongly(f"The app has no stack {', '.join(unknown)}.", f"It has {', '.join(sorted(wanted))}.")
            wanted = {one for name in names for one in (by_name[name].id, *by_name[name].needs)}
        return [one for one in self.stacks.values() if one.id in wanted]


def before_migrations(stacks: Iterable[Stack]) -> list[Stack]:
    """Those that have to be there before a migration runs, and in which none does."""
    stacks = list(stacks)
    migrating = {one.id for one in stacks if one.migrates}
    needed = {need for one in stacks if one.migrates for need in one.needs} - migrating
    return [one for one in stacks if one.id in needed and not one.needs & migrating]


def where(stacks: Iterable[Stack], account: str, region: str) -> tuple[str, tuple[str, ...]]:
    """
    The account that they are for, and the regions; the given ones for those that may go anywhere.

    Raises:
        Fault: They are for several accounts.
    """
    stacks = list(stacks)
    accounts = {one.account for one in stacks if one.account} or {account}
    if len(accounts) > 1:
        raise UsedWrongly(
            f"The stacks are for several accounts ({', '.join(sorted(accounts))}), and here there is one.",
            "Choose stacks of one of them: --stacks NAME.",
        )
    return accounts.pop(), tuple(sorted({one.region or region for one in stacks}))


def resolved(value: Any, *, exports: Mapping[str, str], resources: Mapping[str, str]) -> str | None:
    """
    The text that *value* of a template stands for; None: that can't be told yet.

    Args:
        resources: Logical to physical ids of its stack.
    """
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return resources.get(name)
        case {"Fn::ImportValue": str(name)}:
            return exports.get(name)
        case {"Fn::Join": [str(between), list(parts)]}:
            texts = [resolved(part, exports=exports, resources=resources) for part in parts]
            return None if None in texts else between.join(text for text in texts if text is not None)
        case _:
            return None


def _stacks(folder: Path, prefix: str = "") -> Iterable[Stack]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    artifacts: Mapping[str, Any] = manifest.get("artifacts", {})
    for name, one in artifacts.items():
        if one["type"] == "cdk:cloud-assembly":
            yield from _stacks(folder / one["properties"]["directoryName"])
        elif one["type"] == "aws:cloudformation:stack":
            template = json.loads((folder / one["properties"]["templateFile"]).read_text(encoding="utf-8"))
            account, region = one["environment"].removeprefix("aws://").split("/")
            yield Stack(
                id=one.get("displayName", name).partition(" ")[0],
                name=one["properties"].get("stackName", name),
                account=account if account.isdigit() else None,
                region=None if region.startswith("unknown") else region,
                needs=frozenset(_needs(name, artifacts)),
                resources=template.get("Resources", {}),
            )


def _needs(name: str, artifacts: Mapping[str, Any]) -> set[str]:
    found, waiting = set[str](), [name]
    while waiting:
        for need in artifacts[waiting.pop()].get("dependencies", ()):
            one = artifacts.get(need, {})
            if (
                one.get("type") == "aws:cloudformation:stack"
                and (id_ := one.get("displayName", need).partition(" ")[0]) not in found
            ):
                found.add(id_)
                waiting.append(need)
    return found
