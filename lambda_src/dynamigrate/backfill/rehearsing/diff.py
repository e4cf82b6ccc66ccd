"""What differs between two items, path by path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ..values.codec import AttributeValue, same

Path = tuple[str | int, ...]
_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*")


class Change(NamedTuple):
    """
    One place at which two items differ.

    Attributes:
        path: Names of attributes, and places in lists.
        before: What is there; None: nothing. So is *after*.
    """

    path: Path
    before: AttributeValue | None
    after: AttributeValue | None


def differences(
    before: Mapping[str, AttributeValue], after: Mapping[str, AttributeValue], *, within: Path = ()
) -> Iterator[Change]:
    """
    Where they differ, in the order of *before*, then what is new. Maps and lists are gone into, place by place; a set is
    one value. `1.0` is `1`, as it is for DynamoDB.
    """
    for name in dict.fromkeys((*before, *after)):
        yield from _between((*within, name), before.get(name), after.get(name))


def _between(path: Path, before: AttributeValue | None, after: AttributeValue | None) -> Iterator[Change]:
    if before is not None and after is not None:
        if same(before, after):
            return
        if "M" in before and "M" in after:
            yield from differences(before["M"], after["M"], within=path)
            return
        if "L" in before and "L" in after:
            olds, news = before["L"], after["L"]
            for place in range(max(len(olds), len(news))):
                old = olds[place] if place < len(olds) else None
                new = news[place] if place < len(news) else None
                yield from _between((*path, place), old, new)
            return
    yield Change(path, before, after)


def path_text(path: Path) -> str:
    """*path* as it is written in an expression: ``lines[0].sku``. Names with other characters are in quotes."""
    parts = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            name = step if _PLAIN.fullmatch(step) else json.dumps(step, ensure_ascii=False)
            parts.append(f".{name}" if parts else name)
    return "".join(parts)
