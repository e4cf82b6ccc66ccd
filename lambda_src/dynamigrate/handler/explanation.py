"""Errors as an operator of the function can mend them."""

from __future__ import annotations

from typing import Final

from ..explanation import Explanation, service_error
from ..explanation import explain as explain_to
from ..transport.denial import denied_action, denied_resource

_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"})
_UNREACHABLE: Final = frozenset({"ConnectTimeoutError", "EndpointConnectionError", "ReadTimeoutError"})


def explain(error: BaseException) -> Explanation:
    """
    What a person needs to know about *error*.

    Where AWS refused something, also as the cause of a migration's failure, the next step says what would allow it.
    """
    return explain_to(error, hint_at=_hint_at_service)


def _hint_at_service(error: BaseException) -> str:
    code, message = service_error(error)
    if code in _DENIED:
        resource = denied_resource(message)
        what = f"{denied_action(message) or 'what it was refused'}{f' on {resource}' if resource else ''}"
        return (
            f"Allow the function's role {what}: a table given in tables={{...}} has the actions on items; "
            "for anything else grant it to grant_principal of the Migrations construct."
        )
    if code == "ResourceNotFoundException":
        return (
            "What was asked for does not exist: check the table's name, that tables={...} has it, "
            "and that its stack is deployed."
        )
    if type(error).__module__.startswith("botocore.") and type(error).__name__ in _UNREACHABLE:
        return (
            "The function has no way to that service: in a VPC it needs an endpoint for it "
            "(a gateway endpoint for DynamoDB, and one for S3 to answer CloudFormation), or a NAT gateway."
        )
    return ""
