"""What is in a function's code."""

from pathlib import Path
from zipfile import ZipFile


def unzipped(archive: Path) -> Path:
    """A folder beside *archive* with its files."""
    root = archive.with_name(f"{archive.name}.files")
    with ZipFile(archive) as zipped:
        zipped.extractall(root)
    return root
