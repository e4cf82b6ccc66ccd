"""What brings the data of both services into its new shape, before these are deployed. All of it is new."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from dynamigrate_cdk import Migrations

from .data import Data

_FOLDERS = Path(__file__).resolve().parents[1] / "migrations"


class Migrating(cdk.Stack):
    """
    Attributes:
        catalogue: Of the service that knows the books, whose migrations read the warehouse's table too.
        orders: Of the service that sells them.
    """

    def __init__(self, scope: Construct, name: str, *, data: Data) -> None:
        super().__init__(scope, name)
        self.catalogue = Migrations(
            self,
            "Catalogue",
            migrations=_FOLDERS / "catalogue",
            state=data.catalogue_state,
            tables={"books": data.books, "warehouse": data.warehouse},
            # A deploy of an unchanged app has nothing to say.
            call="on-change",
            vpc=data.vpc,
            encryption_key=data.key,
        )
        self.orders = Migrations(
            self,
            "Orders",
            migrations=_FOLDERS / "orders",
            state=data.orders_state,
            tables={"orders": data.orders},
            call="on-change",
            vpc=data.vpc,
            encryption_key=data.key,
        )
