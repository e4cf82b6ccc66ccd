"""
Attribute values as the text that is sent, written in one go.

It says what JSON of the codec's `encode` would say, of any value, and raises what that raises. Making dicts only to
serialize them takes twice as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from ...transport.json_text import dumps, quoted
from .codec import AttributeValue, encode, number_text
from .names import plainly_named

# Maps may have other names in every item.
_MOST_NAMES: Final = 5_000
_LONGEST_NAME: Final = 255


def item_text(item: Mapping[str, Any]) -> str:
    """A whole item, or what is in a map."""
    parts = []
    for name, value in plainly_named(item).items():
        kind = type(value)
        # What most of an item is, without a call.
        if kind is str:
            parts.append(f'{_names[name]}{{"S":{quoted(value)}}}')
        elif kind is Decimal:
            parts.append(f'{_names[name]}{{"N":"{number_text(value)}"}}')
        elif kind is dict:
            parts.append(f'{_names[name]}{{"M":{item_text(value)}}}')
        else:
            parts.append(_names[name] + _TEXTS.get(kind, _unusual)(value))
    return f"{{{','.join(parts)}}}"


def name_text(name: str) -> str:
    """The name of an attribute, as it stands before its value."""
    return _names[name]


def encoded_text(raw: AttributeValue) -> str:
    """What is encoded already."""
    for kind, value in raw.items():
        if type(value) is str:
            return f'{{"{kind}":{quoted(value)}}}'
        if value is True or value is False:
            return f'{{"{kind}":{"true" if value else "false"}}}'
    return dumps(raw).decode()


class _Names(dict[str, str]):
    """An attribute's name, as it stands before its value."""

    def __missing__(self, name: str) -> str:
        text = f"{quoted(name)}:"
        if len(self) >= _MOST_NAMES:
            self.clear()
        if len(name) <= _LONGEST_NAME:
            self[name] = text
        return text


def _list_text(value: Iterable[Any]) -> str:
    parts = [
        f'{{"M":{item_text(one)}}}' if type(one) is dict else _TEXTS.get(type(one), _unusual)(one) for one in value
    ]
    return f'{{"L":[{",".join(parts)}]}}'


def _unusual(value: Any) -> str:
    return encoded_text(encode(value))


_names: Final = _Names()
# By the very type: what behaves as one of these is the codec's to tell.
_TEXTS: Final[dict[type, Callable[[Any], str]]] = {
    str: lambda value: f'{{"S":{quoted(value)}}}',
    int: lambda value: f'{{"N":"{number_text(value)}"}}',
    Decimal: lambda value: f'{{"N":"{number_text(value)}"}}',
    bool: lambda value: '{"BOOL":true}' if value else '{"BOOL":false}',
    type(None): lambda _: '{"NULL":true}',
    dict: lambda value: f'{{"M":{item_text(value)}}}',
    list: _list_text,
}
