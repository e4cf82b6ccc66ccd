import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answers ``{"isbn": ...}`` with the book's ISBN of 13 digits, and whether there is one to sell."""
    book: dict[str, Any] = table.get_item(Key={"isbn": event["isbn"]})["Item"]
    return {"isbn13": book["isbn13"], "stock": int(book["stock"])}
