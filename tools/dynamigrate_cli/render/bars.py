"""The bar of one migration: how much is done, once that is known, and how long it has taken."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from .quantities import duration


class _Bar(BarColumn):
    """Nothing, while it is not known how much there is to do."""

    def render(self, task: Task) -> RenderableType:  # type: ignore[override]
        return Text("") if task.total is None else super().render(task)


class _Elapsed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(duration(round(task.elapsed or 0)) if task.elapsed else "", style="quiet")


def new_bars(console: Console) -> Progress:
    """One that goes away when it has ended."""
    return Progress(
        SpinnerColumn("dots" if console.encoding.lower().startswith("utf") else "line"),
        TextColumn("{task.description}"),
        _Bar(bar_width=24),
        TextColumn("{task.fields[how]}"),
        _Elapsed(),
        console=console,
        transient=True,
        # What migrations print comes by stderr.
        redirect_stdout=False,
        refresh_per_second=8,
    )
