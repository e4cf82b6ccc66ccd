"""Names that look like paths into an attribute."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ..errors import Unwritable
from .codec import AttributeValue

_STEP: Final = re.compile(r"[.\[]")


def top_level(path: str) -> str:
    """The attribute that *path* begins with: ``owner`` of ``owner.id``, ``lines`` of ``lines[0].sku``."""
    return _STEP.split(path, maxsplit=1)[0]


def require_no_paths(raw: Mapping[str, AttributeValue], names: Iterable[str], part: str) -> None:
    """
    Each of *names* is taken for an attribute's own name, dots and all.

    Args:
        part: Where the names are given: ``set``, ``remove`` or ``when``.

    Raises:
        Unwritable: One is none that *raw* has, and looks like a path into a map or a list that it has.
    """
    for name in names:
        if ("." in name or "[" in name) and name not in raw:
            top = top_level(name)
            inside = raw.get(top, {})
            if "M" in inside or "L" in inside:
                kind = "map" if "M" in inside else "list"
                raise Unwritable(
                    f"{part} names {name!r}, and {part} knows no paths: {top} is a {kind}, and nothing in it would be meant.",
                    next_step=_ADVICE[part].format(top=top),
                )


_ADVICE: Final = {
    "set": "Set the whole of {top}, made from the one that was read: Update(set={{{top!r}: changed}}).",
    "remove": "Set {top} to what is to be left of it, made from the one that was read: Update(set={{{top!r}: changed}}).",
    "when": "Compare in transform, which guards all of {top}, or give when the whole value of {top}.",
}
