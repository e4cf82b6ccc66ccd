"""A stack whose runs go on in the state machine."""

from typing import Any

from dynamigrate_local_aws import CdkResult
from tests.acceptance.backfills.things import Things

# Seconds. A function that has nine begins nothing in its last five, and its answer takes another one.
TIMEOUT = "9"
RUN_LIMIT = "300"


class Slices(Things):
    """A stack whose runs go on in the state machine."""

    timeout = TIMEOUT

    def deploy(self, **context: str) -> CdkResult:
        return self.cdk("deploy", **{"timeout": self.timeout, "run_limit": RUN_LIMIT, **context})

    def told(self, output: str) -> str:
        """What an output of the construct's says."""
        [stack] = self.aws.client("cloudformation").describe_stacks(StackName=self._stack)["Stacks"]
        [found] = [one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"].startswith(f"Migrations{output}")]
        return str(found)

    @property
    def machine(self) -> str:
        machines = self.aws.client("stepfunctions").list_state_machines()["stateMachines"]
        [found] = [one["stateMachineArn"] for one in machines if self._stack in one["name"]]
        return str(found)

    def executions(self) -> list[dict[str, Any]]:
        """Newest first."""
        found = self.aws.client("stepfunctions").list_executions(stateMachineArn=self.machine)["executions"]
        return sorted(found, key=lambda one: one["startDate"], reverse=True)

    def running(self) -> str | None:
        """The execution that is under way."""
        return next((one["executionArn"] for one in self.executions() if one["status"] == "RUNNING"), None)

    def stop(self) -> None:
        """As somebody does in the console."""
        self.aws.client("stepfunctions").stop_execution(executionArn=self.running())

    def parameters(self) -> list[str]:
        """Names of the events that wait for the end of a run."""
        found = self.aws.client("ssm").get_paginator("describe_parameters").paginate()
        names = [one["Name"] for page in found for one in page["Parameters"]]
        return [name for name in names if name.startswith("/dynamigrate/") and self._stack in name]

    def events(self, name: str, run_id: str) -> list[dict[str, Any]]:
        """The lines of one run with that event."""
        return [line for line in self.log() if line.get("event") == name and line.get("run_id") == run_id]

    def forget(self, migration_id: str) -> None:
        """Have the history forget it, so that it runs again."""
        table = self.output("StateTable")
        self.aws.client("dynamodb").delete_item(TableName=table, Key={"ID": {"S": migration_id}})

    def newest_run(self) -> dict[str, Any]:
        """As the history has it."""
        return dict(self.invoke(action="history", n=1)["runs"][0])
