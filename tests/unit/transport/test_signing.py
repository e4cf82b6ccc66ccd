"""Requests are signed as botocore signs them."""

from datetime import UTC, datetime

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dynamigrate.transport.signing import Signer

JSON = "application/x-amz-json-1.0"
MOMENT = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST / HTTP/1.1"
    assert lines[-2:] == ["", ""]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}


@pytest.mark.parametrize("token", [None, "a/session+token=="])
def test_signs_as_botocore_does(monkeypatch: pytest.MonkeyPatch, token: str | None) -> None:
    """The whole header, with and without a session's token."""
    credentials = Credentials("AKIDEXAMPLE", "a/secret", token)
    body = b'{"TableName":"orders"}'
    signer = Signer(
        credentials,
        region="eu-north-1",
        host="dynamodb.eu-north-1.amazonaws.com",
        service="dynamodb",
        wall=MOMENT.timestamp,
    )
    ours = _headers(signer.head(body, JSON, "DynamoDB_20120810.Scan"))

    request = AWSRequest(
        method="POST",
        url="https://dynamodb.eu-north-1.amazonaws.com/",
        data=body,
        headers={"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"},
    )
    _freeze(monkeypatch)
    auth.SigV4Auth(credentials, "dynamodb", "eu-north-1").add_auth(request)
    assert ours["x-amz-date"] == request.headers["X-Amz-Date"]
    assert ours["authorization"] == request.headers["Authorization"]
    assert ours.get("x-amz-security-token") == token
    assert ours["content-length"] == str(len(body))


def test_renewed_credentials_and_a_new_day_are_used_at_once() -> None:
    """Nothing of the old signature is kept."""
    now = [MOMENT.timestamp()]
    credentials = Credentials("AKID1", "first")
    signer = Signer(credentials, region="us-east-1", host="localhost", service="dynamodb", wall=lambda: now[0])
    first = _headers(signer.head(b"{}", JSON, "DynamoDB_20120810.Scan"))["authorization"]
    assert _headers(signer.head(b"{}", JSON, "DynamoDB_20120810.Scan"))["authorization"] == first
    credentials.access_key, credentials.secret_key = "AKID2", "second"
    second = _headers(signer.head(b"{}", JSON, "DynamoDB_20120810.Scan"))["authorization"]
    assert "Credential=AKID2/20261123/" in second
    now[0] += 24 * 3600
    third = _headers(signer.head(b"{}", JSON, "DynamoDB_20120810.Scan"))
    assert third["x-amz-date"] == "20261124T090000Z"
    assert "Credential=AKID2/20261124/" in third["authorization"]
    assert len({one.rpartition("=")[2] for one in (first, second, third["authorization"])}) == 3


def _freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore's clock stands at `MOMENT`, whatever it calls it."""

    monkeypatch.setattr(auth, "get_current_datetime", lambda *_, **__: MOMENT.replace(tzinfo=None))
