"""Markup that text can't get into: whatever is put between tags, or into an attribute, is text there."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from ..error_text import printable

_LONGEST: Final = 4_000
# Nothing may stand between these and their end.
_VOID: Final = frozenset({"rect", "path", "circle", "br"})


class Html(str):
    """Markup as it is shown. A plain `str` is text."""

    __slots__ = ()


Content = Html | str | None
NOTHING: Final = Html("")


def text(content: object, limit: int = _LONGEST) -> Html:
    """*content* as text: without control characters, cut to *limit* characters, and escaped."""
    return Html(escape(printable(content, limit)))


def joined(*parts: Content, by: str = "") -> Html:
    """All of *parts* that there are, one after the other, with the text *by* between them."""
    return Html(escape(by).join(_told(one) for one in parts if one))


def element(tag: str, *content: Content, css: str = "", **attributes: object) -> Html:
    """
    An element.

    Args:
        css: Its classes.
        attributes: Those that are None are left out; ``view_box`` is written ``viewBox``.
    """
    named = {"class": css or None, **attributes}
    told = "".join(
        f' {_NAMES.get(name, name.replace("_", "-"))}="{text(value)}"'
        for name, value in named.items()
        if value is not None
    )
    if tag in _VOID and not content:
        return Html(f"<{tag}{told}/>" if tag != "br" else "<br>")
    return Html(f"<{tag}{told}>{joined(*content)}</{tag}>")


def each(tag: str, contents: Iterable[Content], css: str = "") -> Html:
    """An element for each of *contents* that there are."""
    return joined(*(element(tag, one, css=css) for one in contents if one))


_NAMES: Final = {"view_box": "viewBox", "aspect": "preserveAspectRatio"}


def _told(content: Html | str) -> str:
    return content if isinstance(content, Html) else text(content)
