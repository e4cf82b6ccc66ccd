"""The code of the functions: put together once, and the same asset for each of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from .asset import Platform, Staged, stage
from .errors import InvalidProp
from .options import Options

_PREFIX: Final = "dynamigrate-"
_DISABLE_STAGING: Final = "aws:cdk:disable-asset-staging"  # what `cdk --no-staging` sets


@dataclass(frozen=True)
class FunctionCode:
    """
    Attributes:
        staged: What is in it. Its folder may be gone after the block that it was made for.
    """

    staged: Staged

    @classmethod
    @contextmanager
    def put_together(cls, scope: Construct, *, folder: Path, options: Options, platform: Platform) -> Iterator[Self]:
        """The code, for a function that is made in the block: CDK copies it when that is made."""
        with TemporaryDirectory(prefix=_PREFIX) as temporary:
            yield cls(
                stage(
                    folder,
                    _staging_folder(scope, Path(temporary)),
                    where=options.where,
                    platform=platform,
                    requirements=options.requirements_file,
                    elsewhere=options.elsewhere,
                    machine=options.run_limit is not None,
                )
            )

    @contextmanager
    def of(self, function: lambda_.Function) -> Iterator[FunctionCode]:
        """The code that *function* has, for another one, in any stack, that is made in the block: it has the same asset."""
        if self.staged.root.is_dir():
            yield self
            return
        asset, stage_ = function.node.find_child("Code"), cdk.Stage.of(function)
        if not isinstance(asset, s3_assets.Asset) or stage_ is None:
            raise TypeError(f"{function.node.path} has no asset")
        with TemporaryDirectory(prefix=_PREFIX) as temporary:
            # Not the asset's own folder: of a name with a dot, CDK takes the rest for what kind of file it is, and makes
            # another asset of it.
            root = Path(temporary, "code")
            shutil.copytree(Path(stage_.outdir, asset.asset_path), root)
            yield FunctionCode(replace(self.staged, root=root))

    def asset(self) -> lambda_.Code:
        return lambda_.Code.from_asset(str(self.staged.root), asset_hash=self.staged.digest)


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
