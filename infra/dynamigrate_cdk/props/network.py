"""Where in a VPC the function runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from ..errors import InvalidProp


@dataclass(frozen=True)
class Network:
    """Where in a VPC the function runs, if it does."""

    vpc: ec2.IVpc | None
    subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup] | None

    @classmethod
    def check(
        cls,
        where: str,
        *,
        vpc: ec2.IVpc | None,
        vpc_subnets: ec2.SubnetSelection | None,
        security_groups: Sequence[ec2.ISecurityGroup] | None,
    ) -> Self:
        """
        The network that the props describe.

        Raises:
            InvalidProp: Subnets or security groups were given without a VPC.
        """
        if vpc is None and (vpc_subnets is not None or security_groups is not None):
            raise InvalidProp(where, "it has subnets or security groups, and no vpc.", "Give the vpc that they are in.")
        return cls(vpc, vpc_subnets, security_groups)

    @property
    def used(self) -> tuple[IConstruct, ...]:
        return (*([self.vpc] if self.vpc else []), *(self.security_groups or ()))
