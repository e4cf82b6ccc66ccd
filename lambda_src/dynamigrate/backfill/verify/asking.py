"""What transform still wants of the items of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...transport.page import with_texts
from ..errors import ItemRefused
from ..learning import NotRead
from ..pages import Pages
from ..sender import RequestSender
from ..values.codec import AttributeValue
from ..workers import WorkerContext
from ..writing.item_writes import ConditionalWrite, UnconditionalWrite
from .others import OthersLook
from .second_call import SecondCall


class Wanted(NamedTuple):
    """
    What transform wants.

    Attributes:
        raw: The item on whose account.
        settles: Whether it would want nothing more then.
    """

    raw: dict[str, AttributeValue]
    write: ConditionalWrite | UnconditionalWrite
    settles: bool


class Asking:
    """Asks transform about items that it has seen before. One thread's own."""

    def __init__(self, context: WorkerContext, pages: Pages, sender: RequestSender) -> None:
        self._write_for = context.transformer.write_for
        self._second_call = SecondCall(context.transformer, context.reader.filtered)
        self._others = OthersLook(context.other_items, sender)
        self._pages = pages

    def wanted(
        self, answer: dict[str, Any], known: frozenset[str] | None, refused: Callable[[ItemRefused], None]
    ) -> list[Wanted]:
        """
        What transform wants of the items in *answer*, a page, and is not so already.

        Args:
            known: What was read of them; None: all.
            refused: Is told of each item of which that can't be said.

        Raises:
            NoPage: It is none.
            BackfillError: Other items that it would write can't be read.
            Stopping: The worker has to end.
        """
        write_for = self._write_for
        found: list[Wanted] = []
        for raw, text in with_texts(answer["Items"]):
            try:
                try:
                    write = write_for(raw, known, text)
                    if write is None:
                        continue
                    found.append(Wanted(raw, write, not self._second_call.wants_more(raw, known, text, write)))
                except NotRead:
                    if (one := self._of_whole(raw)) is not None:
                        found.append(one)
            except ItemRefused as error:
                refused(error)
        return self._not_made(found)

    def still_wanted(self, wanted: Sequence[Wanted], refused: Callable[[ItemRefused], None]) -> list[Wanted]:
        """
        What of *wanted* is wanted of the items as they are now. A scan may have read one as it was a moment before.

        Raises:
            As `wanted`.
        """
        found: list[Wanted] = []
        for one in wanted:
            try:
                if (now := self._of_whole(one.raw)) is not None:
                    found.append(now)
            except ItemRefused as error:
                refused(error)
        return self._not_made(found)

    def _not_made(self, found: list[Wanted]) -> list[Wanted]:
        """Those of *found* that other items do not have already."""
        if not found:
            return found
        made = self._others.are_made([one.write for one in found])
        return [one for one, is_made in zip(found, made, strict=True) if not is_made]

    def _of_whole(self, raw: dict[str, AttributeValue]) -> Wanted | None:
        """What is wanted of the item *raw*, of which too little was read, as it is now."""
        whole = self._pages.whole(raw)
        write = None if whole is None else self._write_for(whole)
        if whole is None or write is None:
            return None
        return Wanted(whole, write, not self._second_call.wants_more(whole, None, "", write))
