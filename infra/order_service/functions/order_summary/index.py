"""Tells an order's total and status, as the data is after all migrations."""

import os
from decimal import Decimal
from typing import Any

import boto3

_dynamodb = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    order = _item(os.environ["ORDERS_TABLE"], "orderId", event["orderId"])
    if order is None:
        return {"found": False}
    code = order["status"]["S"]
    status = _item(os.environ["STATUSES_TABLE"], "code", code) or {}
    return {
        "found": True,
        "orderId": order["orderId"]["S"],
        "totalCents": _cents(order),
        "status": status.get("label", {}).get("S", code),
    }


def _cents(order: dict[str, Any]) -> int:
    if "totalCents" in order:
        return int(order["totalCents"]["N"])
    # Placed by the application's old code, while the deploy was between the migrations and this code.
    return int(Decimal(order["total"]["S"]).scaleb(2).to_integral_exact())


def _item(table: str, key: str, value: str) -> dict[str, Any] | None:
    return _dynamodb.get_item(TableName=table, Key={key: {"S": value}}).get("Item")
