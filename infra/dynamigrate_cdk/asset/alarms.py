"""The alarms that the backfills of a folder wait for, as far as their names are written out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from dynamigrate.contract.alarm_names import fault_of_alarms
from dynamigrate.contract.listing import NOT_DEPLOYED, files_below
from dynamigrate_lint.backfill_calls import UNKNOWN, backfills, written_out

from ..errors import SynthError


def alarms_of(folder: Path) -> tuple[str, ...]:
    """
    The names that calls of `Backfill` in *folder*, in helpers too, give as ``throttle_on``, sorted; each file parses.

    Raises:
        SynthError: One is no list of names.
    """
    found: set[str] = set()
    for path in files_below(folder):
        if path.suffix == ".py" and not any(part in NOT_DEPLOYED for part in path.relative_to(folder).parts):
            found.update(_alarms_in(path))
    return tuple(sorted(found))


def _alarms_in(path: Path) -> Iterator[str]:
    source = path.read_bytes()
    if b"throttle_on" not in source:
        return
    tree = ast.parse(source, filename=str(path))
    for call in backfills(tree):
        for keyword in call.keywords:
            if keyword.arg == "throttle_on":
                yield from _names(path, tree, keyword.value)


def _names(path: Path, tree: ast.Module, value: ast.expr) -> list[str]:
    names = written_out(value, tree)
    if names is UNKNOWN or names is None:
        return []
    if fault := fault_of_alarms(names):
        raise SynthError(f"{path}:{value.lineno}: throttle_on={names!r} {fault[0]}. {fault[1]}")
    return list(cast("Sequence[str]", names))
