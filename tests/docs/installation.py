"""An environment as a user has it: the wheel's packages installed, and nothing of this repository on any path."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

from tests.docs.blocks import PROJECT


def install(folder: Path) -> Path:
    """
    Make an environment in *folder* with what the wheel has and, of third parties, what this environment has.

    Returns:
        The folder of its programs.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    # As a line of a .pth file, its own .pth files, by which this repository is found, are not read.
    (packages / "third_parties.pth").write_text(sysconfig.get_path("purelib") + "\n")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        source = PROJECT / package
        shutil.copytree(source, packages / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, target in project["project"]["scripts"].items():
        module, _, function = target.partition(":")
        _write_program(folder / "bin" / name, f"from {module} import {function} as run")
    _write_program(folder / "bin" / "pytest", "from pytest import main as run")
    return folder / "bin"


def _write_program(path: Path, loads: str) -> None:
    path.write_text(f"#!{path.parent / 'python3'}\nimport sys\n{loads}\nsys.exit(run())\n")
    os.chmod(path, 0o755)  # noqa: PTH101
