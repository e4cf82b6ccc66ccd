"""docs/reference/metrics.md and events.md have what the code writes and sends, and nothing else."""

import ast
import inspect
import json
import re
import textwrap

import pytest

from dynamigrate.backfill.progress import Progress
from dynamigrate.contract.metrics import RunMetric, WatchMetric
from dynamigrate.handler.history_metrics import unit_of
from dynamigrate.handler.metrics import ProgressMetrics
from tests.docs.blocks import PROJECT
from tests.unit.handler.event_schema import SCHEMAS

METRICS = (PROJECT / "docs/reference/metrics.md").read_text(encoding="utf-8")
EVENTS = (PROJECT / "docs/reference/events.md").read_text(encoding="utf-8")
COMMON = {"version", "history", "stack", "run_id"}
# What a backfill's pace and bill add to it.
_PACE = {f"{kind}_{what}" for kind in ("read", "write") for what in ("rate", "ceiling")} | {
    "others_read",
    "others_write",
}
_BILL = {"dollars", "estimated_dollars"}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables under a heading."""
    text = page.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]
    assert found
    return found


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_metrics_of_a_history_are_those_of_the_page() -> None:
    """By name and unit."""
    for heading, kind in (("Of runs", RunMetric), ("Of what is wrong", WatchMetric)):
        told = {names(name)[0]: unit for name, unit, _ in rows(METRICS, heading)}
        assert told == {metric.value: unit_of(metric) for metric in kind}


def _figures() -> set[str]:
    """The names of the figures in the code of a backfill's progress."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(Progress._figures)))
    keys = [key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys]
    keys += [node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def test_the_metrics_of_a_backfill_are_those_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """By the names and units that a progress of all figures gives."""
    figures = {"done", "total"} | _figures() | _PACE | _BILL
    ProgressMetrics("Shop", migration="1").measure(dict.fromkeys(sorted(figures), 1.0))
    line = json.loads(capsys.readouterr().out)
    written = {one["Name"]: one["Unit"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    told = {name: unit for cell, unit in rows(METRICS, "Of a migration's progress") for name in names(cell)}
    assert told == written


def test_the_detail_types_are_those_of_the_schema() -> None:
    """In either order."""
    types = [names(line)[0] for line in EVENTS.splitlines() if re.match(r"\| `(Run|Migration) ", line)]
    assert sorted(types) == sorted(SCHEMAS)


def test_each_field_is_told_of_for_the_details_that_have_it() -> None:
    """Whoever writes a rule finds all of them, and none that is not there."""
    told: dict[str, set[str]] = {kind: set(COMMON) for kind in SCHEMAS}
    text = EVENTS.split("\n## Details\n")[1]
    for kind, part in (
        ("Run", text.split("Of a run:")[1].split("Of a migration:")[0]),
        ("Migration", text.split("Of a migration:")[1]),
    ):
        for line in part.splitlines():
            if not line.startswith("| `"):
                continue
            fields, where, _ = (cell.strip() for cell in line.strip("|").split("|"))
            for one in names(where) or [one for one in SCHEMAS if one.startswith(kind)]:
                told[one].update(names(fields))
    assert told == {kind: set(schema["properties"]) for kind, schema in SCHEMAS.items()}
    for schema in SCHEMAS.values():
        assert set(schema["required"]) >= COMMON
        assert schema["additionalProperties"] is False
