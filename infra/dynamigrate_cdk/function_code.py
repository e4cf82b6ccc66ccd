"""The code of the functions: put together once, and the same asset for each of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .asset import Platform, Staged, stage
from .errors import InvalidProp
from .options import Options

_DISABLE_STAGING: Final = "aws:cdk:disable-asset-staging"  # what `cdk --no-staging` sets


class FunctionCode:
    """
    Puts it together, as a child of *scope*.

    Attributes:
        staged: What is in it.
    """

    def __init__(self, scope: Construct, *, folder: Path, options: Options, platform: Platform) -> None:
        with TemporaryDirectory(prefix="dynamigrate-") as temporary:
            root = _staging_folder(scope, Path(temporary))
            self.staged: Staged = stage(
                folder,
                root,
                where=options.where,
                platform=platform,
                requirements=options.requirements_file,
                elsewhere=options.elsewhere,
                machine=options.run_limit is not None,
            )
            copied = cdk.AssetStaging(scope, "Code", source_path=str(root), asset_hash=self.staged.digest)
            self._path = str(copied.absolute_staged_path)

    def of_function(self) -> lambda_.Code:
        """The code for one more function: CDK wants an object for each stack, and takes what is staged as it is."""
        return lambda_.Code.from_asset(self._path, asset_hash=self.staged.digest)


def _staging_folder(scope: Construct, temporary: Path) -> Path:
    """CDK copies the asset when it is made; told not to, it reads it after this program ended."""
    if not scope.node.try_get_context(_DISABLE_STAGING):
        return temporary
    output = cdk.Stage.of(scope)
    if output is None:
        raise InvalidProp(scope.node.path, "it is in no app.", "Make it in a stack of an app.")
    root = Path(output.outdir, f"dynamigrate.{scope.node.addr}")
    shutil.rmtree(root, ignore_errors=True)  # of an earlier synth
    root.mkdir(parents=True)
    return root
