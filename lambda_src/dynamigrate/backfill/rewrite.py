"""From an item that was read to what is to be written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from .codec import AttributeValue, encode, item_size, same, size
from .errors import BackfillError, Unwritable
from .item import Item
from .reading import Reading
from .statement import Change
from .table import Table, describe
from .wire import Wire
from .writes import ABSENT, Delete, Put, Update, Write

Transform = Callable[[Any, Any], Any]

_LARGEST_ITEM: Final = 400 * 1024
# Only what writes as much as this is measured; an item that was nearly too large is refused by the service.
_WORTH_MEASURING: Final = 10_000
# In a transaction.
_MOST_ACTIONS: Final = 100


class ItemRefused(BackfillError):
    """One item can't be written; ``on_error`` says what becomes of the others."""


class Rewrite:
    """
    Calls transform, and turns what it returns into writes.

    Args:
        context: Is passed on to transform.
        stamp: The attribute that tells that an item was done, and its value; None: ``once`` was not asked for.
        guarded: Whether an item has to be as it was read.
    """

    def __init__(
        self,
        transform: Transform,
        context: Any,
        reading: Reading,
        wire: Wire,
        *,
        tables: Mapping[str, str],
        stamp: tuple[str, str] | None = None,
        guarded: bool = True,
    ) -> None:
        self._transform = transform
        self._context = context
        self._reading = reading
        self._table = reading.table
        self._keys = frozenset(reading.table.keys)
        self._wire = wire
        self._tables = tables
        self._stamp = None if stamp is None else (stamp[0], {"S": stamp[1]})
        self._guarded = guarded
        # Read beside what transform reads.
        self._always = (*(reading.filtered if guarded else ()), *([stamp[0]] if stamp else []))
        self._guards: dict[Any, tuple[str, ...]] = {}
        self._others: dict[str, Table] = {reading.table.name: reading.table}
        self._one_at_a_time = threading.Lock()

    def change(self, raw: dict[str, AttributeValue]) -> Change | None:
        """
        What is to be done about *raw*; None: nothing.

        Raises:
            ItemRefused: Transform raised, or returned what can't be written.
            BackfillError: It names a table that can't be used.
        """
        if self._stamp is not None and raw.get(self._stamp[0]) == self._stamp[1]:
            return None
        item = Item(raw, self._reading.known)
        try:
            result = self._transform(item, self._context)
        except Exception as error:
            raise self._refused(raw, f"raised {type(error).__name__}: {error}", error) from error
        if result is None:
            return None
        try:
            if type(result) is Update:
                return self._update(raw, item, result)
            return self._other(raw, item, result)
        except (TypeError, ValueError, ArithmeticError, Unwritable) as error:
            raise self._refused(raw, f"returned what can't be written: {error}", error) from error

    def done(self, change: Change, now: dict[str, AttributeValue]) -> bool:
        """Whether the item *now* is what *change* would make of it."""
        if change.delete or change.others is not None or not (change.set or change.remove):
            return False
        return all(same(now.get(name), value) for name, value in change.set.items()) and not any(
            name in now for name in change.remove
        )

    def where(self, raw: Mapping[str, AttributeValue]) -> str:
        """Table and key of *raw*, in words."""
        key = ", ".join(f"{name}={next(iter(raw[name].values()))!r}" for name in self._table.keys if name in raw)
        return f"the item {key} of the table {self._table.name}"

    def _refused(self, raw: Mapping[str, AttributeValue], what: str, error: BaseException) -> ItemRefused:
        name = getattr(self._transform, "__name__", repr(self._transform))
        refused = ItemRefused(
            f"{name}, given {self.where(raw)}, {what}",
            next_step=""
            if getattr(error, "next_step", "")
            else 'Correct it, or say on_error="skip" to leave such items alone.',
        )
        # The traceback of the transform, so that its line is what is reported.
        return refused.with_traceback(error.__traceback__)

    def _update(self, raw: dict[str, AttributeValue], item: Item, update: Update) -> Change | None:
        if update.when and not self._holds(raw, update.when):
            return None
        wanted, remove = update.set, update.remove
        if isinstance(remove, str):
            raise TypeError(f"remove={remove!r} is one text: give a list of names")
        names = tuple(remove)
        written: dict[str, AttributeValue] = {}
        heavy = 0
        for name, value in wanted.items():
            new = encode(value)
            if raw.get(name) == new:
                continue
            written[name] = new
            if "S" not in new:
                heavy += 0 if "N" in new or "BOOL" in new else size(new)
            else:
                heavy += len(value)
        removed = tuple([name for name in names if name in raw]) if names else ()
        if not (written or removed):
            return None
        if not self._keys.isdisjoint(written) or not self._keys.isdisjoint(removed):
            raise Unwritable(
                "it would change the item's key.", next_step="To move an item, return [Put(the new one), Delete()]."
            )
        guards = self._names(item, (*wanted, *names), tuple(update.when))
        if heavy > _WORTH_MEASURING:
            _check_size({name: value for name, value in raw.items() if name not in removed} | written)
        if self._stamp is not None:
            written[self._stamp[0]] = self._stamp[1]
        return Change(raw, written, removed, guards)

    def _names(self, item: Item, touched: tuple[str, ...], when: tuple[str, ...] = ()) -> tuple[str, ...]:
        """What has to be as it was read."""
        read = tuple(item._noted) if self._guarded else ()
        shape = (read, touched, when)
        guards = self._guards.get(shape)
        if guards is None:
            names = [*read, *touched, *when, *self._always] if self._guarded else [*when, *self._always]
            guards = tuple(name for name in dict.fromkeys(names) if name not in self._keys)
            unknown = set(guards) - (self._reading.known or set(guards))
            if unknown:
                raise Unwritable(
                    f"{', '.join(sorted(unknown))}: not read from the table, so nobody can tell whether somebody else "
                    "changed it.",
                    next_step="Name it in projection=, scan an index that has it, or say overwrite=True.",
                )
            self._guards[shape] = guards
        return guards

    def _holds(self, raw: Mapping[str, AttributeValue], when: Mapping[str, Any]) -> bool:
        return all(
            (name not in raw) if value is ABSENT else same(raw.get(name), encode(value)) for name, value in when.items()
        )

    def _other(self, raw: dict[str, AttributeValue], item: Item, result: Any) -> Change | None:
        if isinstance(result, Update):
            return self._update(raw, item, result)
        if isinstance(result, list | tuple):
            return self._together(raw, item, result)
        if not isinstance(result, Put | Delete):
            raise TypeError(
                f"{result!r} is a {type(result).__name__}; a transform returns Update, Put, Delete, a list of them, or None"
            )
        if self._is_own(raw, result):
            return self._own(raw, item, result)
        # Stamped in the same write, so it takes a transaction.
        if self._stamp is not None:
            return self._together(raw, item, [result])
        other = self._action(result)
        on = self._table_of(result.table)
        content = next(iter(other.values()))
        key = str([on.name, *on.key_of(content.get("Key") or content["Item"]).values()])
        return Change(raw, {}, (), (), others=(other,), plain=True, key=key)

    def _together(
        self, raw: dict[str, AttributeValue], item: Item, results: list[Write] | tuple[Write, ...]
    ) -> Change | None:
        own: Change | None = None
        own_seen = False
        touched: tuple[str, ...] = ()
        others = []
        for result in results:
            if not isinstance(result, Update | Put | Delete):
                raise TypeError(f"{result!r} in its list is no Update, Put or Delete")
            if isinstance(result, Update) or self._is_own(raw, result):
                if own_seen:
                    raise Unwritable("its list has two writes to the item itself.", next_step="Make them one.")
                own_seen = True
                if isinstance(result, Update):
                    if not self._holds(raw, result.when):
                        return None
                    own, touched = self._update(raw, item, result), (*result.set, *result.remove, *result.when)
                else:
                    own = self._own(raw, item, result)
            else:
                others.append(self._action(result))
        if not others:
            return own
        if len(others) >= _MOST_ACTIONS:
            raise Unwritable(f"its list has {len(results)} writes, and a transaction at most {_MOST_ACTIONS}.")
        if own is None:
            # The item is left as it is, but it has to be as it was for the others to be right.
            own = Change(raw, {}, (), self._names(item, touched))
            if self._stamp is not None:
                own.set[self._stamp[0]] = self._stamp[1]
        own.others = tuple(others)
        return own

    def _own(self, raw: dict[str, AttributeValue], item: Item, write: Put | Delete) -> Change | None:
        if isinstance(write, Delete):
            return Change(raw, {}, (), self._names(item, ()), delete=True)
        if self._reading.known is not None:
            raise Unwritable(
                "it puts the whole item, and only a part of it was read.",
                next_step="Return an Update, or read all of it.",
            )
        # As a change of what differs: what somebody else adds meanwhile stays.
        return self._update(raw, item, Update(write.item, [name for name in raw if name not in write.item]))

    def _is_own(self, raw: Mapping[str, AttributeValue], write: Put | Delete) -> bool:
        if write.table is not None and self._physical(write.table) != self._table.name:
            return False
        if isinstance(write, Delete):
            return write.key is None or self._key(self._table, write.key, whole=True) == self._table.key_of(raw)
        return self._key(self._table, write.item) == self._table.key_of(raw)

    def _action(self, write: Put | Delete) -> dict[str, Any]:
        table = self._table_of(write.table)
        if isinstance(write, Delete):
            if write.key is None:
                raise TypeError("Delete(table=...) needs a key")
            return {"Delete": {"TableName": table.name, "Key": self._key(table, write.key, whole=True)}}
        self._key(table, write.item)
        item = {name: encode(value) for name, value in write.item.items()}
        _check_size(item)
        return {"Put": {"TableName": table.name, "Item": item}}

    def _key(self, table: Table, item: Mapping[str, Any], *, whole: bool = False) -> dict[str, AttributeValue]:
        missing = [name for name in table.keys if name not in item]
        if missing:
            raise Unwritable(f"{', '.join(missing)} is missing, which is part of the key of {table.name}.")
        if whole and len(item) != len(table.keys):
            raise Unwritable(f"the key of {table.name} is {', '.join(table.keys)}, and nothing else.")
        return {name: encode(item[name]) for name in table.keys}

    def _physical(self, name: str) -> str:
        return self._tables.get(name, name)

    def _table_of(self, name: str | None) -> Table:
        if name is None:
            return self._table
        physical = self._physical(name)
        table = self._others.get(physical)
        if table is None:
            with self._one_at_a_time:
                table = self._others[physical] = describe(self._wire, physical)
        return table


def _check_size(item: Mapping[str, AttributeValue]) -> None:
    bytes_ = item_size(item)
    if bytes_ > _LARGEST_ITEM:
        raise Unwritable(
            f"the item would have {bytes_:,} bytes, and {_LARGEST_ITEM:,} fit.",
            next_step="Keep less in it, or spread it over several items.",
        )
