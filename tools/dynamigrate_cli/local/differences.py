"""What became of a table's items, to be seen at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from .tables import Table

_SHOWN, _WIDTH = 3, 60


def differences(
    before: Mapping[str, Table], after: Mapping[str, Table], *, passed_over: set[str], names: Mapping[str, str]
) -> Iterator[str]:
    """
    A line for each table that is not as it was, and one for each of the first items that are not.

    Args:
        names: What a table is called, by its physical name; it is called by that one where there is none.
    """
    for name in sorted((before.keys() | after.keys()) - passed_over):
        if name not in after:
            yield f"{names.get(name, name)}: the table is gone"
            continue
        old = before[name].items if name in before else {}
        new = after[name].items
        came, went = new.keys() - old.keys(), old.keys() - new.keys()
        other = {key for key in new.keys() & old.keys() if new[key] != old[key]}
        counts = [f"{len(keys)} {word}" for keys, word in ((other, "changed"), (came, "new"), (went, "gone")) if keys]
        if name not in before:
            counts.insert(0, "a new table")
        if not counts:
            continue
        yield f"{names.get(name, name)}: {', '.join(counts)}"
        shown = sorted(other | came | went, key=repr)[:_SHOWN]
        for key in shown:
            named = ", ".join(_text(value) for _, _, value in key)
            yield f"  {named}: {'; '.join(_item(old.get(key), new.get(key), {name for name, *_ in key}))}"


def _item(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, key: set[str]) -> Iterator[str]:
    if new is None:
        yield "gone"
        return
    for name in sorted(((old or {}).keys() | new.keys()) - key):
        was, is_ = (old or {}).get(name), new.get(name)
        if was == is_:
            continue
        if was is None:
            yield f"+{name} {_value(is_)}"
        elif is_ is None:
            yield f"-{name} {_value(was)}"
        else:
            yield f"{name} {_value(was)} -> {_value(is_)}"


def _value(value: Any) -> str:
    plain = TypeDeserializer().deserialize(value)
    return _text(str(plain) if isinstance(value.get("N"), str) else repr(plain))


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
