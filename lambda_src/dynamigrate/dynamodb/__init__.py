"""State and lock in two DynamoDB tables."""

from __future__ import annotations

from .target import DynamoDBTarget

__all__ = ["DynamoDBTarget"]
