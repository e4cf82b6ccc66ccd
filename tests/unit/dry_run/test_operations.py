"""Of all that the SDK can send, what only reads is sent in a dry run, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse

from dynamigrate import Context
from dynamigrate.dry_run.operations import only_reads
from tests.unit.dry_run.rehearsing import view

READS = {
    "BatchGetItem",
    "GetItem",
    "GetResourcePolicy",
    "Query",
    "Scan",
    "TransactGetItems",
}


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
def client(sent: list[str]) -> Any:
    """A client whose requests go no further than into *sent*, and are answered with nothing."""
    client = boto3.client("dynamodb")

    def answer(request: Any, **_: Any) -> Any:
        sent.append(_text(request.headers["X-Amz-Target"]).rpartition(".")[2])

        class Raw:
            def stream(self, **_: Any) -> Iterator[bytes]:
                yield json.dumps({"Table": {"KeySchema": [], "TableName": "orders"}}).encode()

        headers: Any = {}
        return AWSResponse(request.url, 200, headers, Raw())

    client.meta.events.register_first("before-send.dynamodb", answer)
    return client


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _smallest(shape: Any, depth: int = 0) -> Any:
    """The smallest value that the SDK takes for *shape*."""
    match shape.type_name:
        case "structure":
            required = {name: _smallest(shape.members[name], depth + 1) for name in shape.required_members}
            return required or ({"S": "x"} if shape.name == "AttributeValue" else {})
        case "list":
            return [_smallest(shape.member, depth + 1)] * max(int(shape.metadata.get("min", 1)), 1)
        case "map":
            return {"orders": _smallest(shape.value, depth + 1)}
        case "string":
            return shape.enum[0] if shape.enum else "x" * max(int(shape.metadata.get("min", 1)), 6)
        case "integer" | "long":
            return max(int(shape.metadata.get("min", 1)), 1)
        case "boolean":
            return True
        case "timestamp":
            return 0
        case _:
            return b"x"


MODEL = boto3.client("dynamodb", region_name="us-east-1").meta.service_model


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_no_operation_of_dynamodb_that_writes_is_sent(client: Any, sent: list[str], operation: str) -> None:
    """Of the model that the installed SDK has; a statement of PartiQL here is none that selects."""
    arguments = _smallest(MODEL.operation_model(operation).input_shape)
    view(lambda ctx: getattr(ctx.dynamodb, xform_name(operation))(**arguments), client)
    reads = operation in READS or operation.startswith(("Describe", "List"))
    # What the dry run reads by itself: which table it is, and how large an item.
    assert set(sent) - {"DescribeTable", "GetItem"} == ({operation} - {"DescribeTable", "GetItem"} if reads else set())
    assert not reads or operation in sent


def test_statements_go_by_what_they_say(client: Any, sent: list[str]) -> None:
    """One that selects is sent; a batch is not where one of it writes."""

    def do(ctx: Context) -> None:
        ctx.dynamodb.execute_statement(Statement='SELECT * FROM "orders"')
        ctx.dynamodb.execute_statement(Statement="INSERT INTO \"orders\" VALUE {'id': 'a'}")
        ctx.dynamodb.batch_execute_statement(
            Statements=[
                {"Statement": "SELECT * FROM \"orders\" WHERE id='a'"},
                {"Statement": "DELETE FROM \"orders\" WHERE id='a'"},
            ]
        )
        ctx.dynamodb.execute_transaction(TransactStatements=[{"Statement": "UPDATE \"orders\" SET a=1 WHERE id='a'"}])

    found = view(do, client)
    assert [one for one in sent if one != "DescribeTable"] == ["ExecuteStatement"]
    assert "error" not in found
    assert found["tables"]["orders"]["write_requests"] == 3


@pytest.mark.parametrize(
    ("service", "operation", "reads"),
    [
        ("s3", "GetObject", True),
        ("s3", "HeadObject", True),
        ("s3", "ListObjectsV2", True),
        ("s3", "SelectObjectContent", True),
        ("s3", "PutObject", False),
        ("sqs", "SendMessage", False),
        ("sqs", "ReceiveMessage", False),
        ("lambda", "Invoke", False),
        ("kms", "Decrypt", False),
        ("sts", "AssumeRole", True),
        ("cognito-identity", "GetId", False),
        ("stepfunctions", "GetActivityTask", False),
        ("timestream-query", "Query", False),
        ("s3", "CreateSession", True),
        ("dynamodbstreams", "GetRecords", True),
    ],
)
def test_of_other_services_it_goes_by_the_name(service: str, operation: str, *, reads: bool) -> None:
    """What is not called as if it read is taken to write; credentials are needed for reading."""
    assert only_reads(service, operation, {}) is reads
