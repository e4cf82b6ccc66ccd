"""Packages that tests look into."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_cli.main import run


@dataclass(frozen=True)
class Package:
    """A folder that was written."""

    folder: Path

    def template(self, name: str = "template") -> dict[str, Any]:
        return dict(json.loads((self.folder / f"{name}.json").read_text()))

    def resources(self, name: str, kind: str) -> dict[str, Any]:
        found = self.template(name)["Resources"]
        return {name: one["Properties"] for name, one in found.items() if one["Type"] == kind}

    @property
    def files(self) -> dict[str, bytes]:
        return {one.name: one.read_bytes() for one in self.folder.iterdir()}


def package(folder: Path, out: str, *arguments: str) -> Package:
    """Packages the migrations of *folder*, as whoever stands there would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["dynamigrate", "package", "--out", out, *arguments])
        assert run() == 0
    return Package(folder / out)


def flat(value: Any) -> list[str]:
    """The texts of a template's *value*, and in angle brackets what it refers to."""
    match value:
        case str():
            return [value]
        case {"Ref": str(name)}:
            return [f"<{name}>"]
        case {"Fn::Join": ["", list(parts)]}:
            return [text for part in parts for text in flat(part)]
        case _:
            return [str(value)]
