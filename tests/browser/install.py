"""
Finds a browser for `make test-browser`, or fetches one: `python tests/browser/install.py FILE` writes its path to FILE.

A browser that is there is used: `CHROMIUM` names one, or it is on the PATH. Else Debian's package is installed, where root
runs this; else the one that comes inside of an npm package. With none of these it fails, and says so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A build of Chromium for functions, compressed in the package; what it needs of a system is little.
_NPM_PACKAGE = "@sparticuz/chromium@153.0.0"
_UNPACK = 'import("@sparticuz/chromium").then(async (one) => console.log(await one.default.executablePath()))'


def main(to: Path) -> int:
    tried: list[str] = []
    kept = to.read_text(encoding="utf-8") if to.exists() else ""
    for found in _candidates(to.parent.resolve(), kept, tried):
        if version := _version(found):
            print(f"setup: the browser is {found} ({version})", flush=True)
            to.write_text(str(found), encoding="utf-8")
            return 0
        tried.append(f"{found} does not start")
    print(
        f"test-browser: nothing was run: there is no browser ({'; '.join(tried)}). Install Chromium, or name one:",
        file=sys.stderr,
    )
    print("make test-browser CHROMIUM=/path/to/chromium", file=sys.stderr)
    return 1


def _candidates(folder: Path, kept: str, tried: list[str]) -> Iterator[Path]:
    """
    Each next one is fetched only when it is asked for.

    Args:
        kept: The path of the one that was found before; empty: none was.
    """
    if named := os.environ.get("CHROMIUM"):
        # Whoever names one means it.
        yield Path(named)
        return
    if kept:
        yield Path(kept)
    if (found := _on_path()) is not None:
        yield found
    else:
        tried.append(f"none of {', '.join(_NAMES)} is on the PATH")
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("setup: Debian's chromium, by apt-get", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        said = _run(["apt-get", "update", "-qq"], env=quiet) or _run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], env=quiet
        )
        if not said and (found := _on_path()) is not None:
            yield found
        else:
            tried.append(f"apt-get says {said or 'nothing'}")
    else:
        tried.append("apt-get is not here, or this is not root")
    yield from _of_npm(folder, tried)


def _of_npm(folder: Path, tried: list[str]) -> Iterator[Path]:
    if not shutil.which("npm"):
        tried.append("npm is not here")
        return
    print(f"setup: the browser in the npm package {_NPM_PACKAGE}", flush=True)
    unpacked = folder / "unpacked"
    unpacked.mkdir(exist_ok=True)
    if said := _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), _NPM_PACKAGE]):
        tried.append(f"npm says {said}")
        return
    environment = {**os.environ, "TMPDIR": str(unpacked)}
    done = subprocess.run(
        ["node", "-e", _UNPACK], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == 0 and done.stdout.strip():
        yield Path(done.stdout.strip())
    else:
        tried.append(f"node says {_end(done.stderr)}")


def _on_path() -> Path | None:
    return next((Path(found) for name in _NAMES if (found := shutil.which(name))), None)


def _version(browser: Path) -> str:
    """What it says of itself; empty: it does not start."""
    try:
        done = subprocess.run([browser, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(command: Sequence[str], env: dict[str, str] | None = None) -> str:
    """What went wrong, in a line; empty: nothing."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else _end(done.stderr or done.stdout) or f"{done.returncode}"


def _end(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
