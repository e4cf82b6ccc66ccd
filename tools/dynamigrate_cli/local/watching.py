"""Which files have changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

# Not the app's own work, made by a deploy, or never deployed.
_PASSED_OVER = frozenset(
    {"tests", "test", "node_modules", "__pycache__", "venv", "env", "cdk.out", "build", "dist", "htmlcov"}
)
# What programs say as they run, this one among them where its output goes to such a file.
_SAID = (".log", ".out")
_SETTLE_SECONDS, _LOOK_SECONDS = 0.2, 0.4

Stamps = Mapping[Path, tuple[int, int]]


def stamps(*roots: Path) -> dict[Path, tuple[int, int]]:
    """
    Of each file in *roots*, which may be files themselves: when it was changed, and how large it is.

    The file that this process's own output goes to is not among them: it would change with each line about a change.
    """
    found, own = {}, _own_output()
    for path in _files(roots):
        try:
            status = path.stat()
        except OSError:  # it is gone by now
            continue
        if (status.st_dev, status.st_ino) in own:
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found


def _own_output() -> set[tuple[int, int]]:
    """Device and inode of the files that standard output and error are, where they are files."""
    found = set()
    for descriptor in (1, 2):
        with suppress(OSError):  # it is closed
            status = os.fstat(descriptor)
            found.add((status.st_dev, status.st_ino))
    return found


def changed(before: Stamps, after: Stamps) -> list[Path]:
    """The files that came, went, or are another's content."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def wait_for_change(before: Stamps, look: Callable[[], Stamps], sleep: Callable[[float], None] = time.sleep) -> Stamps:
    """The stamps once they differ from *before* and stand still: an editor writes in several steps."""
    began, now = time.monotonic(), look()
    # A folder that takes long to be looked through is looked through less often: a tenth of a core at most.
    pause = max(_LOOK_SECONDS, 10 * (time.monotonic() - began))
    while True:
        if now == before:  # also after a file that an editor makes for a moment, to see whether it may
            sleep(pause)
            now = look()
            continue
        sleep(_SETTLE_SECONDS)
        if (then := look()) == now:
            return now
        now = then


def _files(roots: tuple[Path, ...]) -> Iterator[Path]:
    for root in roots:
        if root.is_file():
            yield root
        for folder, folders, files in os.walk(root):
            folders[:] = [
                name for name in folders if name not in _PASSED_OVER and not name.startswith((".", "cdk.out"))
            ]
            yield from (
                Path(folder, name)
                for name in files
                if not name.startswith(".") and not name.endswith((".pyc", "~", *_SAID))
            )
