"""What is asked of CloudFormation."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ..wire.channel import Channel
from ..wire.client import retrying
from ..wire.query_wire import QueryWire

_VERSION: Final = "2010-05-15"


class WireStacks:
    """
    As much of a client for CloudFormation as tells a stack's status.

    Args:
        attempts: How often a request is sent at most.
    """

    def __init__(self, channel: Channel, *, attempts: int) -> None:
        self._wire = QueryWire(channel, version=_VERSION)
        self._attempts = attempts

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - as botocore has it
        """
        Of each stack its status alone.

        Raises:
            ClientError, HTTPClientError, ConnectionError: As botocore's client.
        """
        send = partial(self._wire.call, "DescribeStacks", StackName=StackName)
        found = retrying(send, attempts=self._attempts)
        return {"Stacks": [{"StackStatus": one.findtext("StackStatus")} for one in found.iterfind(".//Stacks/member")]}
