"""The context that transform is given where nothing may be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..read_only import ReadOnlyClient

if TYPE_CHECKING:
    from ..context import Context


class ReadingContext:
    """
    All of a `Context`, but that its client only reads, and that it says so as a dry run does.

    The engine's own requests go by another way.
    """

    dry_run = True

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.dynamodb = ReadOnlyClient(
            lambda: ctx.dynamodb,
            advice="Return what is to be written: an Update, a Put or a Delete.",
            who="transform",
            rule="nothing is written while it is looked what it would change",
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)
