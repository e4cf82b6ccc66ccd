"""How the widget looks: one style sheet, in whose every rule the widget's own class stands first."""

from __future__ import annotations

from functools import cache
from typing import Final

from .markup import Html
from .palette import DARK, LIGHT, STATES
from .viewer import Viewer

ROOT: Final = "dynamigrate"
# `cwdb-no-default-styles` has CloudWatch leave out its own, which would be laid over tables and links here.
_PLAIN: Final = "cwdb-no-default-styles"

# Each line a rule; `&` is the widget's own class.
_RULES: Final = """
& { box-sizing: border-box; color: var(--text); container-type: inline-size; font: 13px/1.45 "Amazon Ember", "Open Sans",
 "Helvetica Neue", Roboto, Arial, sans-serif; font-variant-numeric: tabular-nums; padding: 2px 2px 8px; }
& * { box-sizing: border-box; }
& b, & h2, & h3 { font-weight: 700; }
& h2, & h3, & p, & ul, & dl, & dd { margin: 0; padding: 0; }
& ul { list-style: none; }
& time { white-space: nowrap; }
& .quiet { color: var(--quiet); }
& .said { overflow-wrap: anywhere; }
& .id { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 12px; }
& svg { display: block; flex: none; }

& .head { align-items: center; display: flex; flex-wrap: wrap; gap: 6px 16px; margin-bottom: 10px; }
& .verdict { align-items: center; display: flex; flex: 1 1 220px; font-size: 20px; font-weight: 700; gap: 10px; line-height: 1.25;
 min-width: 0; }
& .whose { flex: 0 1 auto; font-size: 12px; min-width: 0; text-align: right; }
&.narrow .whose { flex-basis: 100%; text-align: left; }

& .sums { align-items: center; display: flex; flex-wrap: wrap; gap: 8px 28px; margin-bottom: 14px; }
& .counts { display: flex; flex-wrap: wrap; gap: 4px 20px; }
& .counts li { align-items: baseline; display: flex; gap: 6px; }
& .counts b { font-size: 20px; line-height: 1.2; }
& .ribbon { flex: 1 1 220px; height: 14px; min-width: 0; }

& .matter { background: var(--panel); border-left: 4px solid var(--missing); border-radius: 4px; margin-bottom: 10px;
 padding: 10px 14px 12px; }
& .matter h3 { font-size: 14px; }
& .matter > * + * { margin-top: 6px; }
& .matter .do { font-weight: 700; margin-top: 10px; }
& .error { border-radius: 3px; font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
 font-size: 12px; padding: 6px 8px; white-space: pre-wrap; }
& .command { align-items: baseline; display: flex; flex-wrap: wrap; gap: 2px 10px; margin-top: 4px; }
& .command > span { color: var(--quiet); flex: 0 0 64px; font-size: 12px; }
& code { background: var(--button); border: 1px solid var(--line); border-radius: 3px; color: var(--text);
 font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 12px; overflow-wrap: anywhere;
 padding: 2px 7px; user-select: all; -webkit-user-select: all; }
& .command code { flex: 0 1 auto; min-width: 0; }
&.narrow .command > span { flex-basis: 100%; }
& .word { white-space: nowrap; }

& .columns { align-items: flex-start; column-gap: 36px; display: flex; flex-wrap: wrap; }
& .columns > .main { flex: 5 1 480px; min-width: 0; }
& .columns > .side { flex: 3 1 300px; min-width: 0; }
&.narrow .columns > * { flex-basis: 100%; }

& .section { border-top: 1px solid var(--line); margin-top: 12px; padding-top: 10px; }
& .section.first { border-top: 0; margin-top: 0; padding-top: 0; }
& .stages { margin-bottom: 26px; }
& .section > h3 { color: var(--quiet); font-size: 12px; letter-spacing: .02em; margin-bottom: 6px; }

& .work { margin-bottom: 12px; }
& .work .top { align-items: center; display: flex; flex-wrap: wrap; gap: 4px 10px; }
& .work .name { flex: 1 1 200px; min-width: 0; }
& .track { background: var(--track); border-radius: 5px; height: 10px; margin: 6px 0 5px; overflow: hidden; width: 100%; }
& .row .track { border-radius: 3px; height: 6px; max-width: 420px; }
& .fill { border-radius: inherit; height: 100%; min-width: 2px; }
& .figures { display: flex; flex-wrap: wrap; gap: 2px 16px; }

& a.btn { background: var(--button); border: 1px solid var(--running); border-radius: 14px; color: var(--running); cursor: pointer;
 display: inline-block; font-size: 12px; font-weight: 700; line-height: 1.3; padding: 3px 13px; text-decoration: none;
 user-select: none; -webkit-user-select: none; white-space: nowrap; }
& a.btn:hover { background: var(--running-tint); }

& .row { align-items: baseline; border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 2px 12px; padding: 6px 0; }
& .rows > .row:first-child { border-top: 0; padding-top: 0; }
& .pill { border-radius: 10px; flex: none; font-size: 11px; font-weight: 700; line-height: 18px; padding: 0 9px; text-align: center;
 white-space: nowrap; }
& .row > .pill { min-width: 78px; }
& .row .name { flex: 1 1 160px; min-width: 0; }
& .row .when { flex: 0 0 116px; text-align: right; }
& .row .took { flex: 0 0 84px; text-align: right; white-space: nowrap; }
& .row .note { color: var(--quiet); display: block; font-size: 12px; }
&.narrow .row .when, &.narrow .row .took { flex: 0 0 auto; font-size: 12px; text-align: left; }
&.narrow .row .when { margin-left: 90px; }
&.narrow .row .name { flex-basis: calc(100% - 90px); }
&.narrow .row .when .note { display: inline; margin-left: 8px; }
&.narrow .row .when:empty, &.narrow .row .took:empty { display: none; }

& details { margin-top: 6px; }
& .rows > details { border-top: 1px solid var(--line); margin: 0; padding: 6px 0; }
& summary { color: var(--running); cursor: pointer; font-size: 12px; font-weight: 700; }

& table { border-collapse: collapse; color: inherit; font: inherit; width: 100%; }
& .scroll { overflow-x: auto; }
& th, & td { border-top: 1px solid var(--line); padding: 6px 12px 6px 0; text-align: left; vertical-align: top; }
& th { border-top: 0; color: var(--quiet); font-size: 12px; font-weight: 700; padding-top: 0; white-space: nowrap; }
& td:last-child, & th:last-child { padding-right: 0; }
& .cell { align-items: baseline; display: inline-flex; gap: 6px; white-space: nowrap; }
& .lock { align-items: baseline; display: flex; gap: 10px; }
& .lock span { min-width: 0; }
"""


@cache
def style_sheet(*, dark: bool) -> Html:
    """
    The style sheet of one theme.

    It has to stand inside of the widget's own element: what cleans markup may drop one that comes before all elements.
    """
    tokens = DARK if dark else LIGHT
    colours = "; ".join(f"--{name.replace('_', '-')}: {value}" for name, value in tokens.items())
    states = "\n".join(
        f"& .pill.{one}, & .error.{one} {{ background: var(--{one}-tint); color: var(--{one}); }}\n"
        f"& .matter.{one} {{ border-left-color: var(--{one}); }}\n"
        f"& .fill.{one} {{ background: var(--{one}); }}\n"
        f"& .ink.{one} {{ color: var(--{one}); }}\n"
        f"& rect.{one} {{ fill: var(--{one}); }}"
        for one in STATES
    )
    rules = f"& {{ {colours} }}\n{_RULES.strip()}\n{states}"
    return Html(f"<style>\n{rules.replace('&', f'.{ROOT}')}\n</style>")


def classes(viewer: Viewer) -> str:
    """Those of the widget's own element."""
    return " ".join([_PLAIN, ROOT, "dark" if viewer.dark else "light", *(["narrow"] if viewer.narrow else [])])
