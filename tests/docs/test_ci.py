"""The page about CI: its commands run, its workflow gives each job what it needs, and its policies are enough."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dynamigrate_local_aws import LocalAws
from tests.docs.blocks import PROJECT
from tests.docs.shop import write_shop
from tests.docs.typed_page import File, Typed, steps
from tests.docs.typist import plain

_STEPS = list(steps(PROJECT / "docs/how-to/ci.md"))
_FILES = {step.path: step.text for step in _STEPS if isinstance(step, File)}
_WORKFLOW: dict[Any, Any] = yaml.safe_load(_FILES[".github/workflows/migrations.yml"])
_JOBS: dict[str, Any] = _WORKFLOW["jobs"]
# What a job's environment has already, where it is run here.
_NOT_RUN = ("pip install", "npm ci")
_AS_OURSELVES = PROJECT / "tests" / "acceptance" / "apps" / "cli_credentials.py"
_SECOND = '''"""Greet whoever ordered."""

from dynamigrate import Backfill, Context, Item, Update


def greet(order: Item, ctx: Context) -> Update | None:
    return None if "greeting" in order else Update(set={"greeting": "hello"})


do = Backfill(table="orders", transform=greet)
'''
# Keeps what it is told, and finds the comment that it was given before.
_GH = """#!/usr/bin/env bash
echo "$@" >> "$GH_SEEN"
case "$*" in
  *--paginate*) cat "$GH_COMMENTS" ;;
  *PATCH*) cp plan.md "$GH_BODY" ;;
  "pr comment"*) cp plan.md "$GH_BODY"; echo 7 > "$GH_COMMENTS" ;;
esac
"""


def _runs(job: str) -> list[str]:
    return [step["run"] for step in _JOBS[job]["steps"] if "run" in step and not step["run"].startswith(_NOT_RUN)]


class TestTheWorkflow:
    """What GitHub would be told."""

    def test_nobody_has_a_permission_that_no_job_asks_for(self) -> None:
        """None by default, and each job its own."""
        assert _WORKFLOW["permissions"] == {}
        assert {name: job["permissions"] for name, job in _JOBS.items()} == {
            "check": {"contents": "read"},
            "plan": {"contents": "read", "id-token": "write", "pull-requests": "write"},
            "deploy": {"contents": "read", "id-token": "write"},
        }

    def test_a_job_has_an_identity_only_where_it_takes_a_role(self) -> None:
        """A token that nobody needs is one that can be misused."""
        for job in _JOBS.values():
            takes_a_role = any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])
            assert takes_a_role is ("id-token" in job["permissions"])

    def test_code_of_strangers_gets_no_credentials(self) -> None:
        """A pull request of a fork gets a check, and no plan."""
        # YAML 1.1 takes `on` for true.
        assert set(_WORKFLOW[True]) == {"pull_request", "push"}, "pull_request_target would run a fork's code with ours"
        assert "head.repo.full_name == github.repository" in _JOBS["plan"]["if"]
        assert _JOBS["deploy"]["if"] == "github.event_name == 'push'"
        assert _WORKFLOW[True]["push"] == {"branches": ["main"]}
        assert "secrets." not in _FILES[".github/workflows/migrations.yml"]

    def test_nothing_of_an_event_is_put_into_a_script(self) -> None:
        """The title of a pull request would be run."""
        assert [run for job in _JOBS for run in _runs(job) if "${{" in run] == []

    def test_actions_are_pinned_by_their_major_versions(self) -> None:
        """By nothing that moves further, such as a branch."""
        used = [step["uses"] for job in _JOBS.values() for step in job["steps"] if "uses" in step]
        assert used
        assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+", one)] == []

    def test_it_does_what_the_plain_shell_does(self) -> None:
        """In the same order."""
        lines = [" ".join(line.split()) for job in _JOBS for run in _runs(job) for line in run.splitlines()]
        for step in _STEPS:
            if isinstance(step, Typed):
                command = step.command.replace("origin/main", '"origin/${GITHUB_BASE_REF:-main}"')
                assert command in [line.removeprefix("npx ") for line in lines]


@dataclass(frozen=True)
class Repository:
    """
    Attributes:
        folder: A clone with the shop, whose origin has its main branch.
    """

    folder: Path
    environment: Mapping[str, str]
    aws: LocalAws

    def run(self, script: str, *, code: int = 0, **more: str) -> str:
        """As GitHub runs it; returns what it said."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == code, f"{script}\n{done.stdout}ended with {done.returncode}"
        return done.stdout

    def as_role(self, policy: str) -> "Repository":
        """With the credentials of a role that has this policy of the page."""
        iam, name = self.aws.client("iam"), policy.removesuffix(".json")
        anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=_FILES[policy])
        given = self.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
        return replace(
            self,
            environment={
                **self.environment,
                "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
                "AWS_SESSION_TOKEN": given["SessionToken"],
            },
        )


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """The shop on its main branch, and an account that has been bootstrapped, with IAM enforced."""
    with LocalAws.start(auth=True, directory=tmp_path / "aws") as aws:
        aws.bootstrap()
        # What this process's own pytest was told is nothing to that of the shop.
        of_aws = {name: value for name, value in aws.environment.items() if not name.startswith("PYTEST")}
        environment = {**plain(os.environ), **of_aws, "CDK_VALIDATION": "false", "CI": "true"}
        environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
        environment |= {f"GH_{name.upper()}": str(tmp_path / name) for name in ("seen", "comments", "body")}
        environment |= {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_REPOSITORY": "example/shop"}
        environment |= {f"GIT_{who}_{what}": "ci" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        folder, environment = write_shop(tmp_path, environment)
        (folder / "node_modules").symlink_to(PROJECT / "node_modules")
        (folder / ".gitignore").write_text(".venv\nnode_modules\ncdk.out\n__pycache__\nplan.md\n.after\n")
        (tmp_path / "gh").write_text(_GH)
        (tmp_path / "gh").chmod(0o755)
        (tmp_path / "comments").touch()
        made = Repository(folder, environment, aws)
        made.run("git init -q -b main && git add . && git commit -qm shop && git init -q --bare ../origin")
        made.run("git remote add origin ../origin && git push -q origin main")
        yield made


@pytest.mark.acceptance
def test_the_jobs_do_their_work_with_the_roles_that_the_page_gives_them(repository: Repository, tmp_path: Path) -> None:
    """A push to main is deployed; a branch's migration is checked, and its plan is a comment that is brought up to date."""
    deploys = repository.as_role("deploy-policy.json")
    for script in _runs("deploy"):
        if "cdk deploy" in script:
            # Where IAM is enforced, the embedded AWS gives nobody what the roles of `cdk bootstrap` have.
            repository.run(script, CDK_APP=f"python3 {_AS_OURSELVES} app.py")
        else:
            deploys.run(script)
    orders = next(name for name in repository.aws.client("dynamodb").list_tables()["TableNames"] if "Orders" in name)
    before = {"id": {"S": "1001"}, "price": {"S": "19.90"}}
    repository.aws.client("dynamodb").put_item(TableName=orders, Item=before)

    (repository.folder / "migrations" / "20991231235900_greet.py").write_text(_SECOND)
    repository.run("git switch -qc greet && git add . && git commit -qm greet")
    for script in _runs("check"):
        repository.run(script, GITHUB_BASE_REF="main")
    plans = repository.as_role("plan-policy.json")
    for _ in range(2):
        for script in _runs("plan"):
            plans.run(script, PULL_REQUEST="12", GH_TOKEN="of the job")
    comment = (tmp_path / "body").read_text()
    assert comment.startswith("<!-- dynamigrate: plan -->\n")
    assert "greet" in comment
    assert "greeting" in comment
    assert "1001" not in comment, "keys are masked"
    assert comment in (tmp_path / "summary").read_text()
    asked = (tmp_path / "seen").read_text().splitlines()
    assert [re.split(r" --?\w", one)[0] for one in asked[1::2]] == ["pr comment 12", "api"]
    assert "PATCH repos/example/shop/issues/comments/7" in asked[3]
    assert repository.aws.client("dynamodb").scan(TableName=orders)["Items"] == [before], "a plan writes nothing"


@pytest.mark.acceptance
def test_an_id_below_what_is_merged_ends_the_check(repository: Repository) -> None:
    """Which is why the whole history is checked out."""
    (repository.folder / "migrations" / "20200101000000_greet.py").write_text(_SECOND)
    said = repository.run(_runs("check")[0], code=1, GITHUB_BASE_REF="main")
    assert "20200101000000" in said
