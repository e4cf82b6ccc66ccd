"""Values and keys as a person reads them in an answer, which is JSON: exact, and no longer than they need be."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from ..values.codec import AttributeValue
from .diff import Change, path_text

_LONGEST_TEXT: Final = 200
_LONGEST: Final = 400
_DIGEST: Final = 12
_LONGEST_PATH: Final = 200
# Beyond it a reader in JavaScript, such as a browser's console, loses digits.
_LARGEST: Final = 2**53
_MOST_CHANGES: Final = 20
_KINDS: Final = {
    "S": "a text",
    "N": "a number",
    "B": "binary",
    "BOOL": "a truth value",
    "NULL": "null",
    "SS": "a set of texts",
    "NS": "a set of numbers",
    "BS": "a set of binaries",
    "L": "a list",
    "M": "a map",
}


def shown_value(raw: AttributeValue) -> Any:
    """*raw* as plain JSON; what is too long is cut, and says so."""
    plain = _plain(raw)
    if isinstance(plain, dict | list):
        text = json.dumps(plain, ensure_ascii=False)
        if len(text) > _LONGEST:
            return f"{text[:_LONGEST]}… ({len(text):,} characters)"
    return plain


def shown_key(key: Mapping[str, AttributeValue], salt: str) -> Any:
    """*key* as plain JSON; with a *salt*, as a digest that is the same for the same key and salt."""
    if not salt:
        return {name: shown_value(value) for name, value in key.items()}
    digest = hashlib.sha256(salt.encode())
    for name in sorted(key):
        [(kind, value)] = key[name].items()
        part = str(Decimal(value).normalize()) if kind == "N" else str(value)
        digest.update(json.dumps([name, kind, part]).encode())
    return f"#{digest.hexdigest()[:_DIGEST]}"


def shown_changes(changes: list[Change]) -> dict[str, Any]:
    """*changes* as an answer has them: the first of them, and how many there are more."""
    more = len(changes) - _MOST_CHANGES
    return {
        "changes": [_shown(one) for one in changes[:_MOST_CHANGES]],
        **({"more_changes": more} if more > 0 else {}),
    }


def _shown(change: Change) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": _cut(path_text(change.path), _LONGEST_PATH)}
    kinds = [next(iter(one)) for one in (change.before, change.after) if one]
    if change.before is not None:
        shown["before"] = shown_value(change.before)
    if change.after is not None:
        shown["after"] = shown_value(change.after)
    if len(kinds) > 1 and kinds[0] != kinds[1] and shown["before"] == shown["after"]:
        # A list that becomes a set looks the same.
        shown["types"] = [_KINDS[kind] for kind in kinds]
    return shown


def _plain(raw: AttributeValue) -> Any:
    for kind, value in raw.items():
        return _PLAIN[kind](value)
    return None


def _number(text: str) -> Any:
    """As a number of JSON's where a reader gets all of it, else as its text."""
    number = Decimal(text)
    if number == number.to_integral_value():
        whole = int(number)
        return whole if abs(whole) <= _LARGEST else text
    return near if Decimal(repr(near := float(number))) == number else text


def _binary(text: str) -> str:
    data = b64decode(text)
    return f"binary, {len(data):,} byte{'' if len(data) == 1 else 's'}, sha256 {hashlib.sha256(data).hexdigest()[:_DIGEST]}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


_PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "S": lambda value: _cut(value, _LONGEST_TEXT),
    "N": _number,
    "BOOL": bool,
    "NULL": lambda _: None,
    "B": _binary,
    "M": lambda value: {name: _plain(one) for name, one in value.items()},
    "L": lambda value: [_plain(one) for one in value],
    "SS": lambda value: sorted(_cut(one, _LONGEST_TEXT) for one in value),
    "NS": lambda value: [_number(one) for one in sorted(value, key=Decimal)],
    "BS": lambda value: [_binary(one) for one in sorted(value)],
}
