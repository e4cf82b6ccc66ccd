"""``dynamigrate package`` in this process, where `aws_cdk` stays loaded."""

import sys
from pathlib import Path

import pytest

from dynamigrate_cli.main import run

FIRST = "20261123090000_add_status"


def package(folder: Path, *arguments: str) -> None:
    """Package the migrations of *folder*, as whoever stands there would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["dynamigrate", "package", "--out", "packaged", *arguments])
        assert run() == 0


def write(folder: Path, name: str, code: str) -> None:
    (folder / "migrations" / f"{name}.py").write_text(code, encoding="utf-8")


BROKEN = """
def do(ctx):
    raise ValueError("order 'broken' has no customer")
"""
MENDED = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "mended"}})
"""
