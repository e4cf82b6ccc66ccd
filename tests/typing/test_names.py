"""A type checker tells a user of a name that does not exist, instead of taking it for anything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each line that ends in `wrong` has a name that is not there.
FILE = """\
import dynamigrate
import dynamigrate_cdk
from dynamigrate import Backfill, Context, Item, Migration, MigrationNope, Put, Update  # wrong
from dynamigrate_cdk import Migrations, MigrationState, MigrationStat  # wrong

dynamigrate.migrat  # wrong
dynamigrate_cdk.Migration  # wrong


def transform(item: Item, ctx: Context) -> Update | Put | None:
    return Update(set={"status": "NEW"}) if "status" not in item else None


do = Backfill(table="orders", transform=transform)
first = Migration("1", "first", do=lambda ctx: None)
given: tuple[type[Migrations], type[MigrationState]] = (Migrations, MigrationState)
"""

pytestmark = pytest.mark.slow

_CONFIG = """
[mypy]
strict = true
# Reading all of CDK takes a minute, and is not what this is about.
[mypy-aws_cdk.*,constructs.*,jsii.*,boto3.*,botocore.*,mypy_boto3_dynamodb.*,aws_lambda_powertools.*]
follow_imports = skip
ignore_missing_imports = true
[mypy-dynamigrate.*,dynamigrate_cdk.*]
ignore_errors = true
"""


def test_names_that_are_not_there_are_errors(tmp_path: Path) -> None:
    """For mypy, as for any checker that does not run a module; those that are there are none."""
    file = tmp_path / "users_file.py"
    file.write_text(FILE)
    config = tmp_path / "mypy.ini"
    config.write_text(_CONFIG)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path / "cache"), str(file)],
        env={"MYPYPATH": f"{ROOT / 'lambda_src'}:{ROOT / 'infra'}", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = {number for number, line in enumerate(FILE.splitlines(), 1) if line.endswith("# wrong")}
    assert {int(number) for number in re.findall(r"users_file\.py:(\d+): error", done.stdout)} == wrong, done.stdout
    assert "MigrationNope" in done.stdout
