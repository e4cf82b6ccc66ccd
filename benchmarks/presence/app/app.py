"""A small app, in the variant that the context names: a table, a function, and maybe what runs migrations before it."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

_HERE = Path(__file__).parent
_MIGRATIONS = _HERE / "migrations"
# Beside those that every variant of ours has.
_PROPS: dict[str, dict[str, Any]] = {"short": {"run_limit": None}, "watched": {"dashboard": True, "alarms": True}}


def on_provider(stack: cdk.Stack, orders: dynamodb.TableV2, code: str, *, completes: bool) -> cdk.CustomResource:
    """As CDK's documentation of the framework has it."""
    from aws_cdk import custom_resources

    state = dynamodb.TableV2(
        stack,
        "State",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )

    def handler(id_: str, name: str) -> lambda_.Function:
        function = lambda_.Function(
            stack,
            id_,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=f"index.{name}",
            code=lambda_.Code.from_asset(code),
            timeout=cdk.Duration.minutes(15),
            environment={"STATE": state.table_name, "ORDERS": orders.table_name},
        )
        state.grant_read_write_data(function)
        orders.grant_read_write_data(function)
        return function

    provider = custom_resources.Provider(
        stack,
        "Provider",
        on_event_handler=handler("OnEvent", "on_event"),
        is_complete_handler=handler("IsComplete", "is_complete") if completes else None,
        total_timeout=cdk.Duration.hours(1) if completes else None,
        query_interval=cdk.Duration.seconds(5) if completes else None,
    )
    return cdk.CustomResource(
        stack, "Migrations", service_token=provider.service_token, properties={"Deploy": f"{time.time_ns()}"}
    )


def main(temporary: str) -> None:
    app = cdk.App()
    variant = app.node.get_context("variant")
    stack = cdk.Stack(app, app.node.try_get_context("stack") or "Shop", synthesizer=cdk.DefaultStackSynthesizer())
    orders = dynamodb.TableV2(
        stack,
        "Orders",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    function = lambda_.Function(
        stack,
        "Summary",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handle",
        code=lambda_.Code.from_inline("def handle(event, context):\n    return {}\n"),
        environment={"ORDERS": orders.table_name},
    )
    orders.grant_read_data(function)
    if variant in {"short", "ours", "watched"}:
        from dynamigrate_cdk import Migrations

        props = _PROPS.get(variant, {})
        Migrations(stack, "Migrations", migrations=_MIGRATIONS, tables={"orders": orders}, **props).execute_before(
            function
        )
    elif variant != "alone":
        shutil.copytree(_HERE / "provided", temporary, dirs_exist_ok=True)
        shutil.copytree(_MIGRATIONS, Path(temporary, "migrations"))
        resource = on_provider(stack, orders, temporary, completes=variant == "provider-long")
        function.node.add_dependency(resource)
    app.synth()


with tempfile.TemporaryDirectory() as folder:
    main(folder)
