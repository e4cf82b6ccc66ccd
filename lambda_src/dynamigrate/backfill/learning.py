"""
Which attributes a transform reads, learned from its first items, so that later pages have no others.

Reading less costs the same capacity, which goes by the size of the stored item, and saves most of what an item costs
this process. Whatever was not read is read at once when an item asks for it: that item, whole.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from .values.codec import AttributeValue
from .values.names import attributes, listed
from .values.paths import top_level
from .writes import Put, Update, Write

# Many items of each kind that a table has; a table with fewer is read whole.
ENOUGH_ITEMS: Final = 1_000
# Of a hundred items. Each that has to be read again costs a request, which is more than reading less saves for it.
_MOST_READ_AGAIN: Final = 2
# "Limits" in the developer guide: 4 KB for an expression. A transform that reads more than this reads nearly all.
_MOST_NAMES: Final = 50
_LONGEST_NAMES: Final = 2_000


class NotRead(BaseException):
    """
    An item was asked for what was not read of it.

    It is no `Exception`, so that a transform that catches those passes it on; an item remembers it all the same.
    """


class Narrowed(frozenset[str]):
    """Names of attributes that were read, where more can be read when it is asked for."""

    __slots__ = ()


class Looked(Protocol):
    """An item after transform was called with it."""

    _noted: dict[str, None]

    @property
    def _wants_more(self) -> bool: ...


class Learner:
    """
    Learns from items that were read whole. Threads share it.

    Args:
        always: What is read in any case: the key, and what the engine itself looks at.

    Attributes:
        known: What is to be read of the next page; None: all.
        is_open: Whether it still learns; False: everything is read, for good.
    """

    def __init__(self, always: Iterable[str], *, enough: int | None = None) -> None:
        self.known: Narrowed | None = None
        self.is_open = True
        self._always = tuple(always)
        self._enough = ENOUGH_ITEMS if enough is None else enough
        self._seen = 0
        self._there: set[str] = set()
        self._asked: set[str] = set()
        self._narrow = self._again = 0
        self._one_at_a_time = threading.Lock()

    def observe(self, raw: Mapping[str, AttributeValue], asked: Iterable[str]) -> None:
        """An item that was read whole: what it has, and what was asked of it, there or not."""
        if not self.is_open:
            return
        with self._one_at_a_time:
            # Another thread may have ended it while this one waited.
            if not self.is_open:
                return
            self._seen += 1
            self._there.update(raw)
            before = len(self._asked)
            self._asked.update(asked)
            if self._seen >= self._enough and (self.known is None or len(self._asked) > before):
                self._decide()

    def look_at(
        self, raw: Mapping[str, AttributeValue], item: Looked, known: frozenset[str] | None, own: Write | None
    ) -> None:
        """
        Learn from *item*, for which transform returned *own*, if it was read whole.

        Raises:
            NotRead: It was not, and transform asked for more, or would write what was not read.
        """
        if type(known) is not Narrowed:
            if self.is_open:
                self.observe(raw, set().union(raw if isinstance(own, Put) else item._noted, *_touched(own)))
        elif item._wants_more or isinstance(own, Put):
            raise NotRead
        else:
            for names in _touched(own):
                if not known.issuperset(names):
                    raise NotRead

    def read_narrow(self, items: int) -> None:
        """So many items were read of which there is more."""
        self._narrow += items

    def read_again(self) -> None:
        """An item had to be read whole after all."""
        with self._one_at_a_time:
            self._again += 1
            if self._again > max(self._enough, self._narrow) * _MOST_READ_AGAIN / 100:
                self._stop()

    def _decide(self) -> None:
        names = {*self._always, *self._asked}
        spared = len(self._there - names)
        # A name with dots beside what looks like its parent is taken for a path by some, placeholder or not.
        odd = any(not name or top_level(name) != name for name in names)
        long = len(names) > _MOST_NAMES or sum(len(name.encode("utf-8", "replace")) for name in names) > _LONGEST_NAMES
        if odd or long or spared * 4 < len(self._there):
            self._stop()
        else:
            self.known = Narrowed(names)

    def _stop(self) -> None:
        self.is_open, self.known = False, None


def _touched(own: Write | None) -> tuple[Iterable[str], ...]:
    """The names of the attributes that *own* writes, or looks at."""
    if not isinstance(own, Update):
        return ()
    if own.remove:
        # Looked at more than once, which an iterator would not stand.
        own.remove = listed(own.remove)
    return attributes(own.set), own.remove, attributes(own.when) if own.when else ()


def projection(known: Narrowed) -> dict[str, Any]:
    """The arguments of a Scan that read *known* alone."""
    names = {f"#p{number}": name for number, name in enumerate(sorted(known))}
    return {"ProjectionExpression": ",".join(names), "ExpressionAttributeNames": names}
