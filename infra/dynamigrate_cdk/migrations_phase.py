"""What the constructs have in common that run migrations: one before the application is deployed, one after it."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IConstruct

from dynamigrate.contract.choices import Phase

from .console import Console
from .errors import InvalidProp
from .machinery.alarm_grants import grant_alarm
from .machinery.function import MigrationsFunction
from .machinery.shared_props import SharedProps
from .ordering import wait_for
from .outputs import add_outputs
from .props.key import let_logs_use
from .props.options import Options
from .resource import migrations_resource

LAYOUT: Final = (
    "Lay the stacks out in one direction: data stack (tables, MigrationState) <- migrations stack <- application "
    "stack. What the migrations use goes into the first, what waits for them into the last."
)


@jsii.implements(iam.IGrantable, ec2.IConnectable)
class MigrationsPhase(Construct):
    """
    A function with its custom resource, and all that belongs to them.

    Attributes:
        resource: The custom resource. Its attributes are in `dynamigrate.contract.Result`.
        table: The table of the migrations.
        lock_table: The table of the lock, and of the history of runs.
        state_machine: Where runs go on that take longer than one invocation; None without a *run_limit*.
        detached_state_machine: Where detached migrations go on; None where no file of the phase says ``detached``.
    """

    function: lambda_.Function
    role: iam.Role
    log_group: logs.ILogGroup
    resource: cdk.CustomResource
    table: dynamodb.ITableV2
    lock_table: dynamodb.ITableV2
    state_machine: sfn.StateMachine | None
    detached_state_machine: sfn.StateMachine | None

    _layout = LAYOUT

    def _make(
        self,
        shared: SharedProps,
        options: Options,
        *,
        phase: Phase,
        log_group: logs.ILogGroup | None,
        repair: str | None,
        baseline: str | None = None,
    ) -> None:
        """Make all of it, as children of this construct."""
        if shared.encryption_key is not None:
            let_logs_use(self, shared.encryption_key)
        self.table, self.lock_table = shared.state.table, shared.state.lock_table
        made = MigrationsFunction(self, phase=phase, shared=shared, options=options, log_group=log_group)
        self.function, self.role, self.log_group = made.function, made.role, made.log_group
        self.state_machine = made.machine.machine if made.machine else None
        self.resource = migrations_resource(self, made, options, shared, repair=repair, baseline=baseline)
        self.detached_state_machine = made.detached_machine.machine if made.detached_machine else None
        self._console = Console(self)
        add_outputs(self, self.resource, made, self._console)
        self._made = made
        self._undoes = options.on_rollback == "undo"
        self._used = (*shared.used, self.log_group)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who gets what is granted to this construct: the function's role."""
        return self.role.grant_principal

    @property
    def connections(self) -> ec2.Connections:
        """
        The function's network, in a VPC.

        Raises:
            InvalidProp: The function is in no VPC.
        """
        if not self.function.is_bound_to_vpc:
            raise InvalidProp(self.node.path, "it has no connections outside a VPC.", "Give it a vpc.")
        return self.function.connections

    def grant_throttle_on(self, alarm: cloudwatch.IAlarm, *, composite: bool = False) -> None:
        """
        Let backfills wait for *alarm*: for one whose name is not written out as ``throttle_on=["..."]`` in its file, and
        for every composite alarm. The names that are written out, of metric alarms, are granted by themselves.

        Args:
            alarm: Of this app, or imported; of the stack's account and Region.
            composite: It is one, and CDK does not know it because it was imported. CloudWatch tells of composite alarms
                only to whoever may read all alarms, so that is what is granted then.
        """
        needed = grant_alarm(self, self.role, alarm, composite=composite, undoes=self._undoes)
        self.resource.node.add_dependency(needed)

    def execute_before(self, *scopes: IConstruct) -> None:
        """
        Have *scopes* (stacks, or constructs of any stack) deployed after the migrations have run.

        Raises:
            DependencyCycle: The migrations wait for one of them, by what they use or by an earlier call; says how to
                lay out the stacks.
        """
        for scope in scopes:
            wait_for(scope, self.resource, where=self.node.path, used=self._used, layout=self._layout)

    def execute_after(self, *scopes: IConstruct) -> None:
        """
        Have the migrations run after *scopes* are deployed. What is in *tables* and *state* is so already.

        Raises:
            DependencyCycle: One of them waits for the migrations; says how to lay out the stacks.
        """
        for scope in scopes:
            wait_for(self.resource, scope, where=self.node.path, layout=self._layout)
