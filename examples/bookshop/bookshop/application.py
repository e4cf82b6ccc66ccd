"""The services."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from .data import Data

_SERVICES = Path(__file__).resolve().parents[1] / "services"


class Application(cdk.Stack):
    """A function for each service."""

    def __init__(self, scope: Construct, name: str, *, data: Data) -> None:
        super().__init__(scope, name)
        self._service("catalogue", data.books)
        self._service("orders", data.orders)

    def _service(self, name: str, table: dynamodb.TableV2) -> None:
        function = lambda_.Function(
            self,
            name.title(),
            code=lambda_.Code.from_asset(str(_SERVICES / name)),
            handler="index.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            environment={"TABLE": table.table_name},
            log_group=logs.LogGroup(self, f"{name.title()}Log", retention=logs.RetentionDays.ONE_MONTH),
        )
        table.grant_read_data(function)
        cdk.CfnOutput(self, f"{name.title()}Function", value=function.function_name)
