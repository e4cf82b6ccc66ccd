"""
The type of ``ctx.dynamodb``, for type checkers alone: the client of ``boto3-stubs[dynamodb]`` where that is installed, and
else Any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# Type checkers disagree on what an import is that finds nothing: to mypy, which takes this name for true, it is Any; to
# pyright it is unknown, which its strict mode reports in the user's file. But to pyright an import of all names that
# finds nothing leaves what is there.
MYPY = False

if TYPE_CHECKING:
    if MYPY:
        from mypy_boto3_dynamodb import DynamoDBClient as DynamoDBClient  # noqa: PLC0414 - it is what this module is for
    else:
        from typing import Any as DynamoDBClient  # noqa: F401

        from mypy_boto3_dynamodb import *  # noqa: F403
