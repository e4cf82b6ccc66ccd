"""What lasts: the tables of both services, their key, and the histories of their migrations."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from dynamigrate_cdk import MigrationState

_ADDRESSES = "10.20.0.0/16"


class Data(cdk.Stack):
    """
    Attributes:
        warehouse: Another team's table, which is there already, one for each stage.
    """

    def __init__(self, scope: Construct, name: str, *, lasting: bool, in_vpc: bool) -> None:
        super().__init__(scope, name)
        stage = cdk.Stage.of(self)
        policy = cdk.RemovalPolicy.RETAIN if lasting else cdk.RemovalPolicy.DESTROY
        self.key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=policy)
        self.books = dynamodb.TableV2(self, "Books", partition_key=_text("isbn"), removal_policy=policy)
        self.orders = dynamodb.TableV2(
            self,
            "Orders",
            partition_key=_text("orderId"),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(self.key),
            removal_policy=policy,
        )
        self.warehouse = dynamodb.TableV2.from_table_name(
            self, "Warehouse", f"warehouse-{stage.stage_name.lower()}" if stage else "warehouse"
        )
        self.vpc = self._vpc() if in_vpc else None

        # New: a history for each service. Whoever deletes one has every migration of its service run again.
        lasts: Any = {"removal_policy": policy, "deletion_protection": lasting}
        self.catalogue_state = MigrationState(self, "CatalogueState", encryption_key=self.key, **lasts)
        self.orders_state = MigrationState(self, "OrdersState", encryption_key=self.key, **lasts)

    def _vpc(self) -> ec2.Vpc:
        """Without a way to the internet. Zones by name: to look them up, synth would ask the account."""
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(_ADDRESSES),
            availability_zones=[f"{self.region}a", f"{self.region}b"],
            subnet_configuration=[ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        )
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        group = ec2.SecurityGroup(self, "Endpoints", vpc=vpc)
        group.add_ingress_rule(ec2.Peer.ipv4(_ADDRESSES), ec2.Port.tcp(443))
        # New: what migrations reach beside these two.
        for service in ("cloudformation", "monitoring", "states", "ssm"):
            vpc.add_interface_endpoint(
                service.title(),
                service=ec2.InterfaceVpcEndpointAwsService(service),
                security_groups=[group],
                open=False,
            )
        return vpc


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
