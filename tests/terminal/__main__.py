"""Takes the pictures of the documentation: `make pictures`."""

import tempfile
from pathlib import Path

from tests.terminal.scenes import pictures

_TO = Path(__file__).resolve().parents[2] / "docs" / "pictures"

with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
    _TO.mkdir(exist_ok=True)
    for name, picture in pictures(Path(folder), say=lambda command: print(f"pictures: {command}")):
        (_TO / f"{name}.svg").write_text(picture, encoding="utf-8")
