"""The state machine in which runs go on that one invocation has no time for, and what belongs to it."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from ..ascii_text import in_ascii
from .acknowledgments import acknowledge_machine, acknowledge_machine_policy, acknowledge_rule
from .long_runs import MACHINE, MAX_ANSWER_AGE, executions_arn, machine_arn
from .machine_definition import FLEET_LABEL, definition
from .permissions import machine_key_statements, machine_statements
from .responder_function import ResponderFunction
from .shared_props import SharedProps


class StateMachine(Construct):
    """
    Calls *function* slice after slice, until the run is over.

    It calls synchronously, so that no destination of Lambda's hears of a slice that died: after some tries, the machine
    itself tells the responder. Of an execution that was stopped, ran out of time or could not do even that, EventBridge
    does. It has a role of its own, which may call these two functions and start more executions of the machine, those of
    a fleet's workers.

    Attributes:
        machine: The state machine.
    """

    machine: sfn.StateMachine

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        where: str,
        name: str,
        final_name: str,
        timeout_seconds: int | None,
        function: lambda_.IFunction,
        responder: ResponderFunction,
        shared: SharedProps,
        detached: bool = False,
    ) -> None:
        """
        Args:
            where: The construct, for descriptions.
            final_name: Its name by the end of synth.
            timeout_seconds: How long an execution may take; None: as long as Step Functions allows.
            detached: It is for detached migrations, for which nobody waits.
        """
        super().__init__(scope, id)
        self._responder = responder
        what = f"detached migrations of {where} go on" if detached else f"long runs of {where} go on"
        comment = f"Goes on with runs of {where} that one invocation of its function has no time for."
        if detached:
            comment = f"Goes on with detached migrations of {where}, each in a run of its own."
        stack = cdk.Stack.of(self)
        executions = executions_arn(stack, final_name)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            permissions_boundary=shared.permissions_boundary,
            description=in_ascii(f"Of the state machine in which {what}")[:1000],
        )
        policy = iam.Policy(
            self,
            "Policy",
            roles=[role],
            statements=machine_statements(
                function.function_arn,
                responder.arn,
                machine_arn=machine_arn(stack, final_name),
                executions_arn=executions,
            ),
        )
        acknowledge_machine_policy(policy, executions)
        key = shared.encryption_key
        if key is not None:
            # Those of a fleet's workers have the machine's name with the map's label behind it.
            own, workers = (machine_arn(stack, one) for one in (final_name, f"{final_name}/{FLEET_LABEL}"))
            policy.add_statements(*machine_key_statements(key, stack, own, workers))
            responder.allow_reading(executions)
        self.machine = sfn.StateMachine(
            self,
            MACHINE,
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(
                # CDK's to_json_string leaves out every null, and a ResultPath of null is not the same as none. What is
                # only known when the stack is deployed are ARNs, in which nothing has to be escaped.
                json.dumps(
                    definition(
                        partition=stack.partition,
                        function_arn=function.function_arn,
                        responder_arn=responder.arn,
                        timeout_seconds=timeout_seconds,
                        comment=comment,
                        detached=detached,
                    ),
                    separators=(",", ":"),
                )
            ),
            # What CDK would grant besides, on all versions of the functions for example, is more than is used.
            role=role.without_policy_updates(),
            logs=sfn.LogOptions(
                destination=self._log_group(name, key), level=sfn.LogLevel.ALL, include_execution_data=False
            ),
            encryption_configuration=None if key is None else sfn.CustomerManagedEncryptionConfiguration(key),
        )
        # Step Functions looks whether it may write the log when the machine is made.
        self.machine.node.add_dependency(policy)
        acknowledge_machine(self.machine)
        self._tell_of_the_end()

    def _log_group(self, name: str, key: kms.IKey | None) -> logs.LogGroup:
        """It goes with the machine: what a run did is in the function's log."""
        return logs.LogGroup(
            self,
            "LogGroup",
            # Under any other name, each such group is one more entry in the one policy of the account by which services
            # deliver logs, and that has room for 5,120 characters.
            log_group_name=f"/aws/vendedlogs/states/{name}",
            retention=logs.RetentionDays.SIX_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            encryption_key=key,
        )

    def _tell_of_the_end(self) -> None:
        """Have the responder called when an execution did not succeed, whoever ended it."""
        rule = events.Rule(
            self,
            "Ended",
            description="Executions of the migrations' state machine that did not succeed",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "stateMachineArn": [self.machine.state_machine_arn],
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                },
            ),
            targets=[
                targets.LambdaFunction(self._responder.function, max_event_age=MAX_ANSWER_AGE),
            ],
        )
        acknowledge_rule(rule)
