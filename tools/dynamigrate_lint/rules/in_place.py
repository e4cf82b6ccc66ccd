"""A rule about transforms that change the item they are given."""

from __future__ import annotations

from collections.abc import Iterator

from ..folder import Folder
from ..item_use import ItemUse
from ..rule import Hit, Rule, Surroundings


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for role in folder.roles:
        if role.kind == "transform":
            use = ItemUse.of(role, folder)
            for change in use.changes:
                if change.attribute is None:
                    message = f"{change.function.name} changes its item in place, which is a TypeError."
                    yield Hit(change.function.module, change.node, message)
                elif not use.returns(change.attribute):
                    message = (
                        f"{change.function.name} changes what is in {change.attribute!r} and does not return it: the "
                        "item is refused."
                    )
                    fix = f"Return it: Update(set={{{change.attribute!r}: ...}})."
                    yield Hit(change.function.module, change.node, message, fix)


CHANGED_IN_PLACE = Rule(
    code="DYN201",
    name="changed-in-place",
    reason="What a transform returns is written, under the condition that all it read is still as it was. A change of the "
    "item itself would be lost, and would spoil that condition, so it is refused when the migration runs.",
    fix='Return what is to change: Update(set={"status": "NEW"}, remove=["old"]); or make a dict of it, '
    'Put(item | {"status": "NEW"}).',
    judge=_judge,
    at_synth=True,
)
