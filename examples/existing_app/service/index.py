import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answers ``{"url": ...}`` with the bookmark."""
    return table.get_item(Key={"url": event["url"]}).get("Item", {})
