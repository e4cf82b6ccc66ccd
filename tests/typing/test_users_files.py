"""What a user's file may say and what it may not, as type checkers see it from outside."""

from pathlib import Path

import pytest

from tests.typing.checkers import OF_UNTYPED_LIBRARIES, copied, mypy, pyright, wrong

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
[mypy-dynamigrate.*,dynamigrate_cdk.*,dynamigrate_pytest.*]
ignore_errors = true
"""


def test_mypy_refuses_just_what_is_wrong(tmp_path: Path) -> None:
    """In its strict mode."""
    found, said = mypy(copied(FILES, tmp_path), _MYPY)
    # Without CDK's types a number is a duration, and a construct has whatever name it is asked for.
    assert found == wrong(FILES, "NoDuration", 'NoTable"', '"Limit"', "migrations.migrate()"), said


def test_pyright_refuses_just_what_is_wrong(tmp_path: Path) -> None:
    """In its strict mode, but for what it says of libraries that have no types."""
    # An expression that does nothing is how a wrong name is said here.
    off = (*OF_UNTYPED_LIBRARIES, "reportUnusedImport", "reportUnusedExpression", "reportUnusedVariable")
    found, said = pyright(copied(FILES, tmp_path), *off)
    assert found == wrong(FILES), said
