"""What a user's file may say and what it may not, as type checkers see it from outside."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((Path(__file__).parent / "users").glob("*.py"))

pytestmark = pytest.mark.slow

# Reading all of CDK takes mypy a minute, so of it pyright alone knows the types.
_MYPY = """
[mypy]
strict = true
disallow_subclassing_any = false
[mypy-aws_cdk.*,constructs.*,jsii.*,botocore.*,mypy_boto3_dynamodb.*,aws_lambda_powertools.*]
follow_imports = skip
ignore_missing_imports = true
[mypy-boto3.*]
ignore_missing_imports = true
[mypy-dynamigrate.*,dynamigrate_cdk.*]
ignore_errors = true
"""


def wrong(*without: str) -> set[tuple[str, int]]:
    """The lines that say they are, but for those that have one of these words."""
    return {
        (file.name, number)
        for file in FILES
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if line.endswith("# wrong") and not any(word in line for word in without)
    }


def copied(folder: Path) -> Path:
    """The files, where no configuration of this repository is about them."""
    users = folder / "users"
    users.mkdir()
    for file in FILES:
        shutil.copy(file, users)
    return users


def test_mypy_refuses_just_what_is_wrong(tmp_path: Path) -> None:
    """In its strict mode."""
    config = tmp_path / "mypy.ini"
    config.write_text(_MYPY)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", tmp_path / "cache", copied(tmp_path)],
        env={"MYPYPATH": f"{ROOT / 'lambda_src'}:{ROOT / 'infra'}", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"(\w+\.py):(\d+): error", done.stdout)
    # Without CDK's types a number is a duration, and a construct has whatever name it is asked for.
    expected = wrong("NoDuration", "migrations.migrate()")
    assert {(name, int(line)) for name, line in found} == expected, done.stdout


def test_pyright_refuses_just_what_is_wrong(tmp_path: Path) -> None:
    """In its strict mode, but for what it says of libraries that have no types."""
    node = shutil.which("node")
    assert node is not None, "the CDK's own tests need it too"
    config = {
        "include": ["users"],
        "extraPaths": [str(ROOT / "lambda_src"), str(ROOT / "infra")],
        "typeCheckingMode": "strict",
        # boto3's clients have no types of their own.
        **dict.fromkeys(
            [
                "reportUnknownMemberType",
                "reportUnknownVariableType",
                "reportUnknownArgumentType",
                "reportUnknownParameterType",
                "reportMissingTypeStubs",
                "reportUnusedImport",
            ],
            False,
        ),
        # An expression that does nothing is how a wrong name is said here.
        "reportUnusedExpression": False,
        "reportUnusedVariable": False,
    }
    copied(tmp_path)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config))
    done = subprocess.run(
        [node, ROOT / "node_modules/pyright/index.js", "--outputjson", "--pythonpath", sys.executable, "-p", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)["generalDiagnostics"]
    errors = [one for one in told if one["severity"] == "error"]
    found = {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in errors}
    assert found == wrong(), json.dumps(errors, indent=1)
