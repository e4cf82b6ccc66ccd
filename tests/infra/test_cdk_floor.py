"""The oldest CDK that the package takes, in an environment of its own: an app of last year can adopt the construct."""

import json
import os
import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".cdk-floor" / "bin" / "python"
PROGRAMS = Path(__file__).parent / "cdk_floor"
REQUIREMENTS = PROGRAMS / "requirements.txt"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Synthesized:
    """The example's assembly, and what the nag printed of the other app."""

    example: Path
    nagged: str


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Synthesized:
    example = ROOT / "examples" / "existing_app" / "app.py"
    directory, other = tmp_path_factory.mktemp("example"), tmp_path_factory.mktemp("nagged")
    done = subprocess.run(
        [str(PYTHON), str(PROGRAMS / "both.py"), str(example), str(PROGRAMS / "nagged.py"), str(other), str(folder)],
        cwd=example.parent,
        # Whatever is said of byte code elsewhere: compiling this aws_cdk takes longer than the test.
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        | {
            "CDK_OUTDIR": str(directory),
            "PYTHONPATH": os.pathsep.join([str(ROOT / root) for root in ("lambda_src", "infra", "tools")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Synthesized(example=directory, nagged=done.stdout)


def test_it_is_the_oldest_that_the_package_takes() -> None:
    """Whoever changes the one has to try the other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bounds = {
        line.partition(">=")[0]: line.partition(">=")[2].partition(",")[0]
        for line in project["optional-dependencies"]["cdk"]
    }
    pinned = dict(re.findall(r"^([a-z-]+)==([0-9.]+)$", REQUIREMENTS.read_text(), re.MULTILINE))
    for name in ("aws-cdk-lib", "constructs"):
        floor, tried = bounds[name].split("."), pinned[name].split(".")
        assert tried[: len(floor)] == floor, name


def test_the_example_synthesizes(synthesized: Synthesized) -> None:
    """The app that was there before, as anyone would have it."""
    [path] = synthesized.example.glob("*.template.json")
    resources = json.loads(path.read_text())["Resources"].values()
    [resource] = [one for one in resources if one["Type"] == "Custom::DynamoDBMigrations"]
    assert resource["Properties"]["ServiceTimeout"] == "3600"


def test_version_2_of_the_nag_has_nothing_to_say(synthesized: Synthesized) -> None:
    """What version 3 is told, it is told too; and it does look, as what is wrong elsewhere shows."""
    found = synthesized.nagged.splitlines()
    assert [one for one in found if one.startswith("/Broken/")]
    assert [one for one in found if not one.startswith("/Broken/")] == []
