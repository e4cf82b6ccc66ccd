"""The function that answers CloudFormation when the migrations' function died without a word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from dynamigrate.contract import Env
from dynamigrate.contract.choices import Phase

from ..ascii_text import in_ascii
from ..asset.archive import write_archive
from ..asset.tree import copy_tree, digest
from ..props.runtime import NEWEST_RUNTIME
from ..props.tables import grant_key
from .acknowledgments import acknowledge_events, acknowledge_executions, acknowledge_responder
from .long_runs import LongRuns
from .permissions import executions_statement, log_statement, responder_statements
from .staging_folder import staging_folder

_SOURCES: Final = Path(__file__).parents[1] / "responder"
# It watches a lock for a beat, a third of the lease, and may have to send its answer again.
RESPONDER_TIMEOUT: Final = cdk.Duration.minutes(1)


@jsii.implements(lambda_.IDestination)
class ResponderFunction(Construct):
    """
    The destination of the migrations' function's failures, and of what is told of executions that did not succeed.

    It is in no VPC, has code and a role of its own, and writes to the same log, where whoever looks for the cause will
    read its lines after those of the function that died.

    Attributes:
        function: The function itself.
        parts: All that has to be there before it is called.
    """

    function: lambda_.Function

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        where: str,
        lock_table: dynamodb.ITableV2,
        lock_id: str,
        state_key: kms.IKey | None,
        encryption_key: kms.IKey | None,
        permissions_boundary: iam.IManagedPolicy | None,
        log_group: logs.ILogGroup,
        architecture: lambda_.Architecture,
        max_event_age: cdk.Duration,
        long_runs: LongRuns | None,
        phase: Phase,
        history: str | None,
    ) -> None:
        """
        Args:
            state_key: Of the state's tables.
            encryption_key: Of the function's variables, of CloudFormation's events, and of the state machines.
            history: As metrics call it, where somebody watches it; None: nobody does.
        """
        super().__init__(scope, id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            permissions_boundary=permissions_boundary,
            description=in_ascii(f"Of the function that answers when that of {where} died")[:1000],
        )
        grant_key(state_key, role)
        if encryption_key is not None:
            encryption_key.grant_decrypt(role)
        events_arn = None if long_runs is None else long_runs.events_arn
        policy = iam.Policy(
            self,
            "Policy",
            roles=[role],
            statements=[
                *responder_statements(lock_table, cdk.Stack.of(self), events_arn),
                log_statement(log_group),
            ],
        )
        if events_arn is not None:
            acknowledge_events(policy, events_arn)
        with _code(self) as code:
            self.function = lambda_.Function(
                self,
                "Function",
                description=f"Answers CloudFormation when the function of {where} died"[:256],
                code=code,
                handler=f"{_SOURCES.name}.index.handle",
                # Nothing in it is compiled, so its runtime need not be that of the migrations' function.
                runtime=NEWEST_RUNTIME,
                architecture=architecture,
                role=role,
                log_group=log_group,
                timeout=RESPONDER_TIMEOUT,
                memory_size=256,
                environment_encryption=encryption_key,
                environment={
                    Env.LOCK_TABLE.value: lock_table.table_name,
                    Env.LOCK_ID.value: lock_id,
                    **({} if long_runs is None else {Env.EVENTS_PATH.value: long_runs.events_path}),
                    **({Env.PHASE.value: phase} if phase == "after" else {}),
                    **({} if history is None else {Env.HISTORY.value: history}),
                },
                # Lambda calls it again where its answer did not get there, as long as anybody waits for that.
                retry_attempts=2,
                max_event_age=max_event_age,
            )
        self.function.node.add_dependency(policy)
        acknowledge_responder(self.function)
        self.parts: tuple[IConstruct, ...] = (self.function, role, policy)
        self._policy = policy

    def allow(self, statement: iam.PolicyStatement) -> None:
        """Let it do this too."""
        self._policy.add_statements(statement)

    def allow_reading(self, executions: str) -> None:
        """Let it read what executions were given: of an encrypted state machine, EventBridge does not tell it."""
        self.allow(executions_statement(executions))
        acknowledge_executions(self._policy, executions)

    @property
    def arn(self) -> str:
        return str(self.function.function_arn)

    def bind(
        self,
        scope: Construct,
        fn: lambda_.IFunction,
        *,
        type: lambda_.DestinationType | None = None,  # noqa: A002
    ) -> lambda_.DestinationConfig:
        """CDK asks for this; the grant that CDK's own destination would add is wider than what is used."""
        return lambda_.DestinationConfig(destination=self.arn)


@contextmanager
def _code(scope: Construct) -> Iterator[lambda_.Code]:
    """Its sources, in their folder, since it imports its modules relatively; for a function that is made in the block."""
    with staging_folder(scope) as temporary, TemporaryDirectory(prefix="dynamigrate-") as root:
        copy_tree(_SOURCES, Path(root, _SOURCES.name))
        write_archive(temporary / "code.zip", Path(root))
        yield lambda_.Code.from_asset(str(temporary / "code.zip"), asset_hash=digest(Path(root)))
