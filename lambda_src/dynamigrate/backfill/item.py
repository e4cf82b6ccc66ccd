"""The item that a transform gets."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from ..error_text import safe_repr
from .errors import BackfillError
from .learning import Narrowed, NotRead
from .values.codec import AttributeValue, decode, decode_all, encode_all
from .values.names import plain
from .views import Names, Pairs
from .writing.in_place import CHANGEABLE, is_still

# What is known of an item that was asked for more than was read of it: from then on it has no answer to give.
_MORE: Final = Narrowed()


class _Shown(dict[str, Any]):
    """
    What an item says that its class is, so that `isinstance` takes it for a dict.

    It can't be one: C code reads the storage of a dict, and of what inherits from it, without asking, so nobody would
    know what was read. Whoever makes one gets a dict.
    """

    def __new__(cls, *args: Any, **more: Any) -> Any:
        return dict(*args, **more)


# In messages, such as that of json.
_Shown.__name__ = _Shown.__qualname__ = "Item"


class Item(Mapping[str, Any]):
    """
    An item of a table, to be read like a dict.

    It notes which attributes were asked for, present or not, in whatever way: a write is made only while they are as
    they were. An attribute is decoded when it is first asked for. It can't be changed in place; to change something,
    return an `Update`. ``{**item}``, ``dict(item)``, ``item.copy()``, ``item | {...}`` and what `copy` and `pickle` make
    of it are dicts of their own, and the lists, maps and sets in them are the item's, except in deep copies.

    `isinstance` takes it for a dict. What C code wants to be a dict in memory, it is not: ``json.dumps(dict(item))``.

    In a test, make one of the values that the table would have, as `dict` is called. Numbers come out as `Decimal`.

    Raises:
        TypeError: DynamoDB has no such value, or name.
        ArithmeticError: Nor such a number.
    """

    __slots__ = ("_known", "_noted", "_raw", "_text", "_values")

    def __init__(self, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **more: Any) -> None:
        self._raw: dict[str, AttributeValue] = encode_all(dict(values, **more))
        self._known: frozenset[str] | None = None
        self._noted: dict[str, None] = {}
        self._values: dict[str, Any] = {}
        self._text = ""

    @classmethod
    def _of(cls, raw: dict[str, AttributeValue], known: frozenset[str] | None = None, text: str = "") -> Self:
        """
        An item from DynamoDB's own notation.

        Args:
            known: The attributes that were read from the table; None: all.
            text: *raw* as JSON; empty: it is not at hand.
        """
        item = cls.__new__(cls)
        item._raw = raw
        item._known = known
        item._noted = {}
        item._values = {}
        item._text = text
        return item

    @property
    def _wants_more(self) -> bool:
        """Whether it was asked for what was not read of it, and whoever asked may not have passed that on."""
        return self._known is _MORE

    def asked_for(self) -> tuple[str, ...]:
        """
        The attributes that were asked for so far, there or not: while they are as they were, what is made of the item may
        be written.
        """
        return tuple(self._noted)

    def changed_in_place(self) -> tuple[str, ...]:
        """
        The attributes whose list, map or set was changed since it was read.

        A backfill refuses an item of which transform changed something so and did not return it.
        """
        changeable = [(name, value) for name, value in self._values.items() if type(value) in CHANGEABLE]
        return tuple([name for name, value in changeable if not is_still(value, self._raw[name])])

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return _Shown

    def __getitem__(self, name: str) -> Any:
        if type(name) is not str:
            name = plain(name)
        values = self._values
        # Then it is noted, too.
        if name in values:
            return values[name]
        raw = self._raw.get(name)
        if raw is None:
            self._miss(name)
            raise KeyError(name)
        self._noted[name] = None
        value = values[name] = decode(raw)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        if type(name) is not str:
            name = plain(name)
        if name in self._raw:
            return self[name]
        self._miss(name)
        return default

    def __contains__(self, name: object) -> bool:
        if type(name) is not str:
            name = plain(name)
        if name in self._raw:
            self._noted[name] = None
            return True
        self._miss(name)
        return False

    def __iter__(self) -> Iterator[str]:
        self._note_all()
        return iter(self._raw)

    def __reversed__(self) -> Iterator[str]:
        self._note_all()
        return reversed(self._raw)

    def keys(self) -> KeysView[str]:
        return Names(self)

    def values(self) -> ValuesView[Any]:
        return self._all().values()

    def items(self) -> ItemsView[str, Any]:
        return Pairs(self)

    def copy(self) -> dict[str, Any]:
        return dict(self._all())

    @classmethod
    def fromkeys(cls, names: Iterable[str], value: Any = None) -> dict[str, Any]:
        return dict.fromkeys(names, value)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return self._all() | other if isinstance(other, dict) else NotImplemented

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return other | self._all() if isinstance(other, dict) else NotImplemented

    def __ior__(self, other: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> dict[str, Any]:
        made = self.copy()
        made.update(other)
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self._all() == (other._all() if type(other) is Item else dict(other))

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        self._note_all()
        return len(self._raw)

    def __bool__(self) -> bool:
        return bool(self._raw)

    def __repr__(self) -> str:
        return repr(self._all())

    def __copy__(self) -> dict[str, Any]:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return deepcopy(self._all(), memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self.copy(),)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return self.__reduce__()

    def __getstate__(self) -> dict[str, Any]:
        return self.copy()

    if not TYPE_CHECKING:  # they are there to say what to do; a type checker says at once that nothing changes an item

        def __setitem__(self, name: str, value: Any) -> NoReturn:
            raise _unchangeable(f"return Update(set={{{_quoted(name)}: ...}}).")

        def __delitem__(self, name: str) -> NoReturn:
            raise _unchangeable(f"return Update(remove=[{_quoted(name)}]).")

        def pop(self, name: str, *default: Any) -> NoReturn:
            raise _unchangeable(f"read item.get({_quoted(name)}), and return Update(remove=[{_quoted(name)}]).")

        def popitem(self) -> NoReturn:
            raise _unchangeable("return Update(remove=[...]).")

        def setdefault(self, name: str, default: Any = None) -> NoReturn:
            raise _unchangeable(
                f"read item.get({_quoted(name)}, ...), and return Update(set={{{_quoted(name)}: ...}})."
            )

        def update(self, *values: Any, **more: Any) -> NoReturn:
            raise _unchangeable("return Update(set={...}), or Put(item | {...}).")

        def clear(self) -> NoReturn:
            raise _unchangeable("return Delete(), or Update(remove=[...]).")

    def _all(self) -> dict[str, Any]:
        self._need_all()
        values = self._values
        if len(values) != len(self._raw):
            decoded = decode_all(self._raw)
            # What was handed out before stays what it is.
            decoded.update(values)
            values = self._values = decoded
            self._note_all()
        return values

    def _need_all(self) -> None:
        if type(self._known) is Narrowed:
            self._known = _MORE
            raise NotRead

    def _note_all(self) -> None:
        self._need_all()
        names = dict.fromkeys(self._raw)
        if self._noted:
            self._noted.update(names)
        else:
            self._noted = names

    def _miss(self, name: object) -> None:
        """Note that *name* is not there."""
        # Nothing else can ever be an attribute.
        if type(name) is not str:
            hash(name)
            return
        if self._known is not None and name not in self._known:
            if type(self._known) is Narrowed:
                self._known = _MORE
                raise NotRead
            self._noted[name] = None
            raise BackfillError(
                f"The attribute {name!r} was not read from the table.",
                next_step="Name it in projection=, or scan an index that has it.",
            )
        self._noted[name] = None


def _unchangeable(advice: str) -> TypeError:
    return TypeError(f"The item can't be changed in place: {advice} Or change a dict of your own: dict(item).")


def _quoted(name: object) -> str:
    return safe_repr(plain(name))
