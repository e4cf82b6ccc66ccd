"""The construct that runs migrations when its stack is deployed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from dynamigrate.contract.choices import (
    Call,
    Changed,
    LogLevel,
    Missing,
    OnFailure,
    OnRollback,
    OutOfOrder,
    RestorePointSetting,
)

from .alarms import Alarms
from .asset import Platform
from .companion import CompanionIsThere
from .dashboard import OnDashboards
from .lint_warnings import warn_of_findings
from .machinery.function_code import FunctionCode
from .machinery.permissions import history_name
from .machinery.shared_props import SharedProps
from .machinery.undo_on_rollback import prepare
from .machinery.used_state import UsedState
from .migration_state import MigrationState
from .props.boundary import check_boundary
from .props.deploy_orders import baseline_for, check_addressees, repair_for
from .props.flags import check_flags
from .props.folder import existing_folder
from .props.key import check_key
from .props.network import Network
from .props.options import RUN_LIMIT, Options
from .props.places import check_places, table_props
from .props.restore_points import check_restore_points
from .props.runtime import python_runtime
from .props.tables import AnyTable, check_tables
from .synth_annotations import annotate
from .test_events import add_test_events


class Migrations(OnDashboards):
    """
    Runs the pending migrations of a folder on every deploy of its stack, before what waits for it.

    A Lambda function with the engine and the folder is the custom resource's own handler. A migration that fails fails
    the deploy, with its reason in the terminal, and the stack rolls back.

    On each table in *tables* the function may: BatchGetItem, BatchWriteItem, ConditionCheckItem, DeleteItem,
    DescribeTable, GetItem, PutItem, Query, Scan, UpdateItem, and PartiQLDelete, PartiQLInsert, PartiQLSelect,
    PartiQLUpdate; the same on its indexes, and on its key what these take if it is a customer managed one that CDK
    knows of. With a table it may read CloudWatch's metrics, so that backfills see what others use; it may read the state of
    each metric alarm that a file names in ``throttle_on=["..."]``, and look whether a table's backups are on. Grant what else a migration needs as to any other
    grantee: ``queue.grant_send_messages(migrations)``.

    Args:
        migrations: The folder: ``Path(__file__).parent / "migrations"``. A relative one is looked for where CDK is run.
        state: Where the history is kept, in another stack. Without it the function makes the two tables when it first
            runs, and they stay; their names come from those of the stack and of this construct, so that renaming
            either begins an empty history.
        tables: The tables that migrations work on, by the names under which `ctx.tables` has theirs: of the stack's account
            and Region, made in the app or imported. By default none, and then migrations may do what is granted to them.
        params: Text for migrations, in `ctx.params`; by default none. It shows in the template and in the console: no place for secrets.
        requirements: A file that pins the third-party packages that migrations import, each with ``==``. By default the
            folder's own ``requirements.txt``, where it has one. Wheels for the function's platform go into its code.
        environment: Variables of the function beside its own; by default none. They show in the template and in the console.
        layers: The function's layers, for its architecture and Python; by default none. With any, a module that migrations import and the code does not have is a
            warning, not an error.
        call: ``every-deploy``, or ``on-change``: only a deploy that changes code or settings calls the function, so
            that one of an unchanged app has no difference to show and makes no call.
        deploy_id: The resource is called when this changes. By default it is new on every synth, so each deploy runs
            what is pending; give a build's id to have a second deploy of the same build leave the stack unchanged.
        app_version: Noted with each migration that this deploy runs; by default nothing is. 256 characters at most.
        lock_wait: How long to wait for another run to end. By default two minutes, or half the timeout if less.
        timeout: For one invocation; by default fifteen minutes, Lambda's limit.
        run_limit: For one deploy's migrations together, 55 minutes at most, as CloudFormation waits an hour. What one
            invocation has no time for goes on in the next one, called by a state machine of Step Functions, which costs
            nothing while no run is that long. None: there is no machine, a deploy's migrations end with *timeout*, and
            no backfill has workers beside each other.
        memory_size: Of the function, in MB. Processor time comes with it.
        log_group: Where the function logs. By default a group of its own, kept for six months, and kept when the stack
            goes: the log of a first deploy that failed would go with it.
        runtime: By default the Python minor version that runs the synth, 3.11 to 3.14, because only that one can
            compile for it, and compiled files halve the cold start. Where teammates use different ones, give one.
        architecture: Of the function, and so of the wheels that it gets.
        vpc: Where the function runs; by default in none. It needs a way to S3, where CloudFormation waits for the answer, to DynamoDB, and
            to CloudFormation, without which an update with something pending fails, as it may be a rollback; to
            CloudWatch for backfills to see what others use; to Step Functions and Systems Manager (``states`` and
            ``ssm``), without which no run goes on after its first invocation. A NAT will do, or gateway endpoints for
            the first two and interface endpoints for the others.
        vpc_subnets: Where in it; by default its private subnets with a way out.
        security_groups: The function's in it; by default one of its own, which lets everything out.
        out_of_order: Whether a pending migration may be older than the newest applied one: ``error`` or ``allow``.
        missing: What an applied migration without a file means: ``error`` or ``ignore``.
        changed: What it means that an applied migration's code changed: ``warn``, ``error`` or ``ignore``.
        on_failure: What becomes of a deploy whose migration failed. ``stop``: what it applied before stays applied.
            ``undo``: the one that failed is undone, then those before it, newest first, as far as they have an undo.
        on_rollback: What becomes of the data when another resource of the same stack fails after the migrations
            passed. ``nothing``, or ``undo``: what the deploy applied is undone by its own code, which for that is
            published as a version of the function. There is no rollback of a first deploy, only its deletion.
        restore_point: What it means, where a migration's file does not say it, whether the tables can be restored to the
            moment before a run's first write, as point-in-time recovery does: ``required``: nothing runs where they can't;
            ``note``: it is asked and kept, and a failure has the command; ``none``: it is not asked.
        check_limit: How long each migration's ``check`` may take; by default a minute, or the timeout where that is less.
        repair: ``<id>:pending`` or ``<id>:applied``, for a migration that began and did not finish; done once, before
            anything runs. By default what ``cdk deploy -c repair=...`` says.
        baseline: An id, where what the migrations up to it do was done by hand before there was a history: they count
            as applied and do not run. Done once, before anything runs; by default what ``cdk deploy -c baseline=...``
            says. It is about one environment: in a new and empty one they have to run.
        log_level: The level of the function's log.
        prices: What backfills take request units to cost, in dollars a million: ``{"read": 0.125, "write": 0.625}``. By
            default the list prices of the table's Region, as far as they are known.
        dashboard: Whether a CloudWatch dashboard is made, with graphs and a live table of the migrations. To have them on
            one of your own, call `add_to`.
        alarms: Whether alarms are made: for a run that failed, a migration that has been dirty for an hour, a lock whose
            deadline has passed, and a detached migration that stands still.
        alarm_topic: A topic in the stack's Region that is told of them: which migration, why, and the command to type.
            With it there are alarms.
        events: Whether what happens to migrations is sent to the default bus of EventBridge.
        tracing: Whether X-Ray traces the function, with a subsegment for each migration.
        test_events: Whether the commands are made test events that everybody in the account who may use the function
            sees in the Lambda console. The registry ``lambda-testevent-schemas`` has to be there.
        encryption_key: A key of your own, symmetric and of the stack's Region, for what the construct makes: variables of its
            functions, its logs, its state machines with all that executions say, and CloudFormation's event while a run
            goes on; by default AWS's own keys. The roles are granted what that takes, and the key's policy what
            CloudWatch Logs needs, where the key was made in the app. The tables of the state have theirs by
            `MigrationState`.
        permissions_boundary: Of each role that the construct makes; by default none, or what ``PermissionsBoundary.of`` says.
        lint: Whether synth warns of what fails or damages data in the migrations, as far as their text tells. Each
            warning names its rule, and is acknowledged or silenced by that.

    The stack's output *Warnings* says what the last deploy went on in spite of: applied migrations whose code was
    changed since, and those that are held until they are ready; ``none`` otherwise.

    Attributes, beside those of `MigrationsPhase`:
        after: The `AfterMigrations` of the same folder; None: there is none.
        dashboard: The dashboard, and *alarms* the alarms; None: they were not asked for.
        widget_function: What a dashboard's live table is asked of; None: the history is on no dashboard.

    Raises:
        InvalidProp: A prop has a value that can't work.
        MigrationsError: A file in the folder can't be a migration.
        SynthError: Another file of the folder can't be deployed, it imports what the function will not have, or what
            the function needs can't be installed.
    """

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
        call: Call = "every-deploy",
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
        out_of_order: OutOfOrder = "error",
        missing: Missing = "error",
        changed: Changed = "warn",
        on_failure: OnFailure = "stop",
        on_rollback: OnRollback = "nothing",
        restore_point: RestorePointSetting = "note",
        check_limit: cdk.Duration | None = None,
        repair: str | None = None,
        baseline: str | None = None,
        log_level: LogLevel = "INFO",
        prices: Mapping[str, float] | None = None,
        dashboard: bool = False,
        alarms: bool = False,
        alarm_topic: sns.ITopic | None = None,
        events: bool = False,
        tracing: bool = False,
        test_events: bool = False,
        encryption_key: kms.IKey | None = None,
        permissions_boundary: iam.IManagedPolicy | None = None,
        lint: bool = True,
    ) -> None:
        super().__init__(scope, id)
        where = self.node.path
        check_flags(where, dashboard=dashboard, alarms=alarms, events=events, tracing=tracing, test_events=test_events)
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
            restore_point=restore_point,
            check_limit=check_limit,
            log_level=log_level,
            prices=prices,
            environment={} if environment is None else environment,
            layers=() if layers is None else layers,
            requirements=requirements,
            events=events,
            tracing=tracing,
        )
        repair, baseline = repair_for(self, repair), baseline_for(self, baseline)
        folder = existing_folder(where, migrations)
        given_tables = check_tables(where, {} if tables is None else tables)
        check_key(self, encryption_key)
        check_boundary(self, permissions_boundary)
        network = Network.check(where, vpc=vpc, vpc_subnets=vpc_subnets, security_groups=security_groups)
        if on_rollback == "undo":
            prepare(self)
        used_state = UsedState.given(self, state)
        check_places(self, {**table_props(given_tables), "state": used_state.table})
        check_addressees(self)
        python, version = python_runtime(where, runtime)
        platform = Platform.check(where, python=version, architecture=getattr(architecture, "name", repr(architecture)))
        with FunctionCode.put_together(self, folder=folder, options=options, platform=platform) as code:
            check_restore_points(where, options, code.staged.manifest, given_tables)
            self._shared = SharedProps(
                path=where,
                folder=folder,
                code=code,
                options=options,
                tables=given_tables,
                state=used_state,
                runtime=python,
                architecture=architecture,
                network=network,
                deploy_id=options.effective_deploy_id,
                history=history_name(self),
                watched=dashboard or alarms or alarm_topic is not None,
                encryption_key=encryption_key,
                permissions_boundary=permissions_boundary,
            )
            self._make(self._shared, options, phase="before", log_group=log_group, repair=repair, baseline=baseline)
            if dashboard:
                self._make_dashboard()
            self.alarms = (
                Alarms.of(self, self._made, self._shared, alarm_topic) if alarms or alarm_topic is not None else None
            )
        self._test_events = test_events
        if test_events:
            add_test_events(self)
        files = [entry.file for entry in code.staged.manifest.migrations if entry.phase == "after"]
        self.node.add_validation(CompanionIsThere(files, lambda: self.after is not None))
        annotate(self, code.staged)
        if lint:
            warn_of_findings(self, folder, given_tables)
