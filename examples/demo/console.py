"""What the demo prints, and how it looks."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

_WIDTH = 118


class Console:
    """Numbered steps with their time, and what is shown below them."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._step = 0
        self._live = sys.stdout.isatty()

    def say(self, *lines: str) -> None:
        for line in lines:
            print(line, flush=True)

    def show(self, text: str) -> None:
        """Something that was read elsewhere, set apart from what the demo itself says."""
        for line in text.splitlines():
            self.say(f"    {line}".rstrip())

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """
        Announce a step and tell how long it took. What is yielded takes a line about how it gets on: on a terminal the
        newest one stands below the title.
        """
        self._step += 1
        began = time.monotonic()
        self.say("", f"[{self._step}] {title}")
        try:
            yield self._progress
        finally:
            self._progress("")
            self.say(f"    ({time.monotonic() - began:.0f} s)")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        texts = [[str(cell) for cell in row] for row in [columns, *rows]]
        widths = [max(len(row[index]) for row in texts) for index in range(len(columns))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in texts]
        self.show("\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]]))

    def log(self, lines: Sequence[str]) -> None:
        """A function's log as a terminal shows it, level and message, run after run; Lambda's own lines are passed over."""
        run = None
        for line in lines:
            try:
                content = json.loads(line)
            except ValueError:
                continue
            if not isinstance(content, dict):
                continue
            if "_aws" in content:
                # A line in CloudWatch's embedded metric format, which CloudWatch makes metrics of.
                self.show(f"  {_metric_line(content)}")
                continue
            if content.get("run_id") != run:
                run = content.get("run_id")
                self.show(f"run {run}")
            self.show(f"  {_log_line(content)}")

    def elapsed(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._began

    def _progress(self, line: str) -> None:
        if self._live:
            print(f"\r\x1b[2K    {line[:_WIDTH]}" if line else "\r\x1b[2K", end="", flush=True)


def _log_line(content: Mapping[str, Any]) -> str:
    """Level and message: all that the CDK command line shows of a line."""
    return _shortened(f"{content.get('level', ''):<7} {content.get('message', '')}")


def _metric_line(content: Mapping[str, Any]) -> str:
    names = [one["Name"] for metrics in content["_aws"]["CloudWatchMetrics"] for one in metrics["Metrics"]]
    values = {name: content[name] for name in names}
    # A metric has a list of values, and these have one each.
    words = [f"{name}={json.dumps(value[0] if len(value) == 1 else value)}" for name, value in values.items()]
    return _shortened(f"METRICS for CloudWatch: {' '.join(words)}")


def _shortened(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."
