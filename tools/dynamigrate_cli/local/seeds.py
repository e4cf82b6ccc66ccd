"""Items from a file, for tables that are empty."""

from __future__ import annotations

import base64
import json
import json.scanner
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from ..faults import UsedWrongly

Item = Mapping[str, Mapping[str, Any]]

_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})
_SHAPE = 'Write {"table": "orders", "items": [{"id": "1"}]}: one such object, a list of them, or one a line.'


@dataclass(frozen=True, kw_only=True)
class Seed:
    """
    One item.

    Attributes:
        table: Logical or physical name.
        item: As DynamoDB has it.
        where: The file and the line in which it begins.
    """

    table: str
    item: Item
    where: str


def read_seeds(path: Path) -> list[Seed]:
    """
    The items in *path*: JSON, or JSON lines where the name ends in ``.jsonl``.

    An item is either plain JSON, or as DynamoDB has it: then each attribute is an object of one type and a value.

    Raises:
        Fault: The file can't be read, or something in it is no seed; with the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsedWrongly(f"{path} can't be read: {why}.", "Name a file of items: --seed FILE.") from error
    if path.suffix == ".jsonl":
        lines = enumerate(text.splitlines(), 1)
        found = [(_loaded(path, line, number - 1), number) for number, line in lines if line.strip()]
    else:
        whole = _loaded(path, text, 0)
        found = [(one, _line(one, 1)) for one in (whole if isinstance(whole, list) else [whole])]
    return [seed for one, number in found for seed in _seeds(path, one, number)]


def _seeds(path: Path, one: Any, number: int) -> Iterator[Seed]:
    where = f"{path}:{number}"
    match one:
        case {"table": str(table), "items": list(items), **more} if table and not more:
            pass
        case {"table": str(table), "item": dict(item), **more} if table and not more:
            items = [item]
        case _:
            raise UsedWrongly(f"{where} names no table and no items.", _SHAPE)
    for item in items:
        place = f"{path}:{_line(item, number)}"
        if not isinstance(item, dict) or not item:
            raise UsedWrongly(f"{place}: an item of {table} is no object with attributes.", _SHAPE)
        yield Seed(table=table, item=_item(item, place), where=place)


def _item(item: dict[str, Any], place: str) -> Item:
    if all(isinstance(value, dict) and len(value) == 1 and _TYPES.issuperset(value) for value in item.values()):
        try:
            return {name: _typed(value) for name, value in item.items()}
        except (TypeError, ValueError, AttributeError) as error:
            raise UsedWrongly(f"{place}: DynamoDB takes no such item: {error}.") from error
    try:
        return {name: TypeSerializer().serialize(_plain(value)) for name, value in item.items()}
    except (TypeError, ArithmeticError) as error:
        raise UsedWrongly(f"{place}: DynamoDB takes no such item: {error}.") from error


def _typed(value: Any) -> dict[str, Any]:
    """A value as DynamoDB has it; in JSON, its bytes are base64."""
    ((kind, inner),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(inner, validate=True)}
        case "BS":
            return {kind: [base64.b64decode(one, validate=True) for one in inner]}
        case "M":
            return {kind: {name: _typed(one) for name, one in inner.items()}}
        case "L":
            return {kind: [_typed(one) for one in inner]}
        case _:
            return {kind: inner}


def _plain(value: Any) -> Any:
    """What boto3's serializer tells by the class itself."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


class _Located(dict[str, Any]):
    """An object of JSON that knows its line."""

    line = 0


def _line(value: Any, otherwise: int) -> int:
    return value.line if isinstance(value, _Located) else otherwise


class _Decoder(json.JSONDecoder):
    """One whose objects know their lines. Python's own scanner tells where it is; the one in C does not."""

    def __init__(self, *, before: int) -> None:
        super().__init__(parse_float=Decimal)
        parse: Any = getattr(self, "parse_object")  # noqa: B009  # typeshed has neither this nor the scanner

        def parse_located(text_and_end: tuple[str, int], *more: Any) -> tuple[_Located, int]:
            value, end = parse(text_and_end, *more)
            located = _Located(value)
            text, begin = text_and_end
            located.line = before + text.count("\n", 0, begin) + 1
            return located, end

        self.parse_object = parse_located
        self.scan_once = getattr(json.scanner, "py_make_scanner")(self)  # noqa: B009


def _loaded(path: Path, text: str, before: int) -> Any:
    """*before*: how many lines of the file come before the text."""
    try:
        return _Decoder(before=before).decode(text)
    except json.JSONDecodeError as error:
        raise UsedWrongly(
            f"{path}:{before + error.lineno}: this is no JSON: {error.msg} (column {error.colno})."
        ) from error
    except RecursionError as error:
        raise UsedWrongly(f"{path}: it is nested too deeply.") from error
