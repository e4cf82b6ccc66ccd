"""The prop `permissions_boundary`."""

from __future__ import annotations

from constructs import Construct

from ..errors import InvalidProp


def check_boundary(scope: Construct, boundary: object) -> None:
    """
    Make sure that roles can have *boundary*.

    Raises:
        InvalidProp: It is no managed policy.
    """
    if boundary is None or hasattr(boundary, "managed_policy_arn"):
        return
    raise InvalidProp(
        scope.node.path,
        f"permissions_boundary is {boundary!r}, which is no managed policy.",
        "Give an iam.ManagedPolicy, or for one made elsewhere "
        'iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", "its-name").',
    )
