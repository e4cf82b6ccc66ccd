"""The Lambda function, with its code, its role, its log and what it may do."""

from __future__ import annotations

import json
from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from dynamigrate.contract import HANDLER, Env
from dynamigrate.contract.choices import Phase

from ..ascii_text import in_ascii
from ..props.options import Options
from ..props.restore_points import restore_point_statements
from ..props.tables import grant_key, item_statement, wildcards
from .acknowledgments import (
    acknowledge_events,
    acknowledge_function,
    acknowledge_indexes,
    acknowledge_metrics,
    acknowledge_network,
    acknowledge_tracing,
)
from .detached_runs import DetachedRuns
from .long_runs import DETACHED, LONG_RUNS, MAX_ANSWER_AGE, MAX_QUEUE_AGE, LongRuns
from .permissions import (
    alarms_statement,
    bus_statement,
    log_statement,
    metrics_statement,
    network_statement,
    stack_statement,
    state_statements,
    stop_statement,
    tracing_statement,
)
from .responder_function import ResponderFunction
from .shared_props import SharedProps
from .state_machine import StateMachine
from .undo_on_rollback import VERSION_OPTIONS, UndoOnRollback

# How long a call may wait in Lambda's queue, where a run ends with its function.
MAX_EVENT_AGE: Final = cdk.Duration.minutes(5)


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
        readers: Functions that only look, and judge what they see by the same variables.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        phase: Phase,
        shared: SharedProps,
        options: Options,
        log_group: logs.ILogGroup | None,
    ) -> None:
        """
        Args:
            phase: The function's.
            shared: What it shares with the function of the other phase.
            options: Its own.
        """
        self.readers: list[lambda_.Function] = []
        self._scope = scope
        self._phase = phase
        self._shared = shared
        self._options = options
        self.staged = shared.code.staged
        self.long_runs = LongRuns.of(scope, options)
        self.max_event_age = MAX_EVENT_AGE if self.long_runs is None else MAX_QUEUE_AGE
        state, network = shared.state, shared.network
        self.role = iam.Role(
            scope,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            permissions_boundary=shared.permissions_boundary,
            description=in_ascii(f"Of the function that runs the migrations of {options.where}")[:1000],
        )
        self.log_group = log_group or logs.LogGroup(
            scope, "LogGroup", retention=logs.RetentionDays.SIX_MONTHS, encryption_key=shared.encryption_key
        )
        self.responder = ResponderFunction(
            scope,
            "Responder",
            where=options.where,
            lock_table=state.lock_table,
            lock_id=state.lock_id,
            state_key=state.encryption_key,
            encryption_key=shared.encryption_key,
            permissions_boundary=shared.permissions_boundary,
            log_group=self.log_group,
            architecture=shared.architecture,
            max_event_age=MAX_EVENT_AGE if self.long_runs is None else MAX_ANSWER_AGE,
            long_runs=self.long_runs,
            phase=phase,
            history=shared.history if shared.watched else None,
        )
        detached = DetachedRuns.of(scope, self.staged.manifest, phase)
        policies = self._policies(detached)
        self.environment = self._environment(detached)
        self.function = lambda_.Function(
            scope,
            "Function",
            description=f"Runs the migrations of {options.where}"[:256],
            code=shared.code.asset(),
            handler=HANDLER,
            runtime=shared.runtime,
            architecture=shared.architecture,
            role=self.role,
            log_group=self.log_group,
            timeout=options.timeout,
            memory_size=options.memory_size,
            layers=[*options.layers],
            environment=self.environment,
            environment_encryption=shared.encryption_key,
            # CloudFormation calls asynchronously: a call that it has given up on must not run later, or twice.
            retry_attempts=0,
            max_event_age=self.max_event_age,
            on_failure=self.responder,
            current_version_options=VERSION_OPTIONS,
            vpc=network.vpc,
            vpc_subnets=network.subnets,
            security_groups=network.security_groups,
        )
        self.function.node.add_dependency(*policies)
        if options.tracing:
            # CDK's own prop for it would add its statement to the role's default policy, which the function does not wait for.
            node = self.function.node.default_child
            cast("lambda_.CfnFunction", node).tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        acknowledge_function(self.function, traced=options.tracing)
        # The role brings the policy of later grants, the function its settings for asynchronous calls.
        undo = UndoOnRollback(scope, self.function, self.role, policies) if options.on_rollback == "undo" else None
        self.version = undo.version if undo else None
        self.machine = self._machine()
        self.detached_machine = self._detached_machine(detached)
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

    def _machine(self) -> StateMachine | None:
        """Made last: it names both functions."""
        if self.long_runs is None:
            return None
        return StateMachine(
            self._scope,
            LONG_RUNS,
            where=self._options.where,
            name=self.long_runs.machine_name,
            final_name=self.long_runs.final_name,
            timeout_seconds=self.long_runs.execution_seconds,
            function=self.function,
            responder=self.responder,
            shared=self._shared,
        )

    def _detached_machine(self, detached: DetachedRuns | None) -> StateMachine | None:
        if detached is None:
            return None
        if self.long_runs is None:
            self.responder.allow(stop_statement(self._shared.state.lock_table))
        return StateMachine(
            self._scope,
            DETACHED,
            where=self._options.where,
            name=detached.machine_name,
            final_name=detached.final_name,
            timeout_seconds=None,
            function=self.function,
            responder=self.responder,
            shared=self._shared,
            detached=True,
        )

    def _policies(self, detached: DetachedRuns | None) -> list[iam.Policy]:
        """What the engine needs in one policy; what migrations may do with the application's tables in another."""
        policies = [self._engine_policy(detached)]
        tables, state = self._shared.tables, self._shared.state
        if tables:
            given = list(tables.values())
            looked_at = restore_point_statements(self._options, self.staged.manifest, given)
            policies.append(self._policy("TablesPolicy", item_statement(given), *looked_at))
            acknowledge_indexes(policies[-1], wildcards(given))
        for key in (state.encryption_key, *(table.encryption_key for table in tables.values())):
            grant_key(key, self.role)
        if (own_key := self._shared.encryption_key) is not None:
            # Its variables, and CloudFormation's event in a parameter, which is encrypted in the caller's name.
            own_key.grant(self.role, "kms:Decrypt", *([] if self.long_runs is None else ["kms:Encrypt"]))
        return policies

    def _engine_policy(self, detached: DetachedRuns | None) -> iam.Policy:
        """A resource less is a moment less in each first deploy, so there is one for all of it."""
        state, stack, options = self._shared.state, cdk.Stack.of(self._scope), self._options
        policy = self._policy(
            "EnginePolicy",
            *state_statements(state.table, state.lock_table, create=state.made_by_function),
            stack_statement(stack),
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.responder.arn]),
        )
        if options.on_rollback == "undo":
            # That gives the role its default policy, which is named by its content before later grants are in it.
            self.log_group.grant_write(self.role)
        else:
            policy.add_statements(log_statement(self.log_group))
        if self._shared.tables:
            policy.add_statements(metrics_statement())
            acknowledge_metrics(policy)
        if self.long_runs is not None:
            policy.add_statements(*self.long_runs.statements())
            acknowledge_events(policy, self.long_runs.events_arn)
        if detached is not None:
            policy.add_statements(*detached.statements())
        if self.staged.alarms:
            policy.add_statements(alarms_statement(stack, self.staged.alarms))
        if self._shared.network.vpc is not None:
            policy.add_statements(network_statement())
            acknowledge_network(policy)
        if options.events:
            policy.add_statements(bus_statement(stack))
        if options.tracing:
            policy.add_statements(tracing_statement())
            acknowledge_tracing(policy)
        return policy

    def set_variable(self, name: Env, value: str) -> None:
        """Give the function one more variable, and those that only look."""
        self.environment[name.value] = value
        for function in (self.function, *self.readers):
            function.add_environment(name.value, value)

    def _policy(self, name: str, *statements: iam.PolicyStatement) -> iam.Policy:
        return iam.Policy(self._scope, name, roles=[self.role], statements=list(statements))

    def _environment(self, detached: DetachedRuns | None) -> dict[str, str]:
        stack, options, state = cdk.Stack.of(self._scope), self._options, self._shared.state
        tables, key = self._shared.tables, self._shared.encryption_key
        environment = {
            Env.MIGRATIONS_FOLDER: self.staged.folder,
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
            Env.RESTORE_POINT: options.restore_point,
            Env.CHECK_LIMIT_SECONDS: str(options.check_limit_seconds),
            Env.LOG_LEVEL: options.log_level,
            **({} if options.prices is None else {Env.PRICES: json.dumps(dict(options.prices))}),
            Env.MAKES_STATE: "true" if state.made_by_function else "false",
            Env.PHASE: self._phase,
            Env.HISTORY: self._shared.history,
            **({Env.EVENTS: "true"} if options.events else {}),
            **({} if self.long_runs is None else self.long_runs.environment),
            **({} if self.long_runs is None or key is None else {Env.EVENTS_KEY: key.key_arn}),
            **({} if detached is None else detached.environment),
        }
        return {**options.environment, **{name.value: value for name, value in environment.items()}}
