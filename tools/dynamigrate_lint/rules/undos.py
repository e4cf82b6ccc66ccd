"""A rule about migrations that can't be undone."""

from __future__ import annotations

from collections.abc import Iterator

from ..folder import Folder
from ..rule import Hit, Rule, Surroundings


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    if not around.settings.require_undo:
        return
    for entry, module in folder.migrations.values():
        if not entry.can_undo:
            do = module.bound.get("do")
            yield Hit(module, do if hasattr(do, "lineno") else None, f"{entry.id} has no undo.")


MISSING_UNDO = Rule(
    code="DYN105",
    name="missing-undo",
    reason="The settings say require_undo: a deploy that fails, or is rolled back, can take back only what has an undo.",
    fix="Add def undo(ctx), or undo = Backfill(...); where nothing can be taken back, say so: "
    "# dynamigrate: ignore[DYN105] because ...",
    judge=_judge,
    is_asked=lambda around: around.settings.require_undo,
)
