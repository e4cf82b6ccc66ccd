"""What a function's code has beside the migrations: the engine, its dependencies, and packages, zipped once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .archive import write_archive
from .bytecode import compile_tree, compiler
from .cache import digest_of_kept, kept
from .packages import Packages
from .tree import Found, copy_any, copy_tree, digest, found_in

_KEPT: Final = "base"
# Another one where what goes into a zip file, or how, is another.
_FORM: Final = 1
_ARCHIVE: Final = "base.zip"
_CONTENTS: Final = "contents.json"
# Apps of one machine may have versions and packages of their own, and whoever works on the engine makes one with each change.
_NEWEST: Final = 10


@dataclass(frozen=True, kw_only=True)
class Base:
    """
    Attributes:
        archive: The zip file; read-only for the caller.
        contents: Its files.
    """

    archive: Path
    contents: Mapping[str, Found]


def base(engine: Path, dependencies: Path, brought: Packages, *, compiled: bool) -> Base:
    """
    The *engine*, its *dependencies* but for those that give way to a package, and the packages.

    To compile and to zip them is most of what putting the code together takes, and what comes of it depends on their
    sources and this Python alone: only the first call with them does that.

    Args:
        dependencies: A folder that is `kept`, as that of the packages is.
        compiled: Whether each source has its compiled file beside it.

    Raises:
        VendoringFailed: There is no place to keep it.
        SynthError: It could not be compiled.
    """
    entries = brought.left_of(dependencies)
    made_of = (
        _FORM,
        digest(engine, whole=False),
        digest_of_kept(dependencies),
        [path.name for path in entries],
        "" if brought.folder is None else digest_of_kept(brought.folder),
        compiler() if compiled else "",
    )
    key = hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]
    make = partial(_make, engine=engine, entries=[*entries, *brought.entries], compiled=compiled)
    folder = kept(f"{_KEPT}-{key}", make, newest=_NEWEST)
    contents = json.loads((folder / _CONTENTS).read_text(encoding="utf-8"))
    return Base(archive=folder / _ARCHIVE, contents={name: Found(*one) for name, one in contents.items()})


def _make(folder: Path, *, engine: Path, entries: Sequence[Path], compiled: bool) -> None:
    folder.mkdir(parents=True)
    with TemporaryDirectory(prefix="dynamigrate-") as temporary:
        root = Path(temporary)
        for source in entries:
            copy_any(source, root / source.name)
        copy_tree(engine, root / engine.name)
        if compiled:
            compile_tree(root, strictly=(engine.name,))
        write_archive(folder / _ARCHIVE, root)
        (folder / _CONTENTS).write_text(json.dumps(found_in(root)), encoding="utf-8")
