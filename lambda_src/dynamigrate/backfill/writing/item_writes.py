"""The two kinds of writes, an attempt to make one, and what became of the attempts of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from boto3.dynamodb.types import Binary

from ..errors import BackfillError
from ..segment import Page
from ..table import Table
from ..values.codec import AttributeValue, decode, encode

# A table's name, and the values of a key.
Identity = tuple[Any, ...]

# Writes and attempts are tuples: one of each is built for every item, and a frozen dataclass takes three times as long.


class ConditionalWrite(NamedTuple):
    """
    A change of the item that transform was given, made only while the item is as it was read.

    Attributes:
        raw: Of the item as it was read its key and the guards, at least. All of it would be many times what is sent, in
            memory that no cache holds any more once the write is made.
        set: Attributes to write.
        remove: Attributes to take away.
        guards: Attributes that must be as they were read.
        delete: Delete the item instead.
        others: Actions on other items, in the same transaction; None: no transaction.
    """

    raw: dict[str, AttributeValue]
    set: dict[str, AttributeValue]
    remove: tuple[str, ...]
    guards: tuple[str, ...]
    delete: bool = False
    others: tuple[dict[str, Any], ...] | None = None


class UnconditionalWrite(NamedTuple):
    """
    A whole item that is put or deleted, whatever is there.

    Attributes:
        raw: The key of the item that transform was given.
        table: Where to write.
        key: Equal where two writes are to one item.
        text: Its entry in a ``BatchWriteItem``, as JSON.
    """

    raw: dict[str, AttributeValue]
    table: Table
    key: Identity
    text: str


_WRITES: Final = (ConditionalWrite, UnconditionalWrite)
W = TypeVar("W", bound=ConditionalWrite | UnconditionalWrite)
W_co = TypeVar("W_co", bound=ConditionalWrite | UnconditionalWrite, covariant=True)


class Outline(Protocol[W_co]):
    """What a write has beside its entry in a batch; many writes have the same one."""

    def write(self, text: str) -> W_co:
        """The write that *text* is the entry of."""
        ...


class Attempt(NamedTuple, Generic[W]):
    """
    One attempt to make a write.

    Attributes:
        kept: The write, or its outline. Few writes are looked at again once they are sent, and their dicts are many times as
            large as the text: those of all threads that wait for an answer do not fit in a cache.
        page: The page that is acknowledged once the write is made.
        text: The write's entry in a batch, as JSON; empty: it takes a request of its own.
        tries: How many attempts came before, each of which found that the item had changed.
    """

    kept: W | Outline[W]
    page: Page
    text: str = ""
    tries: int = 0

    @property
    def write(self) -> W:
        kept = self.kept
        return kept if isinstance(kept, _WRITES) else kept.write(self.text)


class Rejected(NamedTuple, Generic[W]):
    """
    An attempt that the service refused for what is in it.

    Attributes:
        what: What happened, in words that follow the item's name.
    """

    attempt: Attempt[W]
    what: str
    cause: Exception | None = None


@dataclass(slots=True, kw_only=True)
class WriteResult(Generic[W]):
    """
    What became of the attempts of one request. Each of them is in one list, but for those that *failure* is about, which
    are in none.

    Attributes:
        acknowledged: They are written.
        conflicted: Their items are not as they were read, and nothing is written.
        throttled: There was no capacity for them; they are to be sent again.
        interrupted: They failed for other reasons that pass, and are to be sent again.
        rejected: They can't be written.
        apart: All were refused because of one: each is to be sent by itself.
        reasons: What the service said of the throttled ones.
        failure: What ends the backfill.
    """

    acknowledged: Sequence[Attempt[W]] = ()
    conflicted: Sequence[Attempt[ConditionalWrite]] = ()
    throttled: Sequence[Attempt[W]] = ()
    interrupted: Sequence[Attempt[W]] = ()
    rejected: Sequence[Rejected[W]] = ()
    apart: Sequence[Attempt[W]] = ()
    reasons: Sequence[str] = ()
    failure: BackfillError | None = None


def identity(table: Table, item: Mapping[str, Any]) -> Identity:
    """What tells *item* from all others, and is the same however its key is written."""
    return (table.name, *[value if type(value := item[name]) is str else _comparable(value) for name in table.keys])


def _comparable(value: Any) -> Any:
    plain = decode(encode(value))
    # Any other type is none of a key's, which the service is going to say.
    return plain if isinstance(plain, str | Decimal | Binary) else repr(plain)
