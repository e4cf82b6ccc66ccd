"""The chart in the documentation: bars, drawn as SVG by hand so that no package is needed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

_WIDTH: Final = 860
_MARGIN: Final = 24
_LABELS: Final = 310
_VALUES: Final = 140
_ROW: Final = 30
_BAR: Final = 18
_TITLE: Final = 46
_GAP: Final = 26

_STYLE: Final = """
    text { font: 14px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1f2937 }
    .title { font-size: 16px; font-weight: 600 }
    .ratio { fill: #6b7280 }
    .note { font-size: 14px; font-weight: 400 }
    .ours { font-weight: 600 }
    .page { fill: #ffffff }
    .bar { fill: #b6bfcc }
    .bar.ours { fill: #0f766e }
    @media (prefers-color-scheme: dark) {
      text { fill: #e5e7eb }
      .ratio { fill: #9ca3af }
      .page { fill: #0d1117 }
      .bar { fill: #4b5563 }
      .bar.ours { fill: #2dd4bf }
    }"""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """
    Attributes:
        text: What stands behind the bar, and *note* after it, paler.
        ours: Whether it is to stand out.
    """

    label: str
    value: float
    text: str
    note: str = ""
    ours: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Bars on one scale, from zero."""

    title: str
    note: str
    bars: Sequence[Bar]


def chart(panels: Sequence[Panel], *, description: str) -> str:
    """The panels, one below the other. *description* is for those who can't see it."""
    parts: list[str] = []
    top = _MARGIN
    for panel in panels:
        parts.extend(_panel(panel, top))
        top += _TITLE + _ROW * len(panel.bars) + _GAP
    height = top - _GAP + _MARGIN
    size = f'width="{_WIDTH}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {size}>',
            f"  <title>{escape(description)}</title>",
            f"  <style>{_STYLE}\n  </style>",
            f'  <rect class="page" width="{_WIDTH}" height="{height}" rx="8"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _panel(panel: Panel, top: int) -> list[str]:
    note = f'<tspan class="ratio note">{escape(panel.note)}</tspan>'
    lines = [f'  <text class="title" x="{_MARGIN}" y="{top + 18}">{escape(panel.title)} {note}</text>']
    longest = max(bar.value for bar in panel.bars)
    room = _WIDTH - 2 * _MARGIN - _LABELS - _VALUES
    begin = _MARGIN + _LABELS
    for number, bar in enumerate(panel.bars):
        y = top + _TITLE + number * _ROW
        width = max(1.0, bar.value / longest * room)
        ours = " ours" if bar.ours else ""
        note = f' <tspan class="ratio">{escape(bar.note)}</tspan>' if bar.note else ""
        lines += [
            f'  <text class="label{ours}" x="{begin - 12}" y="{y + 14}" text-anchor="end">{escape(bar.label)}</text>',
            f'  <rect class="bar{ours}" x="{begin}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>',
            f'  <text class="value{ours}" x="{begin + width + 8:.1f}" y="{y + 14}">{escape(bar.text)}{note}</text>',
        ]
    return lines
