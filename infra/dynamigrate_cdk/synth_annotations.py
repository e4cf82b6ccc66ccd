"""What every synth says of the code that is about to be deployed."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from .asset import Staged


def annotate(scope: Construct, staged: Staged) -> None:
    """Say in synth's output how many migrations there are, what the code is, and what may be wrong with it."""
    compiled = "compiled" if staged.compiled else "not compiled: the runtime is not the Python that synthesizes"
    packages = f"third-party packages: {staged.packages}, " if staged.packages else ""
    newest = staged.manifest.migrations[-1]
    told = f"migrations: {len(staged.manifest.migrations)}, the newest {newest.file}; "
    told += f"code: {staged.size / 1e6:.1f} MB before zipping, {packages}{compiled}"
    annotations = cdk.Annotations.of(scope)
    if hasattr(annotations, "add_info_v2"):
        annotations.add_info_v2("dynamigrate:code", told)
    else:  # an older CDK
        annotations.add_info(told)
    for warning in staged.warnings:
        annotations.add_warning_v2("dynamigrate:imports", warning)
