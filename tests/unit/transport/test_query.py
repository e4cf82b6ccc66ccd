"""CloudFormation's protocol, as far as it is spoken."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError

from dynamigrate.transport.query import QueryTransport
from tests.unit.transport.conftest import OpenPool
from tests.unit.transport.server import answer, serving

NAMESPACE = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"'
STACK = "arn:aws:cloudformation:eu-north-1:123456789012:stack/Shop & Söhne/0123"


Open = Callable[[str], QueryTransport]


@pytest.fixture
def transport_to(pool_to: OpenPool) -> Open:
    """Opens transports to CloudFormation."""
    return lambda endpoint: QueryTransport(pool_to(endpoint, "cloudformation"), version="2010-05-15")


def test_a_form_goes_out_and_xml_comes_back(transport_to: Open) -> None:
    """Names are without their namespace."""
    body = f"<DescribeStacksResponse {NAMESPACE}><Stacks><member><StackStatus>OK</StackStatus></member></Stacks></DescribeStacksResponse>"
    with serving([[answer(body)]]) as server:
        found = transport_to(server.endpoint).call("DescribeStacks", StackName=STACK)
    assert [one.text for one in found.iterfind(".//Stacks/member/StackStatus")] == ["OK"]
    assert parse_qs(server.requests[0][1]) == {
        "Action": ["DescribeStacks"],
        "Version": ["2010-05-15"],
        "StackName": [STACK],
    }
    head = server.heads[0]
    assert "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n" in head
    assert "/us-east-1/cloudformation/aws4_request" in head
    assert "X-Amz-Target" not in head


def test_a_refusal_says_what_the_service_said(transport_to: Open) -> None:
    """With the SDK's error."""
    body = (
        f"<ErrorResponse {NAMESPACE}><Error><Type>Sender</Type><Code>ValidationError</Code>"
        "<Message>Stack with id X does not exist</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
    with serving([[answer(body, 400)]]) as server, pytest.raises(ClientError) as caught:
        transport_to(server.endpoint).call("DescribeStacks", StackName="X")
    assert str(caught.value) == (
        "An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id X does not exist"
    )


def test_an_error_that_is_no_xml_is_told_by_its_status(transport_to: Open) -> None:
    """A proxy's, for one."""
    with serving([[answer("busy", 503)]]) as server, pytest.raises(ClientError) as caught:
        transport_to(server.endpoint).call("DescribeStacks", StackName="X")
    assert caught.value.response["Error"]["Code"] == "503"
