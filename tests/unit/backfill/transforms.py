"""What backfills of these tests do to an order."""

from typing import Any

from dynamigrate import (
    Update,
)

NEW = {"S": "NEW"}


def add_status(item: Any, ctx: Any) -> Update | None:
    return None if "status" in item else Update(set={"status": "NEW"})
