import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answers ``{"orderId": ...}`` with what is to be paid."""
    order: dict[str, Any] = table.get_item(Key={"orderId": event["orderId"]})["Item"]
    return {"totalCents": int(order["totalCents"])}
