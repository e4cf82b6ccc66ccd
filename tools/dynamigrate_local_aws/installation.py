"""The environment that the embedded AWS runs in, made where it is not there yet."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

# Exact versions: what runs on it leans on how they behave. They are no requirements of ours, as they pin a botocore.
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


class InstallationFailed(Exception):
    """What pip, or the making of an environment, said."""


def users_python(*, say: Callable[[str], None]) -> Path:
    """
    The Python that ``DYNAMIGRATE_EMBEDDED_AWS_PYTHON`` names; else that of an environment in the user's cache, made where it is
    missing. *say* is told.

    Raises:
        InstallationFailed: It can't be made.
    """
    if named := os.environ.get("DYNAMIGRATE_EMBEDDED_AWS_PYTHON"):
        return Path(named)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynamigrate"
    return installed_python(cache, say=say)


def installed_python(cache: Path, *, say: Callable[[str], None]) -> Path:
    """
    The Python of the environment, in a folder of *cache* that is named for what is in it.

    It is made once, with pip, which takes ten seconds or so; whoever comes meanwhile waits. *say* is told.

    Raises:
        InstallationFailed: With what was said, and nothing is left that a later call would take for whole.
    """
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = cache / f"embedded-aws-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if stamp.exists() and python.exists():
        return python
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (stamp.exists() and python.exists()):
                say(f"Installing the embedded AWS with pip, once, into {folder}.")
                shutil.rmtree(folder, ignore_errors=True)
                _run(sys.executable, "-m", "venv", str(folder))
                _run(str(python), "-m", "pip", "install", *_QUIETLY, "-r", str(REQUIREMENTS))
                stamp.touch()
    except OSError as error:
        raise InstallationFailed(f"{folder} can't be made: {error.strerror or error}.") from error
    return python


_QUIETLY = ("--quiet", "--no-compile", "--disable-pip-version-check", "--no-input")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(f"{done.stdout}\n{done.stderr}".strip().splitlines()[-15:])
        raise InstallationFailed(f"`{' '.join(command)}` failed:\n{said}")
