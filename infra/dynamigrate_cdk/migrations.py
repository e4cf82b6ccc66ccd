"""The construct that runs migrations when its stack is deployed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

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

from .alarm_grants import grant_alarm
from .deploy_orders import baseline_for, check_addressees, repair_for
from .errors import InvalidProp
from .folder_prop import existing_folder
from .function import MigrationsFunction
from .migration_state import MigrationState
from .network import Network
from .options import RUN_LIMIT, Options
from .ordering import wait_for
from .outputs import add_outputs
from .places import check_places, table_props
from .resource import migrations_resource
from .tables import AnyTable, check_tables
from .told_at_synth import tell
from .undo_on_rollback import prepare
from .used_state import UsedState


@jsii.implements(iam.IGrantable, ec2.IConnectable)
class Migrations(Construct):
    """
    Runs the pending migrations of a folder on every deploy of its stack, before what waits for it.

    A Lambda function with the engine and the folder is the custom resource's own handler. A migration that fails fails
    the deploy, with its reason in the terminal, and the stack rolls back.

    On each table in *tables* the function may: BatchGetItem, BatchWriteItem, ConditionCheckItem, DeleteItem,
    DescribeTable, GetItem, PutItem, Query, Scan, UpdateItem, and PartiQLDelete, PartiQLInsert, PartiQLSelect,
    PartiQLUpdate; the same on its indexes, and on its key what these take if it is a customer managed one that CDK
    knows of. With a table it may read CloudWatch's metrics, so that backfills see what others use; it may read the state of
    each metric alarm that a file names in ``throttle_on=["..."]``. Grant what else a migration needs as to any other
    grantee: ``queue.grant_send_messages(migrations)``.

    Args:
        migrations: The folder: ``Path(__file__).parent / "migrations"``. A relative one is looked for where CDK is run.
        state: Where the history is kept, in another stack. Without it the function makes the two tables when it first
            runs, and they stay; their names come from those of the stack and of this construct, so that renaming
            either begins an empty history.
        tables: The tables that migrations work on, by the names under which `ctx.tables` has theirs.
        params: Text for migrations, in `ctx.params`. It shows in the template and in the console: no place for secrets.
        requirements: A file that pins the third-party packages that migrations import, each with ``==``. By default the
            folder's own ``requirements.txt``, where it has one. Wheels for the function's platform go into its code.
        environment: Variables of the function beside its own. They show in the template and in the console.
        layers: The function's layers. With any, a module that migrations import and the code does not have is a
            warning, not an error.
        call: ``every-deploy``, or ``on-change``: only a deploy that changes code or settings calls the function, so
            that one of an unchanged app has no difference to show and makes no call.
        deploy_id: The resource is called when this changes. By default it is new on every synth, so each deploy runs
            what is pending; give a build's id to have a second deploy of the same build leave the stack unchanged.
        app_version: Noted with each migration that this deploy runs.
        lock_wait: How long to wait for another run to end. By default two minutes, or half the timeout if less.
        timeout: For one invocation; Lambda's limit is fifteen minutes.
        run_limit: For one deploy's migrations together, 55 minutes at most, as CloudFormation waits an hour. What one
            invocation has no time for goes on in the next one, called by a state machine of Step Functions, which costs
            nothing while no run is that long. None: there is no machine, a deploy's migrations end with *timeout*, and
            no backfill has workers beside each other.
        log_group: Where the function logs. By default a group of its own, kept for six months, and kept when the stack
            goes: the log of a first deploy that failed would go with it.
        runtime: By default the Python minor version that runs the synth, 3.11 to 3.14, because only that one can
            compile for it, and compiled files halve the cold start. Where teammates use different ones, give one.
        vpc: Where the function runs. It needs a way to S3, where CloudFormation waits for the answer, to DynamoDB, and
            to CloudFormation, without which an update with something pending fails, as it may be a rollback; to
            CloudWatch for backfills to see what others use; to Step Functions and Systems Manager (``states`` and
            ``ssm``), without which no run goes on after its first invocation. A NAT will do, or gateway endpoints for
            the first two and interface endpoints for the others.
        out_of_order: Whether a pending migration may be older than the newest applied one: ``error`` or ``allow``.
        missing: What an applied migration without a file means: ``error`` or ``ignore``.
        changed: What it means that an applied migration's code changed: ``warn``, ``error`` or ``ignore``.
        on_failure: What becomes of a deploy whose migration failed. ``stop``: what it applied before stays applied.
            ``undo``: the one that failed is undone, then those before it, newest first, as far as they have an undo.
        on_rollback: What becomes of the data when another resource of the same stack fails after the migrations
            passed. ``nothing``, or ``undo``: what the deploy applied is undone by its own code, which for that is
            published as a version of the function. There is no rollback of a first deploy, only its deletion.
        repair: ``<id>:pending`` or ``<id>:applied``, for a migration that began and did not finish; done once, before
            anything runs. By default what ``cdk deploy -c repair=...`` says.
        baseline: An id, where what the migrations up to it do was done by hand before there was a history: they count
            as applied and do not run. Done once, before anything runs; by default what ``cdk deploy -c baseline=...``
            says. It is about one environment: in a new and empty one they have to run.
        log_level: The level of the function's log.
        prices: What backfills take request units to cost, in dollars a million: ``{"read": 0.125, "write": 0.625}``. By
            default the list prices of the table's Region, as far as they are known.

    The stack's output *Warnings* says what the last deploy went on in spite of: applied migrations whose code was
    changed since; ``none`` otherwise.

    Attributes:
        resource: The custom resource. Its attributes are in `dynamigrate.contract.Result`.
        table: The table of the migrations.
        lock_table: The table of the lock, and of the history of runs.
        state_machine: Where runs go on that take longer than one invocation; None without a *run_limit*.
        detached_state_machine: Where detached migrations go on; None where no file says ``detached``.

    Raises:
        InvalidProp: A prop has a value that can't work.
        MigrationsError: A file in the folder can't be a migration.
        SynthError: Another file of the folder can't be deployed, it imports what the function will not have, or what
            the function needs can't be installed.
    """

    function: lambda_.Function
    role: iam.Role
    log_group: logs.ILogGroup
    resource: cdk.CustomResource
    table: dynamodb.ITableV2
    lock_table: dynamodb.ITableV2
    state_machine: sfn.StateMachine | None
    detached_state_machine: sfn.StateMachine | None

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        migrations: str | os.PathLike[str],
        state: MigrationState | None = None,
        tables: Mapping[str, AnyTable] | None = None,
        params: Mapping[str, str] | None = None,
        requirements: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
        layers: Sequence[lambda_.ILayerVersion] | None = None,
        call: str = "every-deploy",
        deploy_id: str | None = None,
        app_version: str | None = None,
        lock_wait: cdk.Duration | None = None,
        timeout: cdk.Duration | None = None,
        run_limit: cdk.Duration | None = RUN_LIMIT,
        memory_size: int = 1024,
        log_group: logs.ILogGroup | None = None,
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture = lambda_.Architecture.ARM_64,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        out_of_order: str = "error",
        missing: str = "error",
        changed: str = "warn",
        on_failure: str = "stop",
        on_rollback: str = "nothing",
        repair: str | None = None,
        baseline: str | None = None,
        log_level: str = "INFO",
        prices: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(scope, id)
        where = self.node.path
        options = Options(
            where=where,
            timeout=cdk.Duration.minutes(15) if timeout is None else timeout,
            run_limit=run_limit,
            lock_wait=lock_wait,
            memory_size=memory_size,
            params={} if params is None else params,
            call=call,
            deploy_id=deploy_id,
            app_version=app_version,
            out_of_order=out_of_order,
            missing=missing,
            changed=changed,
            on_failure=on_failure,
            on_rollback=on_rollback,
            log_level=log_level,
            prices=prices,
            environment={} if environment is None else environment,
            layers=() if layers is None else layers,
            requirements=requirements,
        )
        repair, baseline = repair_for(self, repair), baseline_for(self, baseline)
        folder = existing_folder(where, migrations)
        given_tables = check_tables(where, {} if tables is None else tables)
        network = Network.check(where, vpc=vpc, vpc_subnets=vpc_subnets, security_groups=security_groups)
        if on_rollback == "undo":
            prepare(self)
        used_state = self._used_state(state)
        self.table, self.lock_table = used_state.table, used_state.lock_table
        check_places(self, {**table_props(given_tables), "state": self.table})
        check_addressees(self)
        made = MigrationsFunction(
            self,
            folder=folder,
            options=options,
            tables=given_tables,
            state=used_state,
            log_group=log_group,
            runtime=runtime,
            architecture=architecture,
            network=network,
        )
        self.function, self.role, self.log_group = made.function, made.role, made.log_group
        self.state_machine = made.machine.machine if made.machine else None
        self.resource = migrations_resource(self, made, options, repair=repair, baseline=baseline)
        self.detached_state_machine = made.detached_machine.machine if made.detached_machine else None
        add_outputs(self, self.resource, self.function, self.state_machine)
        self._undoes = on_rollback == "undo"
        tell(self, made.staged)
        self._used = (
            *given_tables.values(),
            *options.layers,
            self.table,
            self.lock_table,
            self.log_group,
            *network.used,
        )

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
            wait_for(scope, self.resource, where=self.node.path, used=self._used)

    def execute_after(self, *scopes: IConstruct) -> None:
        """
        Have the migrations run after *scopes* are deployed. What is in *tables* and *state* is so already.

        Raises:
            DependencyCycle: One of them waits for the migrations; says how to lay out the stacks.
        """
        for scope in scopes:
            wait_for(self.resource, scope, where=self.node.path)

    def _used_state(self, state: MigrationState | None) -> UsedState:
        if state is None:
            cdk.Annotations.of(self).add_warning_v2(
                "dynamigrate:state",
                "no state is given, so the function makes its two tables itself, outside of any stack, under names from "
                "the stack's and this construct's: whoever renames either begins an empty history, and everything runs "
                "again. Give state=MigrationState(...), in a stack of its own.",
            )
            return UsedState.by_function(self)
        if not isinstance(state, MigrationState):
            raise InvalidProp(
                self.node.path,
                f"state is {state!r}.",
                "Give a MigrationState, or MigrationState.from_table_names(...) for tables that exist.",
            )
        state.claim(self)
        return UsedState.of(state)
