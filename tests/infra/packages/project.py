"""A project whose migrations need packages."""

import sys
from pathlib import Path

from dynamigrate_cdk.asset import Platform, Staged, stage
from tests.infra.unzipped import unzipped

# Not the Python that runs the tests: nothing is compiled for it, which takes the longest.
OTHER = "3.14" if sys.version_info[:2] != (3, 14) else "3.13"
ARM = Platform(python=OTHER, architecture="arm64")
CP = f"cp{OTHER.replace('.', '')}"
GOOD = "def do(ctx):\n    pass\n"


class Project:
    """A folder of migrations, and one of wheels."""

    def __init__(self, root: Path) -> None:
        self.wheels = root / "wheels"
        self.wheels.mkdir()
        self.folder = root / "migrations"
        self.folder.mkdir()
        self.root = root
        self.write("1_one.py", GOOD)
        self._number = 0

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def require(self, *lines: str) -> None:
        self.write("requirements.txt", "\n".join(["--no-index", "--find-links ../wheels", *lines, ""]))

    def stage(self, platform: Platform = ARM) -> Staged:
        self._number += 1
        archive = self.root / f"code{self._number}.zip"
        return stage(self.folder, archive, where="Shop/Migrations", platform=platform)

    def unzipped(self, platform: Platform = ARM) -> Path:
        """The files of what is staged."""
        return unzipped(self.stage(platform).archive)
