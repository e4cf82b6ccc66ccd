"""Options that no backfill can have, as far as a file writes them out: told at synth, and not by the first deploy."""

from __future__ import annotations

import ast
from math import inf
from pathlib import Path
from typing import Final, TypeGuard

from dynamigrate.contract.choices import Verify, is_choice, quoted
from dynamigrate_lint.backfill_calls import UNKNOWN, backfills, written_out

from ..errors import SynthError

# As the backfill has it; of the engine, only the contract is imported here.
_MOST_PASSES: Final = 100


def check_options(path: Path, tree: ast.Module) -> None:
    """
    Check each call of `Backfill`, in functions too, whether it is ever carried out or not.

    Raises:
        SynthError: An option can't be what is written there; says it as the backfill itself does.
    """
    for call in backfills(tree):
        for given in call.keywords:
            value = written_out(given.value, tree)
            if value is not UNKNOWN and (fault := _fault_of(given.arg, value)):
                raise SynthError(f"{path}:{given.value.lineno}: {given.arg}={value!r} {fault}")


def _fault_of(option: str | None, value: object) -> str:
    """What is wrong with *value*, and what would do; empty: nothing."""
    match option:
        case "max_cost" if value is not None and not (_is_number(value) and value < inf):
            return "is not possible. Give dollars: a number above 0."
        case "passes" if not (isinstance(value, int) and _is_number(value) and value <= _MOST_PASSES):
            return f"is not possible. Give a whole number from 1 to {_MOST_PASSES}."
        case "verify" if value is not None and not is_choice(value, Verify):
            return f"is unknown. Use one of {quoted(Verify)}, or None."
        case _:
            return ""


def _is_number(value: object) -> TypeGuard[float]:
    """Above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
