"""What a transform returned: the write to its own item, and those to others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ...error_text import safe_repr, type_name
from ..errors import Unwritable
from ..values.codec import AttributeValue
from ..writes import Delete, Put, Update, Write
from .other_items import OtherItems

# The write to the item that transform was given, if there is one; writes to other items; and whether all are written in
# one transaction, only while the item is as it was read. A plain tuple, as one is built for every item.
Returned = tuple[Write | None, tuple[Put | Delete, ...], bool]

_MOST_ACTIONS: Final = 100
_WHOLE: Final = (Put, Delete)
# For every item ``list | tuple`` would be built anew.
_SEQUENCES: Final = (list, tuple)


def normalize(result: Any, raw: dict[str, AttributeValue], other_items: OtherItems, stamped: bool) -> Returned:  # noqa: FBT001 - for every item a keyword would cost
    """
    Tell the writes in *result*, which transform returned for the item *raw*, apart.

    Args:
        other_items: Tells which items are not *raw*.
        stamped: The item gets a stamp, which has to be written together with whatever else is.

    Raises:
        Unwritable: It is nothing that a transform may return.
        BackfillError: It names a table that can't be used.
    """
    if isinstance(result, Update):
        return result, (), False
    if result is None:
        return None, (), False
    if isinstance(result, _SEQUENCES):
        return _normalize_list(result, raw, other_items)
    if not isinstance(result, _WHOLE):
        raise Unwritable(
            f"{safe_repr(result, 200)} is a {type_name(result)}, and transform may return an Update, a Put, a Delete, a list of "
            "them, or None."
        )
    if other_items.is_own(raw, result):
        return result, (), False
    return None, (result,), stamped


def _normalize_list(results: Sequence[Any], raw: dict[str, AttributeValue], other_items: OtherItems) -> Returned:
    own: list[Write] = []
    others: list[Put | Delete] = []
    for result in results:
        if not isinstance(result, Update | Put | Delete):
            raise Unwritable(f"{safe_repr(result, 200)} in its list is no Update, Put or Delete.")
        if isinstance(result, Update) or other_items.is_own(raw, result):
            own.append(result)
        else:
            others.append(result)
    if len(own) > 1:
        raise Unwritable("its list has two writes to the item itself.", next_step="Make them one.")
    if len(others) >= _MOST_ACTIONS:
        raise Unwritable(f"its list has {len(results)} writes, and a transaction at most {_MOST_ACTIONS}.")
    return own[0] if own else None, tuple(others), True
