"""The tutorial, typed from its top to its end: in an empty folder, with what the wheel has, on embedded AWSs."""

import os
from pathlib import Path

import pytest

from dynamigrate_local_aws import LocalAws
from tests.docs.blocks import PROJECT
from tests.docs.installation import install
from tests.docs.typed_page import Typed, steps
from tests.docs.typist import Typist, plain

pytestmark = pytest.mark.acceptance

_PAGE = PROJECT / "docs" / "tutorial.md"
_NODE = PROJECT / "node_modules" / ".bin"


def test_the_tutorial_does_as_it_says(tmp_path: Path, aws: LocalAws) -> None:
    """Each command ends well, and shows what the page shows. The account of its last step is an embedded AWS, too."""

    def make_environment(typist: Typist) -> None:
        typist.environment["PATH"] = os.pathsep.join(
            [str(install(typist.folder / ".venv")), typist.environment["PATH"]]
        )

    def go_to_account(typist: Typist) -> None:
        aws.bootstrap()
        path = typist.environment["PATH"]
        typist.environment = {**plain(os.environ), **aws.environment, "PATH": path}

    def nothing(typist: Typist) -> None: ...

    environment = plain(os.environ) | {
        "PATH": os.pathsep.join([str(_NODE), os.environ["PATH"]]),
        "DYNAMIGRATE_EMBEDDED_AWS_PYTHON": str(PROJECT / ".emulator" / "bin" / "python"),
        "CDK_VALIDATION": "false",
        **{
            name: value
            for name, value in aws.environment.items()
            if name.startswith(("JSII", "AWS_SDK", "CDK_DISABLE"))
        },
    }
    instead = {
        "python3 -m venv": make_environment,
        "pip install": nothing,
        "npm install": nothing,
        "cdk bootstrap": go_to_account,
    }
    with Typist(tmp_path, environment, instead=instead, background="dynamigrate local") as typist:
        for step in steps(_PAGE):
            typist.do(step)
    assert [typed.command for typed, _ in typist.said if typed.command.startswith("cdk deploy")]


def test_the_tutorial_installs_what_there_is() -> None:
    """Its extras are those of the package, and the CDK is the one that this repository is tested with."""
    import json
    import re
    import tomllib

    commands = " ".join(step.command for step in steps(_PAGE) if isinstance(step, Typed))
    found = re.search(r"pip install 'dynamigrate\[([\w,]+)\]'", commands)
    assert found is not None
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert set(found[1].split(",")) <= set(project["optional-dependencies"])
    assert "npm install aws-cdk" in commands
    assert "aws-cdk" in json.loads((PROJECT / "package.json").read_text())["devDependencies"]
