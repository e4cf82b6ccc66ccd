"""The Lambda function, with its code, its role, its log and what it may do."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from dynamigrate.contract import HANDLER, Env

from .acknowledgments import (
    acknowledge_events,
    acknowledge_function,
    acknowledge_indexes,
    acknowledge_metrics,
    acknowledge_network,
)
from .asset import Platform, Staged, stage
from .detached_runs import DetachedRuns
from .errors import InvalidProp
from .long_runs import MAX_ANSWER_AGE, MAX_QUEUE_AGE, LongRuns
from .network import Network
from .options import Options
from .permissions import (
    alarms_statement,
    metrics_statement,
    network_statement,
    stack_statement,
    state_statements,
    stop_statement,
)
from .responder_function import ResponderFunction
from .runtime import python_runtime
from .state_machine import StateMachine
from .tables import AnyTable, grant_key, item_statement, wildcards
from .undo_on_rollback import VERSION_OPTIONS, UndoOnRollback
from .used_state import UsedState

# How long a call may wait in Lambda's queue, where a run ends with its function.
MAX_EVENT_AGE: Final = cdk.Duration.minutes(5)
_DISABLE_STAGING: Final = "aws:cdk:disable-asset-staging"  # what `cdk --no-staging` sets


class MigrationsFunction:
    """
    Makes the function and what belongs to it, as children of *scope*.

    Attributes:
        environment: The function's variables.
        max_event_age: How long CloudFormation's call may wait in Lambda's queue.
        long_runs: What is agreed on for runs that one invocation has no time for; None: there are none.
        machine: Where they go on.
        detached_machine: Where detached migrations do; None: there is none in the folder.
        version: The code that this deploy has, where a rollback is to undo it.
        parts: All that has to be there before the function is called.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        folder: str | os.PathLike[str],
        options: Options,
        tables: Mapping[str, AnyTable],
        state: UsedState,
        log_group: logs.ILogGroup | None,
        runtime: lambda_.Runtime | None,
        architecture: lambda_.Architecture,
        network: Network,
    ) -> None:
        self._scope = scope
        self.long_runs = LongRuns.of(scope, options)
        self.max_event_age = MAX_EVENT_AGE if self.long_runs is None else MAX_QUEUE_AGE
        python, version = python_runtime(options.where, runtime)
        platform = Platform.check(
            options.where, python=version, architecture=getattr(architecture, "name", repr(architecture))
        )
        self.role = iam.Role(
            scope,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Of the function that runs the migrations of {options.where}"[:1000],
        )
        self.log_group = log_group or logs.LogGroup(scope, "LogGroup", retention=logs.RetentionDays.SIX_MONTHS)
        self.log_group.grant_write(self.role)
        self.responder = ResponderFunction(
            scope,
            "Responder",
            where=options.where,
            lock_table=state.lock_table,
            lock_id=state.lock_id,
            encryption_key=state.encryption_key,
            log_group=self.log_group,
            architecture=architecture,
            max_event_age=MAX_EVENT_AGE if self.long_runs is None else MAX_ANSWER_AGE,
            long_runs=self.long_runs,
        )
        policies = self._policies(tables, state, network)
        with TemporaryDirectory(prefix="dynamigrate-") as temporary:
            root = self._staging_folder(Path(temporary))
            self.staged = stage(
                Path(folder).resolve(),
                root,
                where=options.where,
                platform=platform,
                requirements=options.requirements_file,
                elsewhere=options.elsewhere,
                machine=self.long_runs is not None,
            )
            detached = DetachedRuns.of(scope, self.staged.manifest)
            if detached is not None:
                policies.append(self._policy("DetachedPolicy", *detached.statements()))
            self.environment = self._environment(self.staged, options, tables, state, detached)
            self.function = lambda_.Function(
                scope,
                "Function",
                description=f"Runs the migrations of {options.where}"[:256],
                code=lambda_.Code.from_asset(str(root), asset_hash=self.staged.digest),
                handler=HANDLER,
                runtime=python,
                architecture=architecture,
                role=self.role,
                log_group=self.log_group,
                timeout=options.timeout,
                memory_size=options.memory_size,
                layers=[*options.layers],
                environment=self.environment,
                # CloudFormation calls asynchronously: a call that it has given up on must not run later, or twice.
                retry_attempts=0,
                max_event_age=self.max_event_age,
                on_failure=self.responder,
                current_version_options=VERSION_OPTIONS,
                vpc=network.vpc,
                vpc_subnets=network.subnets,
                security_groups=network.security_groups,
            )
        if self.staged.alarms:
            policies.append(self._policy("AlarmsPolicy", alarms_statement(cdk.Stack.of(scope), self.staged.alarms)))
        self.function.node.add_dependency(*policies)
        acknowledge_function(self.function)
        # The role brings the policy of later grants, the function its settings for asynchronous calls.
        undo = UndoOnRollback(scope, self.function, self.role, policies) if options.on_rollback == "undo" else None
        self.version = undo.version if undo else None
        self.machine = self._machine(options)
        self.detached_machine = self._detached_machine(options, state, detached)
        self.parts: tuple[IConstruct, ...] = (
            self.function,
            self.role,
            self.log_group,
            *policies,
            *self.responder.parts,
            *(undo.parts if undo else ()),
            *([self.machine] if self.machine else ()),
            *([self.detached_machine] if self.detached_machine else ()),
        )

    def _machine(self, options: Options) -> StateMachine | None:
        """Made last: it names both functions."""
        if self.long_runs is None:
            return None
        return StateMachine(
            self._scope,
            "LongRuns",
            where=options.where,
            name=self.long_runs.machine_name,
            timeout_seconds=self.long_runs.execution_seconds,
            function=self.function,
            responder=self.responder,
        )

    def _detached_machine(
        self, options: Options, state: UsedState, detached: DetachedRuns | None
    ) -> StateMachine | None:
        if detached is None:
            return None
        if self.long_runs is None:
            self.responder.allow(stop_statement(state.lock_table))
        return StateMachine(
            self._scope,
            "Detached",
            where=options.where,
            name=detached.machine_name,
            timeout_seconds=None,
            function=self.function,
            responder=self.responder,
            detached=True,
        )

    def _policies(
        self,
        tables: Mapping[str, AnyTable],
        state: UsedState,
        network: Network,
    ) -> list[iam.Policy]:
        """One policy for each purpose, so that each can be read, and replaced, by itself."""
        policies = [
            self._policy(
                "EnginePolicy",
                *state_statements(state.table, state.lock_table, create=state.made_by_function),
                stack_statement(cdk.Stack.of(self._scope)),
            ),
            self._policy(
                "DestinationPolicy",
                iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.responder.arn]),
            ),
        ]
        if tables:
            policies.append(self._policy("TablesPolicy", item_statement(list(tables.values()))))
            acknowledge_indexes(policies[-1], wildcards(list(tables.values())))
            policies.append(self._policy("MetricsPolicy", metrics_statement()))
            acknowledge_metrics(policies[-1])
        if self.long_runs is not None:
            policies.append(self._policy("LongRunsPolicy", *self.long_runs.statements()))
            acknowledge_events(policies[-1], self.long_runs.events_arn)
        if network.vpc is not None:
            policies.append(self._policy("NetworkPolicy", network_statement()))
            acknowledge_network(policies[-1])
        for key in (state.encryption_key, *(table.encryption_key for table in tables.values())):
            grant_key(key, self.role)
        return policies

    def _policy(self, name: str, *statements: iam.PolicyStatement) -> iam.Policy:
        return iam.Policy(self._scope, name, roles=[self.role], statements=list(statements))

    def _environment(
        self,
        staged: Staged,
        options: Options,
        tables: Mapping[str, AnyTable],
        state: UsedState,
        detached: DetachedRuns | None,
    ) -> dict[str, str]:
        stack = cdk.Stack.of(self._scope)
        environment = {
            Env.MIGRATIONS_FOLDER: staged.folder,
            Env.MIGRATIONS_TABLE: state.table.table_name,
            Env.LOCK_TABLE: state.lock_table.table_name,
            Env.LOCK_ID: state.lock_id,
            Env.TABLES: stack.to_json_string({name: one.table_name for name, one in tables.items()}),
            Env.PARAMS: stack.to_json_string(dict(options.params)),
            Env.STACK_NAME: stack.stack_name,
            Env.APP_VERSION: options.app_version or "",
            Env.OUT_OF_ORDER: options.out_of_order,
            Env.MISSING: options.missing,
            Env.CHANGED: options.changed,
            Env.ON_FAILURE: options.on_failure,
            Env.LOG_LEVEL: options.log_level,
            **({} if options.prices is None else {Env.PRICES: json.dumps(dict(options.prices))}),
            Env.MAKES_STATE: "true" if state.made_by_function else "false",
            **({} if self.long_runs is None else self.long_runs.environment),
            **({} if detached is None else detached.environment),
        }
        return {**options.environment, **{name.value: value for name, value in environment.items()}}

    def _staging_folder(self, temporary: Path) -> Path:
        """CDK copies the asset when it is made; told not to, it reads it after this program ended."""
        if not self._scope.node.try_get_context(_DISABLE_STAGING):
            return temporary
        output = cdk.Stage.of(self._scope)
        if output is None:
            raise InvalidProp(self._scope.node.path, "it is in no app.", "Make it in a stack of an app.")
        root = Path(output.outdir, f"dynamigrate.{self._scope.node.addr}")
        shutil.rmtree(root, ignore_errors=True)  # of an earlier synth
        root.mkdir(parents=True)
        return root
