"""Where stages differ: which migrations are applied in one and not in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dynamigrate.commands.states import UNDER_WAY, under_way
from dynamigrate.contract.names import id_key

from .places import Answer

APPLIED = "applied"
# Neither its code nor its history has it.
ABSENT = "not deployed"


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """
    One migration, in all of the stages.

    Attributes:
        states: Its state in each of them, in their order.
    """

    id: str
    description: str
    states: tuple[str, ...]


def matrix(answers: Sequence[Answer]) -> list[MatrixRow]:
    """Every migration that any of the stages knows of, the newest first."""
    rows = [{id_key(row["id"]): row for row in answer.get("migrations", ())} for answer in answers]
    running = [under_way(answer) for answer in answers]
    keys = sorted({key for found in rows for key in found}, reverse=True)
    return [_row(key, rows, running) for key in keys]


def differing(rows: Sequence[MatrixRow]) -> list[MatrixRow]:
    """Those of *rows* that are not applied everywhere."""
    return [row for row in rows if set(row.states) != {APPLIED}]


def _row(key: Any, rows: Sequence[Mapping[Any, Answer]], running: Sequence[set[str]]) -> MatrixRow:
    there = [found[key] for found in rows if key in found]
    described = [str(one["description"]) for one in there if one.get("description")]
    return MatrixRow(
        id=there[0]["id"], description=described[0] if described else "", states=tuple(_states(key, rows, running))
    )


def _states(key: Any, rows: Sequence[Mapping[Any, Answer]], running: Sequence[set[str]]) -> Iterator[str]:
    for found, busy in zip(rows, running, strict=True):
        row = found.get(key)
        if row is None:
            yield ABSENT
        else:
            yield UNDER_WAY if row["id"] in busy else str(row["state"])
