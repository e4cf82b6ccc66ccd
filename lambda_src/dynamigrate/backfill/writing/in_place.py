"""Values that transform was given, and changed in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ..errors import ChangedInPlace
from ..values.codec import AttributeValue, encode, same
from ..values.names import listed, plain
from ..writes import Delete, Put, Update, Write

# What a transform can change without the item noticing.
CHANGEABLE: Final = frozenset({dict, list, set})


def is_untouched(value: Any, raw: AttributeValue) -> bool:
    """
    Whether *value*, a list, map or set that was decoded from *raw*, is still what it was then, to the letter.

    False does not say that it means another thing: that is for `is_still`, and takes longer.
    """
    for kind, told in raw.items():
        if kind == "M":
            return type(value) is dict and _is_untouched_map(value, told)
        if type(value) is list:
            return kind == "L" and len(value) == len(told) and all(map(_is_untouched_part, value, told))
        if kind == "SS" and type(value) is set:
            return len(value) == len(told) and value.issuperset(told) and all(type(one) is str for one in value)
    return False


def _is_untouched_map(value: dict[str, Any], raw: dict[str, AttributeValue]) -> bool:
    if len(value) != len(raw):
        return False
    for (name, one), (was, told) in zip(value.items(), raw.items(), strict=True):
        # The names and texts of a value are those that it was decoded from, the very objects.
        if name is not was:
            return False
        kind = type(one)
        if kind is str:
            if told.get("S") is not one:
                return False
        elif not _is_untouched_part(one, told):
            return False
    return True


def _is_untouched_part(value: Any, raw: AttributeValue) -> bool:
    kind = type(value)
    if kind is dict:
        return "M" in raw and _is_untouched_map(value, raw["M"])
    if kind is str:
        return raw.get("S") is value
    if kind is Decimal:
        return raw.get("N") == str(value)
    if kind is bool:
        return raw.get("BOOL") is value
    return "NULL" in raw if value is None else is_untouched(value, raw)


def is_still(value: Any, raw: AttributeValue) -> bool:
    """Whether *value*, a list, map or set that was decoded from *raw*, means what it meant then."""
    try:
        # What is written in another way may mean the same.
        return is_untouched(value, raw) or same(encode(value), raw)
    except Exception:  # noqa: BLE001 - what can't be told or compared was not read from a table
        return False


def check_returned(
    read: Mapping[str, Any],
    raw: Mapping[str, AttributeValue],
    own: Write | None,
    others: Sequence[Put | Delete],
) -> None:
    """
    What was *read* of the item *raw* is as it was, or has a place in one of the writes, the item's *own* or *others*: its
    attribute's, or any as the same object; so has each part of it that was changed.

    Raises:
        ChangedInPlace: The change would be lost.
    """
    if own is None and len(others) == 1 and isinstance(others[0], Put) and type(others[0].item) is dict:
        whole = others[0].item
        # As most whole items: all that was read is in it. (A list: a generator costs more than it saves here.)
        if all([whole.get(name) is value for name, value in read.items() if type(value) in CHANGEABLE]):  # noqa: C419
            return
    writes = others if own is None else (own, *others)
    names: set[str] = set()
    values: set[int] = set()
    for write in writes:
        if isinstance(write, Update):
            names.update(map(plain, write.set), listed(write.remove))
            values.update(map(id, write.set.values()))
        elif isinstance(write, Put):
            values.update(map(id, write.item.values()))
    lost = [
        name
        for name, value in read.items()
        if type(value) in CHANGEABLE
        and name not in names
        and id(value) not in values
        and not is_still(value, raw[name])
    ]
    if lost:
        given = _containers(writes)
        lost = [name for name in lost if not _is_returned(read[name], raw[name], given)]
    # A whole item is what the write says, or nothing is left of it.
    if lost and not isinstance(own, Put | Delete):
        one = repr(lost[0])
        raise ChangedInPlace(
            f"changed {', '.join(lost)} in place and did not return {'it' if len(lost) == 1 else 'them'}, so nothing "
            "of that would be written.",
            next_step=f"Return Update(set={{{one}: item[{one}]}}), or change a copy: copy.deepcopy(item[{one}]).",
        )


def _containers(writes: Iterable[Any]) -> set[int]:
    """The identities of all lists, maps and sets in *writes*, however deep."""
    waiting: list[Any] = [write.set for write in writes if isinstance(write, Update)]
    waiting += [write.item for write in writes if isinstance(write, Put)]
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        # A small number has one identity wherever it stands.
        if id(value) in seen or not isinstance(value, Mapping | list | tuple | set):
            continue
        seen.add(id(value))
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
    return seen


def _is_returned(value: Any, raw: AttributeValue, given: set[int]) -> bool:
    """Whether whatever in *value* is not as in *raw* is one of *given*, or inside of one: a line of an order, say."""
    if id(value) in given or is_still(value, raw):
        return True
    if isinstance(value, dict) and "M" in raw and value.keys() == raw["M"].keys():
        return all(_is_returned(one, raw["M"][name], given) for name, one in value.items())
    if isinstance(value, list) and "L" in raw and len(value) == len(raw["L"]):
        return all(_is_returned(one, old, given) for one, old in zip(value, raw["L"], strict=True))
    return False
