"""
A page of a scan, whose items are parsed one by one, each when its turn comes.

A page that is parsed whole is many times as large as its text, and is made and freed in memory that no cache holds. An item
that is looked at and let go before the next one is parsed takes half of the time. Its text is at hand, too.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Final

from .json_text import scan_value

_BEGIN: Final = '"Items":['
# What a scan's answer has beside its items: nothing in it is a list, so the last bracket is the end of the items.
_EXPECTED: Final = frozenset({"ConsumedCapacity", "Count", "LastEvaluatedKey", "ScannedCount"})
# Of brackets in the texts of a key.
_MOST_BRACKETS: Final = 20


class NoPage(ValueError):
    """What the service sent, with the right checksum, is no page after all."""


class _Answer(dict[str, Any]):
    """One that its items can refer to."""

    __slots__ = ("__weakref__",)


class PageItems:
    """
    The items of a page; each time they are gone through, they are parsed anew.

    Once all were gone through, the answer that they belong to says what the service said: until then, of what comes behind
    them, it has what seems to be there.
    """

    __slots__ = ("_answer", "_begin", "_count", "_end", "_text")

    def __init__(self, text: str, begin: int, end: int, answer: _Answer) -> None:
        self._text = text
        self._begin = begin
        self._end = end
        # A reference cycle would keep the text alive until the garbage collector looks for cycles, which is rare in a
        # backfill.
        self._answer = weakref.ref(answer)
        self._count: int = answer["Count"]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for item, _ in self.with_texts():
            yield item

    def with_texts(self) -> Iterator[tuple[dict[str, Any], str]]:
        """
        Each item with its JSON.

        Raises:
            NoPage: It is none.
        """
        text, at, count = self._text, self._begin, 0
        scan = scan_value
        more = not text.startswith("]", at)
        while more:
            try:
                item, end = scan(text, at)
            except (StopIteration, ValueError, RecursionError) as error:
                raise NoPage("an item is no JSON") from error
            if type(item) is not dict:
                raise NoPage("an item is no JSON object")
            count += 1
            yield item, text[at:end]
            more = text.startswith(",", end)
            at = end + more
        if count != self._count:
            raise NoPage(f"it says that it has {self._count:,} items, and has {count:,}")
        if at != self._end:
            behind = _object(text, at)
            # Whoever let go of it does not ask what it says.
            if (answer := self._answer()) is not None:
                answer.update(behind)


def with_texts(items: PageItems | Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each of *items* with its JSON, if that is at hand; empty: it is not."""
    return items.with_texts() if isinstance(items, PageItems) else ((item, "") for item in items)


def read_page(body: bytes) -> dict[str, Any] | None:
    """The answer in *body*, with `PageItems`; None: it is not written as the service writes a page, and to be parsed whole."""
    try:
        text = body.decode()
        begin = text.index(_BEGIN)
        answer = _Answer(_head(text[:begin]))
        begin += len(_BEGIN)
        end, behind = _tail(text, begin)
    except (ValueError, RecursionError):
        return None
    answer |= behind
    if not answer.keys() <= _EXPECTED or type(answer.get("Count")) is not int:
        return None
    answer["Items"] = PageItems(text, begin, end, answer)
    return answer


def _head(text: str) -> dict[str, Any]:
    """What is said before the items."""
    if text == "{":
        return {}
    if not text.endswith(","):
        raise NoPage
    head: dict[str, Any] = json.loads(f"{text[:-1]}}}")
    return head


def _tail(text: str, begin: int) -> tuple[int, dict[str, Any]]:
    """Where the items end, as it seems, and what is said behind them."""
    end = len(text)
    for _ in range(_MOST_BRACKETS):
        end = text.rindex("]", begin, end)
        try:
            return end, _object(text, end)
        except NoPage:
            # It stands in a text.
            continue
    raise NoPage


def _object(text: str, end: int) -> dict[str, Any]:
    """What *text* says behind the items, whose *end* is the bracket there."""
    behind = text[end:]
    if behind == "]}":
        return {}
    if not behind.startswith('],"'):
        raise NoPage("behind the items is no JSON")
    try:
        said: dict[str, Any] = json.loads(f"{{{behind[2:]}")
    except (ValueError, RecursionError) as error:
        raise NoPage("behind the items is no JSON") from error
    return said
