"""How many workers backfills have beside each other, as far as a file says so: more than one need the state machine."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import InvalidProp, SynthError

_BACKFILL: Final = "Backfill"
_ENGINE: Final = "dynamigrate"
# As the backfill has it; of the engine, only the contract is imported here.
_MOST: Final = 256
_LONGEST: Final = 40  # characters of an expression, in a message
_UNKNOWN: Final = object()


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
    for call in _backfills(tree):
        given = {one.arg: one.value for one in call.keywords}
        if (value := given.get("workers")) is None:
            continue
        at = f"{path}:{value.lineno}"
        workers = _written_out(value)
        if workers is not _UNKNOWN:
            _check_number(at, workers, given.get("segments"))
        if workers != 1 and not machine and not _is_detached(tree):
            raise InvalidProp(
                where,
                f"run_limit is None, and {at} has a Backfill with workers={_shown(value)}: workers beside each other are "
                "called by the state machine, which run_limit=None leaves out.",
                "Give run_limit a duration, or leave it out; or take out workers=, and one function does it all.",
            )


def _check_number(at: str, workers: object, segments: ast.expr | None) -> None:
    """In the words that the backfill itself has for it."""
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= _MOST:
        raise SynthError(f"{at}: workers={workers!r} is not possible. Give a whole number from 1 to {_MOST}.")
    most = _UNKNOWN if segments is None else _written_out(segments)
    if isinstance(most, int) and not isinstance(most, bool) and 1 <= most < workers:
        raise SynthError(
            f"{at}: workers={workers} is not possible with segments={most}: each works on segments of its own. "
            f"Give {most} workers or fewer, or more segments; unless given, there are enough of them."
        )


def _backfills(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of it, and those that are made later: `partial(Backfill, ...)`."""
    names = {_BACKFILL, *_aliases(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(_name(one) in names for one in (node.func, *node.args[:1])):
            yield node


def _aliases(tree: ast.Module) -> Iterator[str]:
    """Other names that the file imports it by."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == _ENGINE:
            yield from (one.asname for one in node.names if one.name == _BACKFILL and one.asname)


def _name(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _written_out(value: ast.expr) -> object:
    """The value of a literal; `_UNKNOWN` for all that only running the file would tell."""
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _UNKNOWN


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
