"""A folder for what becomes an asset: there as long as CDK needs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from ..errors import InvalidProp

_PREFIX: Final = "dynamigrate-"
_DISABLE_STAGING: Final = "aws:cdk:disable-asset-staging"  # what `cdk --no-staging` sets


@contextmanager
def staging_folder(scope: Construct) -> Iterator[Path]:
    """
    An empty folder, for an asset that is made in the block.

    CDK copies the asset when it is made; told not to, it reads it after this program ended, and the folder stays.
    """
    if not scope.node.try_get_context(_DISABLE_STAGING):
        with TemporaryDirectory(prefix=_PREFIX) as temporary:
            yield Path(temporary)
        return
    output = cdk.Stage.of(scope)
    if output is None:
        raise InvalidProp(scope.node.path, "it is in no app.", "Make it in a stack of an app.")
    root = Path(output.outdir, f"dynamigrate.{scope.node.addr}")
    shutil.rmtree(root, ignore_errors=True)  # of an earlier synth
    root.mkdir(parents=True)
    yield root
