"""The function's asset, as the construct makes it, for a folder of many migrations."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dynamigrate_cdk.asset import Platform, stage

from .stub.tables import migration_id

_MIGRATION: Final = '''"""Gives every order a status."""

from decimal import Decimal

TOTAL = Decimal("{number}")


def do(ctx):
    ctx.dynamodb.update_item(
        TableName=ctx.tables["orders"],
        Key={{"id": {{"S": "order-{number}"}}}},
        UpdateExpression="SET #status = :status",
        ExpressionAttributeNames={{"#status": "status"}},
        ExpressionAttributeValues={{":status": {{"S": "NEW"}}}},
    )


def undo(ctx):
    ctx.dynamodb.update_item(
        TableName=ctx.tables["orders"],
        Key={{"id": {{"S": "order-{number}"}}}},
        UpdateExpression="REMOVE #status",
        ExpressionAttributeNames={{"#status": "status"}},
    )
'''


@dataclass(frozen=True, kw_only=True)
class Asset:
    """
    Attributes:
        root: What Lambda makes of its code.
        folder: The name of the folder of migrations in it.
        size: Bytes, before zipping.
        zipped: Bytes, as they are uploaded.
    """

    root: Path
    folder: str
    size: int
    zipped: int


@contextmanager
def asset(migrations: int) -> Iterator[Asset]:
    """With so many migrations, which the stub's ``history-N`` has all applied."""
    with TemporaryDirectory(prefix="dynamigrate-bench-") as temporary:
        folder, root, archive = (Path(temporary, name) for name in ("migrations", "asset", "asset.zip"))
        folder.mkdir()
        for number in range(migrations):
            text = _MIGRATION.format(number=number)
            (folder / f"{migration_id(number)}_add_a_status.py").write_text(text, encoding="utf-8")
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        staged = stage(folder, archive, where="Benchmark", platform=Platform(python=python, architecture="arm64"))
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(root)
        yield Asset(root=root, folder=staged.folder, size=staged.size, zipped=archive.stat().st_size)
