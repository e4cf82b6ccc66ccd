"""A rule about transforms that want to change what they have changed."""

from __future__ import annotations

from collections.abc import Iterator

from ..folder import Folder
from ..item_use import ItemUse
from ..rule import Hit, Rule, Surroundings


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for _, use in ItemUse.of_unchecked(folder):
        for grown in use.grown:
            yield Hit(
                grown.function.module,
                grown.node,
                f"{grown.function.name} makes {grown.attribute!r} from itself, and can't tell an item that is done.",
            )
        for fed, source in use.fed:
            yield Hit(
                fed.function.module,
                fed.node,
                f"{fed.function.name} makes {fed.attribute!r} from {source!r}, which it changes in the same write: seen "
                "again, the item has another.",
            )
        for blind in use.blind:
            yield Hit(
                blind.function.module,
                blind.node,
                f"{blind.function.name} always sets {blind.attribute!r} to one value, also where the application has "
                "written another.",
                f"Look first: if {blind.attribute!r} not in item; or give Backfill a filter, or Update "
                f"when={{{blind.attribute!r}: Update.ABSENT}}.",
            )


UNSETTLED = Rule(
    code="DYN202",
    name="unsettled",
    reason="A transform sees an item again: after a conflict, after a stop, and when the work is verified. What it makes of "
    "an item that is done must be nothing; else it is done twice, or undoes what the application wrote since.",
    fix="Look whether it is done, by an attribute that tells it; or say once=True, and each item is stamped in the same "
    "write.",
    judge=_judge,
    at_synth=True,
)
