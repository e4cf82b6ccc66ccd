"""What it takes to see, before a run's first write, to which moment tables can be restored."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from dynamigrate.contract.grants import RESTORE_ACTION
from dynamigrate.contract.manifest import Manifest

from .options import Options
from .tables import AnyTable


def looks_for_restore_points(options: Options, manifest: Manifest) -> bool:
    """Whether any run may ask, by the construct's setting or by a file's."""
    own = {entry.restore_point or options.restore_point for entry in manifest.migrations}
    return options.restore_point != "none" or own != {"none"}


def restore_point_statement(tables: Sequence[AnyTable]) -> iam.PolicyStatement:
    """To see whether point-in-time recovery is on for *tables*. It restores nothing."""
    return iam.PolicyStatement(actions=[RESTORE_ACTION], resources=[table.table_arn for table in tables])
