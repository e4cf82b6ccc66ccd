"""
Attribute values: as DynamoDB's JSON has them, and as Python does.

The same types as boto3's ``TypeDeserializer`` and ``TypeSerializer``, several times as fast. In JSON, binary is text in
base64, so a value that was read can be sent back without having been decoded.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Set
from decimal import Decimal, DecimalException, Rounded
from typing import Any, Final

from boto3.dynamodb.types import DYNAMODB_CONTEXT, Binary

from ...error_text import safe_repr, type_name
from .names import plainly_named

AttributeValue = dict[str, Any]

# The largest number of digits that DynamoDB keeps.
_LARGEST_PLAIN: Final = 10**38
# A number that is written in so many characters, and without an exponent, is one that DynamoDB has.
_PLAIN_LENGTH: Final = 38
# Zeros beyond the 38th digit, as the service itself writes a large number, are no loss.
_EXACT: Final = DYNAMODB_CONTEXT.copy()
_EXACT.traps[Rounded] = False
# The SDK's context lets one more pass.
_EXACT.Emax = 125
_SMALLEST: Final = -130
_BINARY: Final = (Binary, bytes, bytearray)


def decode(raw: Mapping[str, Any]) -> Any:
    """
    The Python value of *raw*: numbers are `Decimal`, binary is boto3's ``Binary``.

    Raises:
        TypeError: No type of DynamoDB's.
    """
    # Most of what there is, without a call.
    if "S" in raw:
        return raw["S"]
    for kind, value in raw.items():
        decoder = _DECODERS.get(kind)
        if decoder is not None:
            return decoder(value)
    raise TypeError(f"{raw!r} is no attribute value.")


def decode_all(raw: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """The Python values of a whole item, or of a map; raises as `decode`."""
    return {
        name: one["S"]
        if "S" in one
        else Decimal(one["N"])
        if "N" in one
        else decode_all(one["M"])
        if "M" in one
        else decode(one)
        for name, one in raw.items()
    }


def encode(value: Any) -> AttributeValue:
    """
    What DynamoDB is sent for *value*.

    Raises:
        TypeError: It has no such type, such as float, an empty set, or a set of mixed values.
        ArithmeticError: A number has more than 38 digits, or is too large or too small.
    """
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    for kinds, encoder in _ABSTRACT:
        if isinstance(value, kinds):
            return encoder(value)
    if isinstance(value, float):
        number = float.__repr__(value)
        raise TypeError(f"{number} is a float, which DynamoDB has not: use Decimal({number!r}).")
    raise TypeError(f"{safe_repr(value, 200)} is a {type_name(value)}, which DynamoDB has not.")


def encode_all(values: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """A whole item, or its key; raises as `encode`."""
    return {name: encode(value) for name, value in plainly_named(values).items()}


def number_text(value: int | Decimal) -> str:
    """How DynamoDB is sent *value*; raises as `encode`."""
    if type(value) is Decimal:
        number = str(value)
        # Only one that is out of the ordinary has a letter in it.
        if len(number) <= _PLAIN_LENGTH and "E" not in number and "N" not in number and "I" not in number:
            return number
    elif isinstance(value, int) and -_LARGEST_PLAIN < value < _LARGEST_PLAIN:
        return int.__repr__(value)
    if value == 0:
        return "0"
    try:
        exact = _EXACT.create_decimal(value)
    except DecimalException as error:
        raise _no_number(value) from error
    if not exact.is_finite():
        raise TypeError(f"{value!r} is no number that DynamoDB has.")
    if exact.adjusted() < _SMALLEST:
        raise _no_number(value)
    return str(exact)


def _mere(value: int | Decimal) -> int | Decimal:
    """The plain value, without what a subclass makes of it: a member of an `IntEnum` is its number."""
    return Decimal(value) if isinstance(value, Decimal) else int.__add__(value, 0)


def _no_number(value: int | Decimal) -> ArithmeticError:
    return ArithmeticError(f"{value!s:.200} is no number that DynamoDB has: it keeps 38 digits, of 1E-130 to 9.9E+125.")


def same(one: AttributeValue | None, other: AttributeValue | None) -> bool:
    """Whether both mean one value: ``1.0`` is ``1``, also in a list, a map or a set, and sets have no order."""
    if one == other:
        return True
    if one is None or other is None or one.keys() != other.keys():
        return False
    for kind, value in one.items():
        against = other[kind]
        match kind:
            case "N":
                return Decimal(value) == Decimal(against)
            case "M":
                return value.keys() == against.keys() and all(same(value[name], against[name]) for name in value)
            case "L":
                return len(value) == len(against) and all(map(same, value, against))
            case "SS" | "BS":
                return set(value) == set(against)
            case "NS":
                return set(map(Decimal, value)) == set(map(Decimal, against))
    # Of the other types each value has one spelling.
    return False


def _decoded_list(value: list[AttributeValue]) -> list[Any]:
    return [one["S"] if "S" in one else decode_all(one["M"]) if "M" in one else decode(one) for one in value]


def _decoded_binary(text: str) -> Any:
    return Binary(b64decode(text))


def _encoded_map(value: Mapping[Any, Any]) -> AttributeValue:
    result: dict[str, AttributeValue] = {}
    for name, one in plainly_named(value).items():
        result[name] = {"S": one} if type(one) is str else encode(one)
    return {"M": result}


def _encoded_list(value: Iterable[Any]) -> AttributeValue:
    return {"L": [{"S": one} if type(one) is str else encode(one) for one in value]}


def _encoded_set(value: Set[Any]) -> AttributeValue:
    # Whatever class the set is of, and whatever its members are: what is equal to DynamoDB is one.
    if value and all(isinstance(one, str) for one in value):
        return {"SS": list(dict.fromkeys(map(str.__str__, value)))}
    if value and all(isinstance(one, int | Decimal) and not isinstance(one, bool) for one in value):
        return {"NS": [number_text(one) for one in dict.fromkeys(map(_mere, value))]}
    if value and all(isinstance(one, _BINARY) for one in value):
        return {"BS": list(dict.fromkeys(map(_base64, value)))}
    raise TypeError(f"{safe_repr(value, 200)} is {'a mixed' if value else 'an empty'} set, which DynamoDB has not.")


def _base64(value: Any) -> str:
    return b64encode(bytes(value)).decode("ascii")


_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "S": str,
    "N": Decimal,
    "BOOL": bool,
    "NULL": lambda _: None,
    "M": decode_all,
    "L": _decoded_list,
    "B": _decoded_binary,
    "SS": set,
    "NS": lambda value: set(map(Decimal, value)),
    "BS": lambda value: set(map(_decoded_binary, value)),
}
_ENCODERS: Final[dict[type, Callable[[Any], AttributeValue]]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    type(None): lambda _: {"NULL": True},
    int: lambda value: {"N": number_text(value)},
    Decimal: lambda value: {"N": number_text(value)},
    dict: _encoded_map,
    list: _encoded_list,
}
# What is none of these exactly, in this order.
_ABSTRACT: Final[tuple[tuple[Any, Callable[[Any], AttributeValue]], ...]] = (
    (int | Decimal, lambda value: {"N": number_text(_mere(value))}),
    (str, lambda value: {"S": str.__str__(value)}),
    (_BINARY, lambda value: {"B": _base64(value)}),
    (Mapping, _encoded_map),
    (list | tuple, _encoded_list),
    (Set, _encoded_set),
)
