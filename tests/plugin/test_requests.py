"""What a test sees in a request: whether it writes, and to which items."""

import json
from typing import Any

import pytest

from dynamigrate.backfill.writing.item_writes import ConditionalWrite
from dynamigrate.backfill.writing.partiql import Statements
from dynamigrate_pytest.requests import Request

KEY: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}}
RAW: dict[str, Any] = {**KEY, "x": {"S": "?"}, "gone": {"NULL": True}, "a WHERE b": {"S": "="}}


def request(operation: str, **arguments: Any) -> Request:
    return Request(1, "dynamodb", operation, arguments)


@pytest.mark.parametrize(
    "write",
    [
        ConditionalWrite(RAW, {"n": {"N": "5"}, "m": {"M": {}}}, ("x",), ("x", "gone", "absent")),
        ConditionalWrite(RAW, {"n": {"S": "=?"}}, (), ()),
        ConditionalWrite(RAW, {}, ("x",), ("x",)),
        ConditionalWrite(RAW, {}, (), ("x", "absent"), delete=True),
    ],
    ids=["all", "set", "remove", "delete"],
)
def test_the_keys_of_the_engines_statements_are_seen(write: ConditionalWrite) -> None:
    """As the engine composes them, parameters and all."""
    text, _ = Statements("orders", ("pk", "sk")).compose(write)
    sent = request("BatchExecuteStatement", Statements=[json.loads(text)])
    [(table, key)] = sent.written
    assert (table, {name: key[name] for name in ("pk", "sk")}) == ("orders", KEY)
    assert sent.writes
    assert str(sent) == "request 1 (BatchExecuteStatement to orders)"


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (request("PutItem", TableName="t", Item=RAW), [("t", RAW)]),
        (request("UpdateItem", TableName="t", Key=KEY), [("t", KEY)]),
        (request("DeleteItem", TableName="t", Key=KEY), [("t", KEY)]),
        (
            request(
                "BatchWriteItem", RequestItems={"t": [{"PutRequest": {"Item": RAW}}, {"DeleteRequest": {"Key": KEY}}]}
            ),
            [("t", RAW), ("t", KEY)],
        ),
        (
            request(
                "TransactWriteItems",
                TransactItems=[
                    {"Put": {"TableName": "t", "Item": RAW}},
                    {"ConditionCheck": {"TableName": "u", "Key": KEY}},
                    {"Update": {"TableName": "v", "Key": KEY}},
                ],
            ),
            [("t", RAW), ("v", KEY)],
        ),
        (request("CreateTable", TableName="t"), []),
        (request("ExecuteStatement", Statement="INSERT INTO t VALUE {'pk': 'a'}"), []),
    ],
    ids=lambda one: one.operation if isinstance(one, Request) else "",
)
def test_the_keys_of_writes_are_seen(sent: Request, keys: list[Any]) -> None:
    """Each of them; a condition writes nothing."""
    assert list(sent.written) == keys
    assert sent.writes


@pytest.mark.parametrize(
    "sent",
    [
        request("Scan", TableName="t"),
        request("BatchGetItem", RequestItems={"t": {}}),
        request("DescribeTable", TableName="t"),
        request("ExecuteStatement", Statement=" select * from t"),
        Request(1, "s3", "GetObject", {}),
        Request(1, "sqs", "ListQueues", {}),
    ],
    ids=str,
)
def test_a_read_is_no_write(sent: Request) -> None:
    """Of whatever service."""
    assert not sent.writes
    assert sent.written == ()


def test_what_another_service_is_asked_is_taken_for_a_write() -> None:
    """Unless it is named as a read is."""
    assert Request(1, "s3", "PutObject", {}).writes
    assert Request(2, "sns", "Publish", {}).writes
    assert str(Request(2, "sns", "Publish", {})) == "request 2 (sns Publish)"
