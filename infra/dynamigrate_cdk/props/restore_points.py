"""What it takes to see, before a run's first write, to which moment tables can be restored."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aws_cdk import aws_iam as iam

from dynamigrate.contract.grants import RESTORE_ACTION
from dynamigrate.contract.manifest import Manifest

from ..errors import InvalidProp
from .options import Options
from .tables import AnyTable


def check_restore_points(where: str, options: Options, manifest: Manifest, tables: Collection[str]) -> None:
    """
    Refuse what requires that its tables can be restored, where there is none: no run would begin it.

    Raises:
        InvalidProp: The construct's setting or a file's requires it, and *tables* is empty.
    """
    if tables:
        return
    files = [one.file for one in manifest.migrations if (one.restore_point or options.restore_point) == "required"]
    if files:
        more = f", and {len(files) - 1} more" if len(files) > 1 else ""
        raise InvalidProp(
            where,
            f'restore_point is "required" for {files[0]}{more}, and tables has no table that could be restored.',
            "Give the tables that migrations write to, tables={...}, or leave restore_point out.",
        )


def restore_point_statements(
    options: Options, manifest: Manifest, tables: Sequence[AnyTable]
) -> list[iam.PolicyStatement]:
    """
    To see whether point-in-time recovery is on for *tables*, where any run may ask, by the construct's setting or by a
    file's. It restores nothing.
    """
    settings = {options.restore_point, *(entry.restore_point for entry in manifest.migrations)} - {None, "none"}
    arns = [table.table_arn for table in tables]
    return [iam.PolicyStatement(actions=[RESTORE_ACTION], resources=arns)] if settings else []
