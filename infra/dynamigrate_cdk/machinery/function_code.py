"""The code of the functions: put together once, and the same asset for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from ..asset import Platform, Staged, stage
from ..props.options import Options
from .staging_folder import staging_folder

if TYPE_CHECKING:  # to load the Python of S3 takes a moment of each synth
    from aws_cdk import aws_s3_assets as s3_assets


@dataclass(frozen=True)
class FunctionCode:
    """
    Attributes:
        staged: What is in it. Its archive may be gone after the block that it was made for.
    """

    staged: Staged

    @classmethod
    @contextmanager
    def put_together(cls, scope: Construct, *, folder: Path, options: Options, platform: Platform) -> Iterator[Self]:
        """The code, for a function that is made in the block: CDK copies it when that is made."""
        with staging_folder(scope) as temporary:
            yield cls(
                stage(
                    folder,
                    temporary / "code.zip",
                    where=options.where,
                    platform=platform,
                    requirements=options.requirements_file,
                    elsewhere=options.elsewhere,
                    machine=options.run_limit is not None,
                )
            )

    def of(self, function: lambda_.Function) -> FunctionCode:
        """The code that *function* has, for another one, in any stack: it has the same asset."""
        if self.staged.archive.is_file():
            return self
        stage_ = cdk.Stage.of(function)
        if stage_ is None:
            raise TypeError(f"{function.node.path} is in no app")
        asset = cast("s3_assets.Asset", function.node.find_child("Code"))
        return FunctionCode(replace(self.staged, archive=Path(stage_.outdir, asset.asset_path)))

    def asset(self) -> lambda_.Code:
        return lambda_.Code.from_asset(str(self.staged.archive), asset_hash=self.staged.digest)
