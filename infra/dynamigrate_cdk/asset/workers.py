"""How many workers backfills have beside each other, as far as a file says so: more than one need the state machine."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from dynamigrate.contract.choices import Phase
from dynamigrate.contract.manifest import Manifest
from dynamigrate_lint.backfill_calls import UNKNOWN, backfills, written_out

from ..errors import InvalidProp, SynthError

# As the backfill has it; of the engine, only the contract is imported here.
_MOST: Final = 256
_LONGEST: Final = 40  # characters of an expression, in a message


def check_workers(path: Path, tree: ast.Module, *, where: str, machine: bool) -> None:
    """
    Check each call of `Backfill`, in functions too, whether it is ever carried out or not.

    Args:
        where: The construct, for messages.
        machine: Whether there is a state machine.

    Raises:
        SynthError: A number that is written out can't be that of workers.
        InvalidProp: There are more than one, or may be, and there is no machine to call them.
    """
    for call in backfills(tree):
        given = {one.arg: one.value for one in call.keywords}
        if (value := given.get("workers")) is None:
            continue
        at = f"{path}:{value.lineno}"
        workers = written_out(value, tree)
        if workers is not UNKNOWN:
            segments = given.get("segments")
            _check_number(at, workers, UNKNOWN if segments is None else written_out(segments, tree))
        if workers != 1 and not machine and not _is_detached(tree):
            raise InvalidProp(
                where,
                f"run_limit is None, and {at} has a Backfill with workers={_shown(value)}: workers beside each other are "
                "called by the state machine, which run_limit=None leaves out.",
                "Give run_limit a duration, or leave it out; or take out workers=, and one function does it all.",
            )


def check_workers_of(folder: Path, manifest: Manifest, phase: Phase, *, where: str) -> None:
    """
    Check the migrations of one phase, whose function has no state machine; the number of workers was checked before.

    Raises:
        InvalidProp: As in `check_workers`.
    """
    for entry in manifest.migrations:
        if (entry.phase or "before") == phase:
            path = folder / entry.file
            check_workers(path, ast.parse(path.read_bytes()), where=where, machine=False)


def _check_number(at: str, workers: object, segments: object) -> None:
    """In the words that the backfill itself has for it."""
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= _MOST:
        raise SynthError(f"{at}: workers={workers!r} is not possible. Give a whole number from 1 to {_MOST}.")
    if isinstance(segments, int) and not isinstance(segments, bool) and 1 <= segments < workers:
        raise SynthError(
            f"{at}: workers={workers} is not possible with segments={segments}: each works on segments of its own. "
            f"Give {segments} workers or fewer, or more segments; unless given, there are enough of them."
        )


def _shown(value: ast.expr) -> str:
    try:
        text = ast.unparse(value)
    except RecursionError:
        return "..."
    return text if len(text) <= _LONGEST else "..."


def _is_detached(tree: ast.Module) -> bool:
    """Whether it says that it is: detached migrations have a state machine of their own."""
    return any(
        isinstance(one, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "detached" for target in one.targets)
        and isinstance(one.value, ast.Constant)
        and one.value.value is True
        for one in tree.body
    )
