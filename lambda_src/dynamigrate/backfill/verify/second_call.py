"""What transform does with what it returned itself."""

from __future__ import annotations

import json
from typing import Any

from ...verification import SETTLE, UNSETTLED
from ..errors import BackfillError, ItemRefused
from ..values.codec import AttributeValue, same
from ..writing.item_writes import ConditionalWrite, UnconditionalWrite
from ..writing.transform import Transformer

Write = ConditionalWrite | UnconditionalWrite


class SecondCall:
    """
    Calls transform once more, with an item as it would be after a write.

    Args:
        filtered: The attributes that the filter looks at. An item of which one is written may be passed over from then
            on, so it is not asked about.
    """

    def __init__(self, transformer: Transformer, filtered: tuple[str, ...]) -> None:
        self._transformer = transformer
        self._filtered = frozenset(filtered)

    def wants_more(self, raw: dict[str, AttributeValue], known: frozenset[str] | None, text: str, write: Write) -> bool:
        """
        Whether transform wants something else once *write*, which it wanted for the item *raw*, is made.

        Raises:
            NotRead: It asks for what was not read of the item.
        """
        if isinstance(write, UnconditionalWrite):
            # The item itself stays as it is.
            again = self._transformer.write_for(raw, known, text)
            return isinstance(again, UnconditionalWrite) and not _is_one_entry(again.text, write.text)
        if write.delete or not self._filtered.isdisjoint((*write.set, *write.remove)):
            return False
        then = {name: value for name, value in raw.items() if name not in write.remove} | write.set
        try:
            again = self._transformer.write_for(then, known)
        except ItemRefused:
            # That is another fault: the next pass meets it where it is.
            return False
        if not isinstance(again, ConditionalWrite):
            return False
        return bool(again.set or again.remove or again.delete or not _are_same(again.others, write.others))


def not_settling(transform: str, item: str) -> BackfillError:
    """The error about *transform* that wants more of *item*, both in words."""
    return BackfillError(f"{transform}, given {item}, does not settle: {UNSETTLED}.", next_step=SETTLE)


def _is_one_entry(text: str, other: str) -> bool:
    """Whether two entries of a batch say one thing."""
    return text == other or _is_one(json.loads(text), json.loads(other))


def _are_same(actions: Any, others: Any) -> bool:
    """Whether the actions of two transactions on other items are the same."""
    if not actions or not others:
        return not actions
    return len(actions) == len(others) and all(map(_is_one, actions, others))


def _is_one(action: Any, other: Any) -> bool:
    [(kind, one)], [(kind2, two)] = action.items(), other.items()
    part = "Item" if "Item" in one else "Key"
    return (
        kind == kind2
        and part in two
        and one.get("TableName") == two.get("TableName")
        and same({"M": one[part]}, {"M": two[part]})
    )
