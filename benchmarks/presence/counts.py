"""What an app brings along: counted in its template, and in the code that it uploads."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

_FUNCTION: Final = "AWS::Lambda::Function"
_POLICIES: Final = frozenset({"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"})
_ALARM: Final = "AWS::CloudWatch::Alarm"
_DASHBOARD: Final = "AWS::CloudWatch::Dashboard"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """
    Attributes:
        resources: All of the stack's.
        zips: Bytes of each piece of code, zipped; a piece that several functions have is one.
    """

    resources: int
    policies: int
    functions: int
    alarms: int
    dashboards: int
    zips: tuple[int, ...]

    @property
    def zipped(self) -> int:
        return sum(self.zips)

    @classmethod
    def of(cls, assembly: Path, stack: str) -> Counts:
        """Of what was synthesized into *assembly*."""
        template = json.loads((assembly / f"{stack}.template.json").read_text(encoding="utf-8"))
        # CDK adds it to ask who uses which constructs; no app needs it.
        types = Counter(one["Type"] for one in template["Resources"].values() if one["Type"] != "AWS::CDK::Metadata")
        return cls(
            resources=types.total(),
            policies=sum(types[name] for name in _POLICIES),
            functions=types[_FUNCTION],
            alarms=types[_ALARM],
            dashboards=types[_DASHBOARD],
            zips=tuple(sorted(_zips(assembly, stack))),
        )


def _zips(assembly: Path, stack: str) -> Iterator[int]:
    manifest: Mapping[str, Any] = json.loads((assembly / f"{stack}.assets.json").read_text(encoding="utf-8"))
    for asset in manifest["files"].values():
        source = asset["source"]
        path = assembly / source["path"]
        if source.get("packaging") == "zip":
            yield _zipped(path)
        elif path.suffix == ".zip":
            yield path.stat().st_size


def _zipped(folder: Path) -> int:
    with TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
        return file.tell()
