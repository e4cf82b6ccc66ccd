"""The one request that is sent to CloudFormation."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ...transport.connection_pool import ConnectionPool
from ...transport.late_grants import LateGrants
from ...transport.query import QueryTransport
from ...transport.state_client import retrying

_VERSION: Final = "2010-05-15"


class StackClient:
    """
    A client of CloudFormation that can do no more than read a stack's status.

    Args:
        attempts: How often a request is sent at most.
        grants: Tells which denials may pass, so that the request is sent again.
    """

    def __init__(self, pool: ConnectionPool, *, attempts: int, grants: LateGrants | None = None) -> None:
        self._grants = grants or LateGrants()
        self._transport = QueryTransport(pool, version=_VERSION)
        self._attempts = attempts

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 - as botocore has it
        """
        The status of the stack, and whether its rollback is disabled.

        Raises:
            ClientError, HTTPClientError, ConnectionError: As from botocore's client.
        """
        send = partial(self._transport.call, "DescribeStacks", StackName=StackName)
        found = self._grants.call(
            lambda: retrying(send, attempts=self._attempts), "cloudformation", "DescribeStacks", None
        )
        return {
            "Stacks": [
                {
                    "StackStatus": one.findtext("StackStatus"),
                    "DisableRollback": one.findtext("DisableRollback", "").lower() == "true",
                }
                for one in found.iterfind(".//Stacks/member")
            ]
        }
