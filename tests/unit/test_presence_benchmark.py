"""What the page says of the cost of being there: ratios to what does the same job, counts, and dollars."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import __main__ as program
from benchmarks import parts
from benchmarks.grid import TIMES
from benchmarks.presence import section
from benchmarks.presence.counts import Counts
from benchmarks.presence.idle import idle_dollars
from benchmarks.presence.series import Synth

from tests.unit.presences import counts_of, presences


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]


def test_a_ratio_is_to_the_same_job_and_only_ours_have_one() -> None:
    """The app without any is no job, and Provider is what it is compared to."""
    rows = _rows(section.tables(presences(ours=6.0))["times"])
    assert rows[0][:3] == ["seconds", "synth", "ratio"]
    assert [row[2][:4] for row in rows[2:]] == ["", "", "1.00", "", "1.50"]


def test_the_verdict_says_what_is_slower_and_how_many_resources_there_are() -> None:
    """As it was measured, whether that is liked or not."""
    text = section.markdown(presences(ours=6.0))
    assert f"slower in: synth 1.50{TIMES} (1.5 to 1.5); fewer resources, 21 to 24." in text
    assert "nowhere slower; more resources, 15 to 12." in text
    assert "$times" not in text


def test_rounds_that_differ_in_which_is_quicker_do_not_tell() -> None:
    """A machine is slow for a while, and its median says nothing then."""
    found = presences()
    quicker, slower = Synth(seconds=3.0, cpu=2.0), Synth(seconds=5.0, cpu=2.0)
    differing = replace(found, synths={**found.synths, "ours": [quicker, slower, slower]})
    text = section.markdown(differing)
    assert f"nowhere slower; not told by the rounds in: synth 1.25{TIMES} (0.75 to 1.25); fewer" in text


def test_a_month_is_what_is_beyond_the_app_without_it() -> None:
    """Dashboards, alarms and the metrics that they go by; without these it is the stored code alone."""
    alone = counts_of()
    assert idle_dollars(counts_of(21, zips=(1_000_000_000,)), alone) == pytest.approx(0.023)
    watched = idle_dollars(counts_of(37, alarms=4, dashboards=1), alone)
    assert watched == pytest.approx(3.00 + 4 * 0.10 + 4 * 0.30, abs=0.03)


def test_resources_are_counted_as_they_are_deployed(tmp_path: Path) -> None:
    """Without what asks who uses CDK; and code that two functions have is one piece."""
    types = ["AWS::Lambda::Function", "AWS::Lambda::Function", "AWS::IAM::Policy", "AWS::CDK::Metadata"]
    template = {"Resources": {f"R{number}": {"Type": one} for number, one in enumerate(types)}}
    (tmp_path / "asset").mkdir()
    (tmp_path / "asset/index.py").write_text("x = 1\n" * 1000)
    (tmp_path / "ready.zip").write_bytes(bytes(2000))
    files = {
        "code": {"source": {"path": "asset", "packaging": "zip"}},
        "ready": {"source": {"path": "ready.zip", "packaging": "file"}},
        "template": {"source": {"path": "Shop.template.json", "packaging": "file"}},
    }
    (tmp_path / "Shop.template.json").write_text(json.dumps(template))
    (tmp_path / "Shop.assets.json").write_text(json.dumps({"files": files}))
    found = Counts.of(tmp_path, "Shop")
    assert (found.resources, found.policies, found.functions) == (3, 1, 2)
    zipped, ready = found.zips
    assert (0 < zipped < 1000, ready) == (True, 2000)


def test_measured_alone_it_leaves_all_else_of_the_page_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quick run writes nothing."""
    results = presences()
    text = section.MARKS.around(section.markdown(results))
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{text.replace('2.275.0', 'old')}\nafter\n")
    monkeypatch.setattr(program, "_PAGE", page)
    monkeypatch.setattr(parts, "measure_presences", lambda *_: results)
    for options in ["--presence", "--quick"], ["--presence"]:
        assert "old" in page.read_text()
        monkeypatch.setattr(sys, "argv", ["benchmarks", *options])
        program.main()
    assert page.read_text() == f"before\n{text}\nafter\n"
