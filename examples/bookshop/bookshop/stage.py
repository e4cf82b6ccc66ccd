"""All of the bookshop, once for each stage."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from .application import Application
from .data import Data
from .migrating import Migrating
from .rules import LogsHaveAnEnd


class Bookshop(cdk.Stage):
    """
    Three stacks: data, what migrates it, and the services, in this order.

    Args:
        lasting: Whether its data outlives it.
        in_vpc: Whether what migrates runs in the VPC.
    """

    def __init__(
        self, scope: Construct, name: str, *, lasting: bool = True, in_vpc: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(scope, name, **kwargs)
        self.data = Data(self, "Data", lasting=lasting, in_vpc=in_vpc)
        self.migrating = Migrating(self, "Migrations", data=self.data)
        self.application = Application(self, "Application", data=self.data)
        self.migrating.orders.execute_before(self.application)
        self.migrating.catalogue.execute_before(self.application)

        # What the team's account asks of everything that is deployed there.
        boundary = iam.ManagedPolicy.from_managed_policy_name(
            self.data, "Boundary", self.node.try_get_context("boundary")
        )
        iam.PermissionsBoundary.of(self).apply(boundary)
        cdk.Tags.of(self).add("team", "bookshop")
        cdk.Tags.of(self).add("stage", name.lower())
        cdk.Aspects.of(self).add(LogsHaveAnEnd())
