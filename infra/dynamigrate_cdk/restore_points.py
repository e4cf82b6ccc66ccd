"""What it takes to see, before a run's first write, to which moment tables can be restored."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from dynamigrate.contract.grants import RESTORE_ACTION
from dynamigrate.contract.manifest import Manifest

from .options import Options
from .tables import AnyTable


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
