"""State machines to try the embedded AWS with, and a function that they call."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dynamigrate_local_aws import LocalAws

FUNCTION = """
import json, os, time

class TableGone(Exception):
    pass

def handler(event, context):
    print("asked to", event["do"])
    if event["do"] == "raise":
        raise TableGone("the table is gone")
    if event["do"] == "exit":
        os._exit(3)
    if event["do"] == "big":
        return "x" * 300_000
    if event["do"] == "note":
        with open(event["file"], "a") as file:
            file.write(json.dumps(event) + "\\n")
    if event["do"] == "sleep":
        open(event["file"], "a").write("began\\n")
        while not os.path.exists(event["file"] + ".end"):
            time.sleep(0.02)
        if event.get("then") == "raise":
            raise TableGone("later")
        open(event["file"], "a").write("ended\\n")
    return {"version": os.environ.get("VERSION", ""), **event}
"""
ROLE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}


class Machines:
    """One function, of this *code*, whose calls take *timeout* seconds at most, and state machines that call it."""

    def __init__(self, aws: LocalAws, *, code: str = FUNCTION, timeout: int = 2) -> None:
        self.aws = aws
        self._code = code
        self._timeout = timeout
        self.states = aws.client("stepfunctions")
        self._numbers = iter(range(1000))
        self.role = self.role_of("machine", "states.amazonaws.com")
        self.function = self._function("task", self.role_of("task", "lambda.amazonaws.com"))

    def make(self, states: dict[str, Any], **definition: Any) -> str:
        """A machine of these states, the first one first; returns its ARN."""
        text = json.dumps({"StartAt": next(iter(states)), "States": states, **definition})
        name = f"machine-{next(self._numbers)}"
        return str(self.states.create_state_machine(name=name, definition=text, roleArn=self.role)["stateMachineArn"])

    def task(self, **more: Any) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": self.function, "Payload.$": "$"},
            "OutputPath": "$.Payload",
            **({} if "Next" in more else {"End": True}),
            **more,
        }

    def start(self, machine: str, **event: Any) -> str:
        return str(self.states.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"])

    def tell(self, machine: str, name: str, file: Path) -> None:
        """Have a line in *file* for each event that an execution of *machine* has ended without success."""
        client, statuses = self.aws.client("events"), ["FAILED", "TIMED_OUT", "ABORTED"]
        pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine], "status": statuses}}
        client.put_rule(Name=name, EventPattern=json.dumps(pattern))
        note = json.dumps({"do": "note", "file": str(file)})
        client.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": self.function, "Input": note}])

    def ended(self, execution: str) -> dict[str, Any]:
        """The execution, once it has ended."""
        found: dict[str, Any] = {}

        def look() -> bool:
            found.update(self.states.describe_execution(executionArn=execution))
            return bool(found["status"] != "RUNNING")

        eventually(look)
        return found

    def role_of(self, name: str, service: str) -> str:
        policy = json.loads(json.dumps(ROLE))
        policy["Statement"][0]["Principal"] = {"Service": service}
        made = self.aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
        return str(made["Role"]["Arn"])

    def _function(self, name: str, role: str) -> str:
        asset = io.BytesIO()
        with zipfile.ZipFile(asset, "w") as archive:
            archive.writestr("index.py", self._code)
        made = self.aws.client("lambda").create_function(
            FunctionName=name,
            Role=role,
            Runtime="python3.13",
            Handler="index.handler",
            Code={"ZipFile": asset.getvalue()},
            Timeout=self._timeout,
        )
        return str(made["FunctionArn"])


def eventually(look: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)
