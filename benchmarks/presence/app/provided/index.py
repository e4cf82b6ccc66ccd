"""The same job without dynamigrate: reads which migrations ran, runs the others, and notes each. No lock, no recovery."""

import importlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3

_FOLDER = Path(__file__).with_name("migrations")
dynamodb = boto3.client("dynamodb")


def on_event(event: Any, context: object) -> Any:
    """The handler of a Provider: one call for each event of CloudFormation."""
    if event["RequestType"] != "Delete":
        run_pending()
    return {"PhysicalResourceId": "migrations"}


def is_complete(event: Any, context: object) -> Any:
    """Asked until it says so: whether all that the folder has is noted."""
    return {"IsComplete": event["RequestType"] == "Delete" or not pending()}


def pending() -> list[str]:
    """Names of the migrations that are not noted, the oldest first."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=os.environ["STATE"], ConsistentRead=True)
    applied = {item["id"]["S"] for page in pages for item in page["Items"]}
    return [path.stem for path in sorted(_FOLDER.glob("*.py")) if path.stem not in applied]


def run_pending() -> None:
    """Run each, and note it once it is done."""
    ctx = SimpleNamespace(dynamodb=dynamodb, tables={"orders": os.environ["ORDERS"]})
    for name in pending():
        importlib.import_module(f"migrations.{name}").do(ctx)
        dynamodb.put_item(TableName=os.environ["STATE"], Item={"id": {"S": name}})
