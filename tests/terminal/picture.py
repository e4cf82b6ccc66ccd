"""A terminal's screen as a picture: SVG that looks the same wherever it is shown."""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any, Final, NamedTuple

import pyte
from pyte.screens import Char

_SIZE: Final = 14.0
_CELL: Final = (8.4, 17.0)  # of one character: wide, high
_MARGIN: Final = 16.0
_BAR: Final = 34.0  # the window's
# Every system has one of them. A run of text says how wide it is, so that columns stay columns in any of them.
_FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
_BUTTONS: Final = ("#ff5f57", "#febc2e", "#28c840")  # of the window
_BACKGROUND: Final = "#16181d"
_FOREGROUND: Final = "#d7dae0"
# Of pyte's names; each has a contrast of 4.5 or more on the background.
_COLORS: Final = {
    "black": "#7f8794",
    "red": "#f2777a",
    "green": "#8fd07f",
    "brown": "#e5c07b",
    "blue": "#79b0f5",
    "magenta": "#d59bf0",
    "cyan": "#67c8cf",
    "white": "#d7dae0",
    "brightblack": "#7f8794",
    "brightred": "#ff9093",
    "brightgreen": "#a8e39a",
    "brightbrown": "#f2d492",
    "brightblue": "#9cc6fa",
    "brightmagenta": "#e3b8f7",
    "brightcyan": "#8adce2",
    "brightwhite": "#ffffff",
}


class _Style(NamedTuple):
    color: str
    background: str
    bold: bool
    italic: bool
    underlined: bool


def drawn(screen: pyte.Screen, *, title: str, prompt: str = "") -> str:
    """
    The screen, in a window.

    Args:
        title: What a reader hears who can't see it.
        prompt: The command, as it was typed above all; empty: nothing was.
    """
    lines = _lines(screen)
    rows = len(lines) + bool(prompt)
    columns = max([len(prompt) + 2, *(len(line) for line in lines)])
    width = max(columns, 60) * _CELL[0] + 2 * _MARGIN
    height = _BAR + rows * _CELL[1] + _MARGIN
    typed = (
        [_text(0, 0, "$", _Style(_COLORS["green"], "", bold=True, italic=False, underlined=False))] if prompt else []
    )
    if prompt:
        typed.append(_text(2, 0, prompt, _Style("#ffffff", "", bold=True, italic=False, underlined=False)))
    window = f'x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">',
        f"<title>{escape(title)}</title>",
        f'<rect {window} fill="{_BACKGROUND}" stroke="#3a3f4b"/>',
        *(f'<circle cx="{18 + 18 * at}" cy="17" r="5.5" fill="{color}"/>' for at, color in enumerate(_BUTTONS)),
        f'<g font-family="{_FONTS}" font-size="{_SIZE:g}" xml:space="preserve">',
        *typed,
    ]
    for row, line in enumerate(lines, start=bool(prompt)):
        for column, text, style in _runs(line):
            parts += _parts(row, column, text, style)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _lines(screen: pyte.Screen) -> list[list[Char]]:
    """Its characters, without what is blank below and to the right."""
    lines = [[screen.buffer[row][column] for column in range(screen.columns)] for row in range(screen.lines)]
    for line in lines:
        while line and line[-1].data == " " and line[-1].bg == "default" and not line[-1].reverse:
            line.pop()
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _runs(line: list[Char]) -> Iterator[tuple[int, str, _Style]]:
    """Stretches of one style, each with its column."""
    column = 0
    for style, run in groupby(line, _style):
        # What is wide has an empty character behind it.
        characters = [one.data for one in run]
        yield column, "".join(characters), style
        column += len(characters)


def _style(char: Any) -> _Style:
    color, background = _color(char.fg, _FOREGROUND, bold=char.bold), _color(char.bg, "", bold=False)
    if char.reverse:
        color, background = background or _BACKGROUND, color
    return _Style(color, background, char.bold, char.italics, char.underscore)


def _color(name: str, default: str, *, bold: bool) -> str:
    if name == "default":
        return default
    return _COLORS.get(name, f"#{name}")


def _parts(row: int, column: int, text: str, style: _Style) -> Iterator[str]:
    if style.background:
        x, y = _MARGIN + column * _CELL[0], _BAR + row * _CELL[1]
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{len(text) * _CELL[0]:.1f}" height="{_CELL[1]:.1f}" '
            f'fill="{style.background}"/>'
        )
    # Words, and not the gaps between them: a gap's width is no text's, and the picture is half as large.
    start = 0
    for piece in text.split("  "):
        stripped = piece.strip(" ")
        if stripped:
            yield _text(column + start + len(piece) - len(piece.lstrip(" ")), row, stripped, style)
        start += len(piece) + 2


def _text(column: int, row: int, text: str, style: _Style) -> str:
    x, y = _MARGIN + column * _CELL[0], _BAR + row * _CELL[1] + _SIZE
    marks = [
        *(["font-weight='bold'"] if style.bold else []),
        *(["font-style='italic'"] if style.italic else []),
        *(["text-decoration='underline'"] if style.underlined else []),
    ]
    more = "".join(f" {mark}" for mark in marks)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{style.color}" textLength="{len(text) * _CELL[0]:.1f}" '
        f'lengthAdjust="spacingAndGlyphs"{more}>{escape(text, quote=False)}</text>'
    )
