"""The deployed functions of an app's migrations: which state, tables and params theirs are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamigrate.contract import Env

from .assembly import TABLE_TYPES, Assembly, Stack


@dataclass(frozen=True, kw_only=True)
class History:
    """
    What a run of the folder works on.

    Attributes:
        table, lock_table, lock_id: Where its state is.
        tables: Logical name to physical name.
        params: As in the construct.
        stack: The name of the stack with the function.
    """

    table: str
    lock_table: str
    lock_id: str
    tables: Mapping[str, str]
    params: Mapping[str, str]
    stack: str


def histories(functions: Any, cloudformation: Any, stacks: Iterable[Stack]) -> list[History]:
    """Those of the functions in *stacks*, each once; the function of what runs before the application first."""
    found: dict[tuple[str, str], History] = {}
    for stack in stacks:
        if not stack.migrates:
            continue
        for variables in _variables(functions, cloudformation, stack.name):
            history = History(
                table=variables[Env.MIGRATIONS_TABLE],
                lock_table=variables[Env.LOCK_TABLE],
                lock_id=variables[Env.LOCK_ID],
                tables=json.loads(variables[Env.TABLES]),
                params=json.loads(variables[Env.PARAMS]),
                stack=stack.name,
            )
            found.setdefault((history.table, history.lock_id), history)
    return list(found.values())


def packages(assembly: Assembly, stacks: Iterable[Stack]) -> Path | None:
    """The folder that a function of the migrations was packed from."""
    for stack in stacks:
        for one in stack.resources.values():
            path = str(one.get("Metadata", {}).get("aws:asset:path", ""))
            if path and _is_ours(one) and (assembly.folder / path).is_dir():
                return assembly.folder / path
    return None


def stack_tables(cloudformation: Any, stacks: Iterable[Stack]) -> set[str]:
    """The physical names of the tables that belong to those of *stacks* that are there."""
    deployed = {one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]}
    return {
        one["PhysicalResourceId"]
        for stack in stacks
        if stack.name in deployed
        for one in _resources(cloudformation, stack.name)
        if one["ResourceType"] in TABLE_TYPES
    }


def _resources(cloudformation: Any, stack: str) -> Iterator[Mapping[str, Any]]:
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        yield from (one for one in page["StackResourceSummaries"] if one.get("PhysicalResourceId"))


def _variables(functions: Any, cloudformation: Any, stack: str) -> list[Mapping[str, str]]:
    names = [
        one["PhysicalResourceId"]
        for one in _resources(cloudformation, stack)
        if one["ResourceType"] == "AWS::Lambda::Function"
    ]
    found = [
        functions.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
        for name in names
    ]
    return [one for one in found if Env.MIGRATIONS_TABLE in one]


def _is_ours(resource: Mapping[str, Any]) -> bool:
    variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
    return resource.get("Type") == "AWS::Lambda::Function" and Env.MIGRATIONS_TABLE in variables
