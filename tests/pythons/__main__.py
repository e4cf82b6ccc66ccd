"""
The suite on every Python that the package supports and this machine has: ``make test-pythons``.

Each runs in an environment of its own, ``.pythons/3.12`` say, which is made from the lock file when that has changed.
What deploys with the CDK command line is left out: that is the same whatever Python the tests run on.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
VERSIONS: Final = ("3.11", "3.12", "3.13", "3.14")
_SAYS: Final = "import sys; print('%d.%d' % sys.version_info[:2])"
_SUITE: Final = ("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder", "--quiet", "-m", "not acceptance")
_SUMMARY: Final = re.compile(r"^(?:=+ )?((?:\d+ \w+,? ?)+) in [\d.]+s", re.MULTILINE)


def main(arguments: Sequence[str]) -> int:
    """1 if the suite failed on one of them, or if there is none at all."""
    failed, ran = False, 0
    for version in VERSIONS:
        interpreter = find(version)
        if interpreter is None:
            print(f"test-pythons: {version}: not found on this machine, and not tested", flush=True)
            continue
        python = _environment(version, interpreter)
        command = [str(python), "-m", "pytest", *_SUITE, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        summary = _SUMMARY.findall(done.stdout)
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n")
        told = summary[-1] if summary else f"ended with {done.returncode}"
        print(f"test-pythons: {version}: {told} ({interpreter})", flush=True)
        failed, ran = failed or done.returncode != 0, ran + 1
    return int(failed or not ran)


def find(version: str) -> Path | None:
    """An interpreter of *version*: one that runs and says so."""
    for candidate in _candidates(version):
        done = subprocess.run([candidate, "-c", _SAYS], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)
    if uv := shutil.which("uv"):
        done = subprocess.run(
            [uv, "python", "find", "--no-project", version], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            yield Path(done.stdout.strip())


def _environment(version: str, interpreter: Path) -> Path:
    """Its Python."""
    folder = ROOT / ".pythons" / version
    python, stamp = folder / "bin/python", folder / ".installed"
    made_from = [ROOT / name for name in ("pyproject.toml", "requirements.txt", "requirements.lock")]
    if not stamp.exists() or any(file.stat().st_mtime > stamp.stat().st_mtime for file in made_from):
        print(f"test-pythons: {version}: making .pythons/{version}", flush=True)
        subprocess.run([interpreter, "-m", "venv", folder], check=True)
        pip: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--disable-pip-version-check",
        ]
        subprocess.run([*pip, "-r", "requirements.txt"], cwd=ROOT, check=True)
        stamp.touch()
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
