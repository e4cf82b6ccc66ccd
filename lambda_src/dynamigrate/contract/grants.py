"""What the construct grants to the function on tables: the one list that both the policies and the engine go by."""

from __future__ import annotations

from typing import Final

# On the application's tables. Transactions and batches are allowed by the actions of what is in them, PartiQL
# statements by their own.
ITEM_ACTIONS: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
# What DynamoDB does in the caller's name with a table's customer managed key.
KEY_ACTIONS: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
# What the engine sends to each state table, and no more. A transaction needs the actions of what is in it; its check
# of the lock is ConditionCheckItem.
HISTORY_ACTIONS: Final = (
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
LOCK_ACTIONS: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
# Of both, what a function may that only looks; and with their key.
READ_ACTIONS: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
)
READ_KEY_ACTIONS: Final = ("kms:Decrypt", "kms:DescribeKey")
# Of both, where the function makes them itself.
CREATE_ACTION: Final = "dynamodb:CreateTable"
# On the application's tables, where a point that they can be restored to is looked for.
RESTORE_ACTION: Final = "dynamodb:DescribeContinuousBackups"
STACK_ACTION: Final = "cloudformation:DescribeStacks"
# On the alarms that backfills wait for.
ALARMS_ACTION: Final = "cloudwatch:DescribeAlarms"
