"""Calls transform for an item, and makes writes of what it returns."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ...error_text import describe_error, type_name
from ...transport.item_size import size
from ..errors import BackfillError, ChangedInPlace, ItemRefused, Unwritable, of_the_run
from ..item import Item
from ..learning import NotRead
from ..reader import ItemReader
from ..values.codec import AttributeValue, encode, same
from ..values.key_rules import check_key_attributes
from ..values.names import attributes, listed
from ..values.paths import require_no_paths
from ..writes import ABSENT, Delete, Put, Update, Write, first_problem
from .in_place import CHANGEABLE, check_returned
from .item_writes import ConditionalWrite, UnconditionalWrite
from .other_items import OtherItems, check_size
from .returned import normalize
from .splice import IMMUTABLE

Transform = Callable[[Any, Any], Any]

# Only what writes as much as this is measured; an item that was nearly too large is refused by the service.
_WORTH_MEASURING: Final = 10_000
_NOTHING: Final[Mapping[str, Any]] = {}
_UNREAD: Final = object()
# A transform that asks for another attribute in every item has no end of them.
_MOST_SHAPES: Final = 5_000


class Transformer:
    """
    Calls transform, and turns what it returns into writes.

    Attributes:
        other_items: What makes the writes of other items than the one that it is given.
        name: What transform is called in messages.

    Args:
        context: Is passed on to transform.
        stamp: The attribute that tells that an item was done, and its value; None: ``once`` was not asked for.
        guarded: Whether an item has to be as it was read.
    """

    def __init__(
        self,
        transform: Transform,
        context: Any,
        reader: ItemReader,
        other_items: OtherItems,
        *,
        stamp: tuple[str, str] | None = None,
        guarded: bool = True,
    ) -> None:
        self._transform = transform
        name = getattr(transform, "__name__", None)
        self.name = name if isinstance(name, str) else type_name(transform)
        self._context = context
        self._reader = reader
        self._table = reader.table
        self._keys = frozenset(reader.table.keys)
        self._key_attributes = frozenset(reader.table.key_rules)
        self.other_items = other_items
        self._stamp: dict[str, AttributeValue] = {} if stamp is None else {stamp[0]: {"S": stamp[1]}}
        self._stamped = stamp is not None
        self._guarded = guarded
        # Looked at beside what transform reads.
        self._always = (*(reader.filtered if guarded else ()), *self._stamp)
        self._guards: dict[Any, tuple[str, ...]] = {}
        self._learner = reader.learner

    def given(self, context: Any) -> Transformer:
        """The same, that passes on another *context*."""
        one = copy.copy(self)
        one._context = context
        return one

    def write_for(
        self, raw: dict[str, AttributeValue], known: frozenset[str] | None = None, text: str = ""
    ) -> ConditionalWrite | UnconditionalWrite | None:
        """
        What is to be written on account of the item *raw*; None: nothing.

        Args:
            known: What was read of it; None: all, or what the reader reads of every item.
            text: *raw* as JSON, if that is at hand.

        Raises:
            NotRead: It takes more than was read; it has to be read whole.
            ItemRefused: Transform raised, or returned what can't be written.
            BackfillError: It names a table that can't be used.
        """
        if self._stamped and self._is_stamped(raw):
            return None
        known = known or self._reader.known
        item = Item._of(raw, known, text)
        result = self._result(item, raw)
        write: ConditionalWrite | UnconditionalWrite | None
        try:
            own, others, together = normalize(result, raw, self.other_items, self._stamped)
            if self._learner is not None:
                self._learner.look_at(raw, item, known, own)
            if others:
                write = (
                    self._with_others(raw, item, own, others)
                    if together
                    else self.other_items.unconditional(raw, others[0], text, item._values)
                )
            else:
                write = None if own is None else self._own(raw, item, own)
            if not CHANGEABLE.isdisjoint(map(type, item._values.values())):
                check_returned(item._values, raw, own, others)
        except NotRead:
            raise
        except BaseException as error:
            self._raise_if_of_the_run(error)
            if isinstance(error, BackfillError) and not isinstance(error, Unwritable):
                raise
            what = "" if isinstance(error, ChangedInPlace) else "returned what can't be written: "
            raise self._refused(raw, f"{what}{first_problem(result, error)}", error) from error
        return write

    def _result(self, item: Item, raw: dict[str, AttributeValue]) -> Any:
        """What transform returns of *item*, the item *raw*; raises as `write_for`."""
        try:
            result = self._transform(item, self._context)
        except BaseException as error:
            if item._wants_more:
                raise NotRead from None
            self._raise_if_of_the_run(error)
            raise self._refused(raw, f"raised {_said(error)}", error) from error
        if item._wants_more:
            # Transform caught it: what it returned was made of too little, so it is not even judged.
            raise NotRead
        return result

    def _is_stamped(self, raw: Mapping[str, AttributeValue]) -> bool:
        return all(raw.get(name) == value for name, value in self._stamp.items())

    def is_done(self, write: ConditionalWrite, now: dict[str, AttributeValue]) -> bool:
        """Whether the item *now* is what *write* would make of it."""
        if write.delete or write.others is not None or not (write.set or write.remove):
            return False
        return all(same(now.get(name), value) for name, value in write.set.items()) and not any(
            name in now for name in write.remove
        )

    def where(self, raw: Mapping[str, AttributeValue]) -> str:
        """Table and key of *raw*, in words."""
        key = ", ".join(f"{name}={next(iter(raw[name].values()))!r}" for name in self._table.keys if name in raw)
        return f"the item {key} of the table {self._table.name}"

    @staticmethod
    def _raise_if_of_the_run(error: BaseException) -> None:
        stop = of_the_run(error)
        if stop is error:
            raise error
        if stop is not None:
            raise stop from error

    def _refused(self, raw: Mapping[str, AttributeValue], what: str, error: BaseException) -> ItemRefused:
        refused = ItemRefused.because(error, f"{self.name}, given {self.where(raw)}, {what}")
        # The traceback of the transform, so that its line is what is reported.
        return refused.with_traceback(error.__traceback__)

    def _update(
        self, raw: dict[str, AttributeValue], item: Item, update: Update, *, whole: bool = False
    ) -> ConditionalWrite | None:
        """*whole*: its names are those of an item that was put."""
        when = attributes(update.when) if update.when else _NOTHING
        if when and not self._holds(raw, when):
            return None
        names: tuple[str, ...] = ()
        if update.remove:
            # Looked at more than once, which an iterator would not stand.
            update.remove = names = listed(update.remove)
        wanted = attributes(update.set)
        if names and (both := [name for name in names if name in wanted]):
            raise Unwritable(f"it sets and removes {', '.join(both)}.", next_step="Do one of both.")
        written, heavy = self._differences(raw, item, wanted)
        removed = tuple([name for name in names if name in raw]) if names else ()
        if not whole:
            require_no_paths(raw, written, "set")
            if names:
                require_no_paths(raw, names, "remove")
                self._require_stamp_stays(removed)
        if not (written or removed):
            return None
        if not self._keys.isdisjoint(written) or (removed and not self._keys.isdisjoint(removed)):
            raise Unwritable(
                "it would change the item's key.", next_step="To move an item, return [Put(the new one), Delete()]."
            )
        if not self._key_attributes.isdisjoint(written):
            check_key_attributes(self._table.name, self._table.key_rules, written)
        if heavy > _WORTH_MEASURING:
            check_size({name: value for name, value in raw.items() if name not in removed} | written)
        guards = self._names(item, (*wanted, *names), tuple(when))
        return ConditionalWrite(
            self._needed(raw, guards), written | self._stamp if self._stamp else written, removed, guards
        )

    def _require_stamp_stays(self, removed: tuple[str, ...]) -> None:
        if not self._stamp.keys().isdisjoint(removed):
            raise Unwritable("it removes the stamp by which once= knows that an item is done.", next_step="Leave it.")

    def _differences(
        self, raw: dict[str, AttributeValue], item: Item, wanted: Mapping[str, Any]
    ) -> tuple[dict[str, AttributeValue], int]:
        """What of *wanted* the item does not have, and about how many bytes that is."""
        written: dict[str, AttributeValue] = {}
        heavy = 0
        given = item._values
        for name, value in wanted.items():
            if given.get(name, _UNREAD) is value and type(value) in IMMUTABLE:
                continue
            # A text, as most are, takes no call, and is as it is written; of all else there are several spellings.
            new = {"S": value} if type(value) is str else encode(value)
            old = raw.get(name)
            if old == new or (old is not None and "S" not in new and same(old, new)):
                continue
            written[name] = new
            heavy += len(value) if "S" in new else 0 if "N" in new else size(new)
        return written, heavy

    def _names(self, item: Item, touched: tuple[str, ...], when: tuple[str, ...] = ()) -> tuple[str, ...]:
        """What has to be as it was read."""
        shape = (tuple(item._noted) if self._guarded else (), touched, when)
        guards = self._guards.get(shape)
        if guards is None:
            names = [*shape[0], *touched, *when, *self._always] if self._guarded else [*when, *self._always]
            # No item has an attribute without a name, nor ever will.
            guards = tuple(name for name in dict.fromkeys(names) if name and name not in self._keys)
            known = self._reader.known
            unknown = [name for name in guards if known is not None and name not in known]
            if unknown:
                raise Unwritable(
                    f"{', '.join(unknown)} {'was' if len(unknown) == 1 else 'were'} not read, so nobody can tell whether "
                    "somebody else changes it.",
                    next_step="Name it in projection=, scan an index that has it, or say overwrite=True.",
                )
            if len(self._guards) >= _MOST_SHAPES:
                self._guards.clear()
            self._guards[shape] = guards
        return guards

    def _needed(self, raw: dict[str, AttributeValue], guards: tuple[str, ...]) -> dict[str, AttributeValue]:
        """Of *raw* what is needed to write it, and to read it again."""
        names = (*self._table.keys, *guards)
        return raw if len(raw) <= len(names) else {name: raw[name] for name in names if name in raw}

    def _holds(self, raw: Mapping[str, AttributeValue], when: Mapping[str, Any]) -> bool:
        require_no_paths(raw, when, "when")
        return all(
            (name not in raw) if value is ABSENT else same(raw.get(name), encode(value)) for name, value in when.items()
        )

    def _with_others(
        self, raw: dict[str, AttributeValue], item: Item, own: Write | None, others: Sequence[Put | Delete]
    ) -> ConditionalWrite | None:
        """The writes as one transaction; None: nothing is to be written."""
        actions = tuple([self.other_items.action(other) for other in others])
        if own is None:
            own = Update()
        if isinstance(own, Update) and own.when and not self._holds(raw, attributes(own.when)):
            return None
        write = self._own(raw, item, own)
        if write is None:
            # The item is left as it is, but it has to be as it was for the others to be right.
            update = (
                own if isinstance(own, Update) else Update(attributes(own.item)) if isinstance(own, Put) else Update()
            )
            touched, when = (*attributes(update.set), *update.remove), tuple(attributes(update.when))
            write = ConditionalWrite(raw, dict(self._stamp), (), self._names(item, touched, when))
        return write._replace(others=actions)

    def _own(self, raw: dict[str, AttributeValue], item: Item, write: Write) -> ConditionalWrite | None:
        if isinstance(write, Update):
            return self._update(raw, item, write)
        if isinstance(write, Delete):
            guards = self._names(item, ())
            return ConditionalWrite(self._needed(raw, guards), {}, (), guards, delete=True)
        if self._reader.known is not None:
            raise Unwritable(
                "it puts the whole item, and only a part of it was read.",
                next_step="Return an Update, or read all of it.",
            )
        # As a change of what differs: what somebody else adds meanwhile stays. The stamp is the engine's own.
        whole = attributes(write.item)
        gone = [name for name in raw if name not in whole and name not in self._stamp]
        return self._update(raw, item, Update(whole, gone), whole=True)


def _said(error: BaseException) -> str:
    """The class of *error*, and what it says."""
    return f"{type_name(error)}: {error.message}" if isinstance(error, BackfillError) else describe_error(error)
