"""Values that were handed out, and are not any more what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .codec import AttributeValue, decode, encode, same
from .errors import ChangedInPlace
from .names import listed, plain
from .writes import Delete, Put, Update

# What a transform can change without the item noticing.
CHANGEABLE: Final = frozenset({dict, list, set})


def is_still(value: Any, raw: AttributeValue, *, exactly: bool = True) -> bool:
    """
    Whether *value*, which was decoded from *raw*, means what it meant then.

    Args:
        exactly: Tell 1 from True, which takes twice as long.
    """
    try:
        equal = value == decode(raw)
        # What is written in another way may mean the same.
        return (equal and not exactly) or same(encode(value), raw)
    except Exception:  # noqa: BLE001 - what can't be told or compared was not read from a table
        return False


def check_returned(
    read: Mapping[str, Any],
    raw: Mapping[str, AttributeValue],
    writes: Iterable[Any],
    is_own: Callable[[Put | Delete], bool],
    *,
    exactly: bool,
) -> None:
    """
    What was *read* of the item *raw* is as it was, or has a place in *writes*: its attribute's, or any as the same object.

    Raises:
        ChangedInPlace: The change would be lost.
    """
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
        and not is_still(value, raw[name], exactly=exactly)
    ]
    # A whole item is what the write says, or nothing is left of it.
    if lost and not any(isinstance(write, Put | Delete) and is_own(write) for write in writes):
        one = repr(lost[0])
        raise ChangedInPlace(
            f"changed {', '.join(lost)} in place and did not return {'it' if len(lost) == 1 else 'them'}, so nothing "
            "of that would be written.",
            next_step=f"Return Update(set={{{one}: item[{one}]}}), or change a copy: copy.deepcopy(item[{one}]).",
        )
