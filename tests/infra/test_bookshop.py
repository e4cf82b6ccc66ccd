"""An app of a team's own, as its pipeline would synthesize it: two stages, two histories each, one of them in a VPC."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "bookshop"
STAGES = ("Test", "Prod")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``pipeline.py`` writes."""
    directory = tmp_path_factory.mktemp("bookshop")
    context = json.loads((EXAMPLE / "cdk.json").read_text())["context"]
    done = subprocess.run(
        [sys.executable, "pipeline.py"],
        cwd=EXAMPLE,
        env={
            **os.environ,
            "CDK_OUTDIR": str(directory),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_DEFAULT_ACCOUNT": "111122223333",
            "CDK_DEFAULT_REGION": "eu-central-1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return directory


def templates(assembly: Path, stage: str) -> dict[str, dict[str, Any]]:
    """Of the stacks of a stage, by the last word of their names."""
    found = (assembly / f"assembly-BookshopPipeline-{stage}").glob("*.template.json")
    return {
        next(word for word in ("Data", "Migrations", "Application") if word in path.name): json.loads(path.read_text())
        for path in found
    }


def resources(assembly: Path, stage: str, kind: str) -> dict[str, dict[str, Any]]:
    return {
        f"{stack}/{logical_id}": one["Properties"]
        for stack, template in templates(assembly, stage).items()
        for logical_id, one in template["Resources"].items()
        if one["Type"] == kind
    }


@pytest.mark.parametrize("stage", STAGES)
def test_the_teams_aspects_reach_what_migrates(assembly: Path, stage: str) -> None:
    """Each role has the boundary, each function the team's tags, and no log is kept for ever."""
    roles = resources(assembly, stage, "AWS::IAM::Role")
    assert len([name for name in roles if name.startswith("Migrations/")]) == 6
    assert all("bookshop-boundary" in json.dumps(role["PermissionsBoundary"]) for role in roles.values())
    for function in resources(assembly, stage, "AWS::Lambda::Function").values():
        assert {"Key": "stage", "Value": stage.lower()} in function["Tags"]
    assert all("RetentionInDays" in group for group in resources(assembly, stage, "AWS::Logs::LogGroup").values())


def test_what_migrates_is_in_the_vpc_and_reaches_what_it_needs(assembly: Path) -> None:
    """In the one stage that has a VPC; the responder needs none."""
    in_vpc = {
        stage: {name for name, one in resources(assembly, stage, "AWS::Lambda::Function").items() if "VpcConfig" in one}
        for stage in STAGES
    }
    assert in_vpc["Test"] == set()
    assert sorted(name.rstrip("0123456789ABCDEF") for name in in_vpc["Prod"]) == [
        "Migrations/CatalogueFunction",
        "Migrations/OrdersFunction",
    ]
    reached = json.dumps([one["ServiceName"] for one in resources(assembly, "Prod", "AWS::EC2::VPCEndpoint").values()])
    for service in ("s3", "dynamodb", "cloudformation", "monitoring", "states", "ssm"):
        assert f".{service}" in reached


def test_exports_are_each_stages_own(assembly: Path) -> None:
    """CloudFormation takes a name of an export once in an account and Region."""
    names = [list(_exports(templates(assembly, stage))) for stage in STAGES]
    assert all(names)
    assert len(set(names[0] + names[1])) == len(names[0] + names[1])


def _exports(stacks: dict[str, dict[str, Any]]) -> Iterator[str]:
    for template in stacks.values():
        for output in template.get("Outputs", {}).values():
            if "Export" in output:
                yield json.dumps(output["Export"]["Name"])


def test_the_pipeline_deploys_data_then_what_migrates_it_then_the_services(assembly: Path) -> None:
    """In each stage; and all of the one before the other."""
    template = json.loads((assembly / "BookshopPipeline.template.json").read_text())
    [pipeline] = [one for one in template["Resources"].values() if one["Type"] == "AWS::CodePipeline::Pipeline"]
    order = {stage["Name"]: stage["Actions"] for stage in pipeline["Properties"]["Stages"]}
    names = list(order)
    assert names.index("Test") < names.index("Prod")
    for stage in STAGES:
        runs = {action["Name"]: action["RunOrder"] for action in order[stage]}
        for earlier, later in combinations(("Data", "Migrations", "Application"), 2):
            assert runs[f"{earlier}.Deploy"] < runs[f"{later}.Prepare"]
