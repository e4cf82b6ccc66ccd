"""A function that looks at a history and can change nothing of it."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from dynamigrate.contract import Env
from dynamigrate.contract.grants import READ_ACTIONS, READ_KEY_ACTIONS

from ..ascii_text import in_ascii
from .acknowledgments import acknowledge_reader
from .function import MigrationsFunction
from .permissions import log_statement
from .shared_props import SharedProps


class ReadingFunction(Construct):
    """
    It has the code of the function that migrates, so that it knows the same migrations, and a role of its own that may
    read the two tables of the state. It is in no VPC.

    Attributes:
        function: The function itself.
        role: Its role, for what it may do beside reading.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        made: MigrationsFunction,
        shared: SharedProps,
        handler: str,
        description: str,
        timeout: cdk.Duration,
        environment: Mapping[Env, str],
    ) -> None:
        """
        Args:
            made: The function that migrates.
            shared: What the functions of the history have in common. Its code must be there still.
            description: What the function does, as a sentence without its stop.
            environment: Variables beside those by which it finds the history.
        """
        super().__init__(scope, id)
        state = shared.state
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            permissions_boundary=shared.permissions_boundary,
            description=in_ascii(f"{description}, of {shared.path}")[:1000],
        )
        log_group = logs.LogGroup(
            self,
            "LogGroup",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            encryption_key=shared.encryption_key,
        )
        if shared.encryption_key is not None:
            shared.encryption_key.grant_decrypt(self.role)
        if state.encryption_key is not None:
            state.encryption_key.grant(self.role, *READ_KEY_ACTIONS)
        policy = iam.Policy(
            self,
            "Policy",
            roles=[self.role],
            statements=[
                iam.PolicyStatement(
                    actions=list(READ_ACTIONS), resources=[state.table.table_arn, state.lock_table.table_arn]
                ),
                log_statement(log_group),
            ],
        )
        its = {name: made.environment[name.value] for name in _OF_HISTORY if name.value in made.environment}
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"{description}, of {shared.path}"[:256],
            code=shared.code.asset(),
            handler=handler,
            runtime=shared.runtime,
            architecture=shared.architecture,
            role=self.role,
            log_group=log_group,
            timeout=timeout,
            memory_size=512,
            environment_encryption=shared.encryption_key,
            environment={
                name.value: value
                for name, value in {
                    **its,
                    Env.LOG_LEVEL: "WARNING",
                    Env.FUNCTION_ARN: made.function.function_arn,
                    **environment,
                }.items()
            },
        )
        self.function.node.add_dependency(policy)
        acknowledge_reader(self.function)
        made.readers.append(self.function)


# By which a function finds the history, and judges it as the one that migrates does.
_OF_HISTORY = (
    Env.MIGRATIONS_FOLDER,
    Env.MIGRATIONS_TABLE,
    Env.LOCK_TABLE,
    Env.LOCK_ID,
    Env.STACK_NAME,
    Env.APP_VERSION,
    Env.OUT_OF_ORDER,
    Env.MISSING,
    Env.CHANGED,
    Env.PHASE,
    Env.HISTORY,
    Env.AWAITS_APPLICATION,
)
