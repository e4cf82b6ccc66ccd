"""The type of ``migration_test.dynamodb``, for type checkers alone: as that of ``ctx.dynamodb``, in `dynamigrate.client_type`."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Why there are two: to mypy an import that finds nothing is Any, to pyright it is unknown, which its strict mode reports.
MYPY = False

if TYPE_CHECKING:
    if MYPY:
        from mypy_boto3_dynamodb import DynamoDBClient as DynamoDBClient  # noqa: PLC0414 - it is what this module is for
    else:
        from typing import Any as DynamoDBClient  # noqa: F401

        from mypy_boto3_dynamodb import *  # noqa: F403
