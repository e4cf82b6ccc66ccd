"""Whether what a backfill writes depends on nothing but what its condition compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Final

from dynamigrate import Backfill, Delete, Item, Put, Update

from .finding import Finding
from .requests import Request
from .snapshot import Snapshot, TableState
from .trial import Trial

_PURE: Final = (
    "Have transform go by its item alone, and by ctx.params: what it takes from elsewhere may have changed when its write "
    "arrives, and no condition tells."
)


@dataclass(frozen=True)
class Call:
    """
    What transform did with an item when it was given that for the first time in a run.

    Attributes:
        where: Table and key, in words.
        asked_for: The attributes that it read, there or not.
        requests: What it sent meanwhile.
        returned: Comparable, and what it is in words.
    """

    where: str
    asked_for: frozenset[str]
    requests: tuple[Request, ...]
    returned: Any


def unguarded(trial: Trial, start: Snapshot) -> Finding | None:
    """What transform goes by beside its item, or what is written without a condition."""
    backfill = trial.backfill
    if backfill is None:
        raise TypeError(
            f"{trial.migration} is no Backfill: which conditions its writes have, only its author knows. What comes of them, "
            "assert_loses_no_write tries."
        )
    if backfill.overwrite:
        return Finding(
            kind="overwrite",
            what="it says overwrite=True, so nothing that transform reads is compared when its write arrives.",
            advice="Leave overwrite=True out, unless nobody else writes to the table.",
        )
    watch = _Watch(trial, start)
    trial.wrap = watch.watching
    try:
        trial.done(start)
        first, watch.calls = watch.calls, {}
        trial.done(start, later=True, same_process=True)
    finally:
        trial.wrap = lambda do: do
    second = watch.calls
    for key, call in first.items():
        if (found := _fault(call, second.get(key))) is not None:
            return found
    return None


def _fault(call: Call, again: Call | None) -> Finding | None:
    if call.requests:
        details = [f"{call.where}: transform sends {request.operation}{_to(request)}" for request in call.requests]
        what = "transform asks for more than its item, and what it is told is in no condition."
        return Finding(kind="reads elsewhere", what=what, details=details, advice=_PURE)
    if again is not None and again.returned != call.returned:
        details = [f"{call.where}: first {_told(call.returned)}", f"and then, on another day, {_told(again.returned)}"]
        what = (
            "transform makes something else of the same item each time: of the clock, of chance, or of what it keeps."
        )
        return Finding(kind="no function", what=what, details=details, advice=_PURE)
    if again is not None and (less := sorted(call.asked_for - again.asked_for)):
        details = [f"{call.where}: called again, it did not read {', '.join(less)}, and returned the same"]
        what = "transform keeps what it read of an item, so a later call's write is not compared with it."
        return Finding(kind="keeps", what=what, details=details, advice=_PURE)
    kind, *_ = call.returned
    if kind == "other":
        return Finding(
            kind="other",
            what="transform writes another item by itself, which depends on no condition, not even on the item that it read.",
            details=[f"{call.where}: {_told(call.returned)}"],
            advice="Return it in a list: then it is written only while the item that transform was given is as it was read.",
        )
    return None


class _Watch:
    """
    Notes what transform does with each item.

    Attributes:
        calls: By the items' keys.
    """

    def __init__(self, trial: Trial, start: Snapshot) -> None:
        self.calls: dict[str, Call] = {}
        self._sent = trial.traffic.sent
        self._tables = dict(trial.arguments["tables"])
        self._start = start

    def watching(self, backfill: Backfill) -> Backfill:
        """The same, whose transform is watched."""
        name = self._tables.get(backfill.table, backfill.table)
        table, transform = self._start.tables.get(name), backfill.transform

        @wraps(transform)
        def watched(item: Item, ctx: Any) -> Any:
            before = len(self._sent())
            result = transform(item, ctx)
            asked = frozenset(item.asked_for())
            key = _key(table, item)
            if key not in self.calls:
                sent = tuple(self._sent()[before:])
                self.calls[key] = Call(f"{name} {key}", asked, sent, _returned(result, item, table))
            return result

        return replace(backfill, transform=watched)


def _key(table: TableState | None, item: Mapping[str, Any]) -> str:
    return str({name: item[name] for name in (table.keys if table else ()) if name in item})


def _returned(result: Any, item: Mapping[str, Any], table: TableState | None) -> tuple[Any, ...]:
    match result:
        case None:
            return ("none",)
        case Update():
            # An iterator could be looked at only once.
            result.remove = list(result.remove)
            return ("update", dict(result.set), tuple(result.remove), dict(result.when))
        case Put() | Delete():
            given = result.item if isinstance(result, Put) else result.key
            keys = table.keys if table else ()
            own = result.table is None and (given is None or all(given.get(one) == item.get(one) for one in keys))
            return (
                "own" if own else "other",
                type(result).__name__,
                None if given is None else dict(given),
                result.table,
            )
        case _:
            listed = list(result)
            return ("list", *(_returned(one, item, table) for one in listed))


def _told(returned: tuple[Any, ...]) -> str:
    match returned:
        case ("none",):
            return "it returned None"
        case ("update", set_, remove, _):
            return f"it returned Update(set={set_!r}{f', remove={list(remove)!r}' if remove else ''})"
        case (_, kind, given, table) if kind in {"Put", "Delete"}:
            return f"it returned {kind}({given!r}{f', table={table!r}' if table else ''})"
        case _:
            return f"it returned {returned!r}"


def _to(request: Request) -> str:
    return f" to {', '.join(request.tables)}" if request.tables else f" to {request.service}"
