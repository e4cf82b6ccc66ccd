"""An app of another team: a folder of its own, and an environment that has this project's wheel and nothing of its source."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from dynamigrate_local_aws import CdkResult, LocalAws
from dynamigrate_local_aws.environment import PROJECT

EXAMPLE = PROJECT / "examples" / "bookshop"


def build_wheel(folder: Path) -> Path:
    """The project's wheel, in *folder*, as its build backend makes it."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """
    Make an environment in *folder* with *wheel* and, of third parties, what this environment has.

    Returns:
        Its Python.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python3"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    [packages] = folder.glob("lib/python*/site-packages")
    # As a line of a .pth file, its own .pth files, by which this repository is found, are not read.
    (packages / "third_parties.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


class ForeignApp:
    """The bookshop, in *folder*, deployed by the CDK command line with that *python*."""

    def __init__(self, aws: LocalAws, folder: Path, python: Path) -> None:
        self.folder = folder / "bookshop"
        shutil.copytree(EXAMPLE, self.folder, ignore=shutil.ignore_patterns("__pycache__", "cdk.out"))
        self._aws = aws
        self._python = python

    def cdk(self, *arguments: str, output_directory: Path | None = None) -> CdkResult:
        """As its cdk.json says: ``python3 app.py``."""
        path = os.pathsep.join([str(self._python.parent), self._aws.environment["PATH"]])
        return self._aws.cdk(*arguments, cwd=self.folder, env={"PATH": path}, output_directory=output_directory)

    def ask(self, program: str) -> Any:
        """What a program prints, as JSON, that its Python runs in its folder."""
        done = subprocess.run(
            [self._python, "-c", program],
            cwd=self.folder,
            env=self._aws.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(done.stdout)

    def outputs(self, stack: str) -> dict[str, str]:
        [found] = self._aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def stacks(self) -> dict[str, str]:
        """States of all stacks of both stages, by their names."""
        found = self._aws.client("cloudformation").describe_stacks()["Stacks"]
        return {
            one["StackName"]: one["StackStatus"] for one in found if one["StackName"].startswith(("Test-", "Prod-"))
        }

    def resources(self, stack: str, kind: str) -> dict[str, str]:
        """The physical names of a stack's resources of a kind, by their logical ids."""
        found = self._aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found if one["ResourceType"] == kind}

    def table(self, stage: str, name: str) -> str:
        """The physical name of a table of the data stack."""
        kinds = self.resources(f"{stage}-Data", "AWS::DynamoDB::GlobalTable")
        [found] = [table for logical_id, table in kinds.items() if re.fullmatch(f"{name}[0-9A-F]{{8}}", logical_id)]
        return found

    def invoke(self, function: str, **event: object) -> Any:
        answer = self._aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())
