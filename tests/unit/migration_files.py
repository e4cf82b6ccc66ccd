"""Files of migrations, as a user writes them."""

from pathlib import Path

NAME = "20260101000000_a.py"
DO = "def do(ctx):\n    ...\n"


def write(folder: Path, **files: str | bytes) -> Path:
    """Write these files, named without their ``.py`` and, for Python's sake, with an ``m`` in front; an empty one: *DO*."""
    for name, content in files.items():
        (folder / f"{name.removeprefix('m')}.py").write_bytes(
            content if isinstance(content, bytes) else (content or DO).encode()
        )
    return folder
