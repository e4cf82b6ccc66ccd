"""What the functions of one history have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from ..props.network import Network
from ..props.options import Options
from ..props.tables import AnyTable
from .function_code import FunctionCode
from .used_state import UsedState


@dataclass(frozen=True, kw_only=True)
class SharedProps:
    """
    There is a function for each phase: one before the application is deployed, maybe one after it.

    Attributes:
        path: The path of the `Migrations`, by which a deploy says which of an app's histories an order is for.
        folder: The folder of migrations.
        options: Those of the `Migrations`.
        tables: The application's, by the names under which migrations know them.
        deploy_id: What both resources are given: one deploy has one id.
        history: What metrics and events call the history.
        watched: Whether alarms or a dashboard look at its metrics.
        encryption_key: For the functions' environment and the logs that are made here; None: keys of AWS's.
        permissions_boundary: Of each role that is made here.
    """

    path: str
    folder: Path
    code: FunctionCode
    options: Options
    tables: Mapping[str, AnyTable]
    state: UsedState
    runtime: lambda_.Runtime
    architecture: lambda_.Architecture
    network: Network
    deploy_id: str
    history: str
    watched: bool = False
    encryption_key: kms.IKey | None = None
    permissions_boundary: iam.IManagedPolicy | None = None

    @property
    def used(self) -> tuple[IConstruct, ...]:
        """What is deployed before either function."""
        return (
            *self.tables.values(),
            *self.options.layers,
            self.state.table,
            self.state.lock_table,
            *self.network.used,
        )
