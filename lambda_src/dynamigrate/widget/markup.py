"""Markup that text can't get into: whatever is put between tags, or into an attribute, is text there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from ..error_text import printable

_LONGEST: Final = 4_000
# What changes the direction of the text that follows, which would then be read as something else.
_TURNS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Nothing may stand between these and their end.
_VOID: Final = frozenset({"rect", "path", "circle", "br"})


class Html(str):
    """Markup as it is shown. A plain `str` is text."""

    __slots__ = ()


Content = Html | str | None
NOTHING: Final = Html("")


def text(content: object, limit: int = _LONGEST) -> Html:
    """*content* as text: with escapes for what can't be seen, cut to *limit* characters, and without markup."""
    return Html(escape(_TURNS.sub(lambda found: f"\\u{ord(found[0]):04x}", printable(content, limit))))


def joined(*parts: Content, by: str = "") -> Html:
    """All of *parts* that there are, one after the other, with the text *by* between them."""
    return Html(escape(by).join(_told(one) for one in parts if one))


def element(tag: str, *content: Content, css: str = "", by: str = "", **attributes: object) -> Html:
    """
    An element.

    Args:
        css: Its classes.
        by: What stands between the parts of its content.
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
    return Html(f"<{tag}{told}>{joined(*content, by=by)}</{tag}>")


def each(tag: str, contents: Iterable[Content], css: str = "") -> Html:
    """An element for each of *contents* that there are."""
    return joined(*(element(tag, one, css=css) for one in contents if one))


_NAMES: Final = {"view_box": "viewBox", "aspect": "preserveAspectRatio"}


def _told(content: Html | str) -> str:
    return content if isinstance(content, Html) else text(content)
