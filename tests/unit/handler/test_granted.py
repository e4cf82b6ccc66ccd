"""What a denial is taken for: late, or not granted."""

from pathlib import Path

import pytest

from dynamigrate.handler.granted import Granted
from dynamigrate.handler.settings import Settings
from dynamigrate.transport.denial import Denial

ENVIRON = {
    "DYNAMIGRATE_TABLES": '{"orders": "Data-Orders", "users": "Data-Users"}',
    "DYNAMIGRATE_MIGRATIONS_TABLE": "State",
    "DYNAMIGRATE_LOCK_TABLE": "State-lock",
}


def is_granted(action: str, *tables: str, **environ: str) -> bool:
    """As the function decides."""
    return Granted(Settings.read({**ENVIRON, **environ}))(Denial(action, tables, "", for_good=False))


@pytest.mark.parametrize(
    ("action", "tables"),
    [
        ("dynamodb:Scan", ["Data-Orders"]),
        ("dynamodb:PartiQLUpdate", ["Data-Users"]),
        ("dynamodb:DescribeTable", ["Data-Orders"]),
        ("kms:Decrypt", ["Data-Orders"]),
        ("dynamodb:PutItem", ["State-lock"]),
        ("dynamodb:Scan", ["State"]),
        ("dynamodb:ConditionCheckItem", ["State", "State-lock"]),
        ("dynamodb:UpdateItem", ["Data-Orders", "Data-Users"]),
        ("cloudformation:DescribeStacks", []),
        ("cloudwatch:DescribeAlarms", []),
    ],
)
def test_what_the_construct_grants_can_be_late(action: str, tables: list[str]) -> None:
    """On the tables it was given, on the state, and on its own stack."""
    assert is_granted(action, *tables)


@pytest.mark.parametrize(
    ("action", "tables"),
    [
        ("dynamodb:Scan", ["RunState"]),
        ("dynamodb:Scan", []),
        ("dynamodb:DeleteTable", ["Data-Orders"]),
        ("dynamodb:UpdateTable", ["Data-Orders"]),
        ("dynamodb:CreateTable", ["State"]),
        ("dynamodb:PutItem", ["State"]),
        ("dynamodb:PutItem", ["Data-Orders", "RunState"]),
        ("dynamodb:ListTables", []),
        ("s3:GetObject", []),
    ],
)
def test_what_it_does_not_grant_is_told_at_once(action: str, tables: list[str]) -> None:
    """Another table, another action, and what names no table."""
    assert not is_granted(action, *tables)


def test_a_function_that_makes_its_state_was_granted_that() -> None:
    """And it alone; of the application's tables it makes none."""
    assert is_granted("dynamodb:CreateTable", "State", DYNAMIGRATE_MAKES_STATE="true")
    assert not is_granted("dynamodb:CreateTable", "Data-Orders", DYNAMIGRATE_MAKES_STATE="true")


def test_the_construct_and_the_engine_go_by_one_list() -> None:
    """So that what is granted later is known to be granted."""
    infra = Path(__file__).parents[3] / "infra" / "dynamigrate_cdk"
    for name in ("props/tables.py", "machinery/permissions.py"):
        assert "from dynamigrate.contract.grants import" in (infra / name).read_text(encoding="utf-8")
