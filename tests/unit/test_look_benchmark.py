"""What the benchmark of looks makes of what it finds. Nothing is measured here."""

import sys
from pathlib import Path

import boto3
import pytest
from benchmarks import __main__ as program
from benchmarks import parts
from benchmarks.contenders import OUR_LOOK, OUR_UPDATES, ours
from benchmarks.looks import section
from benchmarks.looks.series import LookResults
from benchmarks.results import Comparison
from benchmarks.stub import Statistics, Stub
from benchmarks.worker import Measurement

from tests.unit.fleet_results import MACHINE


def _results(others: float = 0.0) -> LookResults:
    """A look takes a quarter of the processor's time, and a tenth of the requests."""

    def measured(cpu: float, requests: int) -> Measurement:
        return Measurement(
            items=1000,
            cpu=cpu,
            seconds=1,
            operations={"Scan": requests},
            stub=0.1,
            peak=50_000_000,
            others=others,
        )

    found = {OUR_UPDATES.name: [measured(20, 500)] * 3, OUR_LOOK.name: [measured(5, 50)] * 3}
    return LookResults(machine=MACHINE, items=1_000_000, measured=Comparison(measured=found))


def test_each_figure_has_that_of_both_and_the_looks_part() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in section.tables(_results())["looks"].splitlines()
    ]
    assert rows[0] == ["1,000,000 items", "the backfill", "a look at all of them", "ratio"]
    assert [row[3][:4] for row in rows[2:]] == ["0.25", "0.10", "1.00"]
    assert rows[3][:3] == ["requests", "500", "50"]


def test_a_core_that_others_used_is_said_to_have_been() -> None:
    assert "**Disturbed:** others used 31% to 31%" in section.markdown(_results(others=0.31))
    assert "Disturbed" not in section.markdown(_results())
    assert "$" not in section.markdown(_results())


def test_the_look_that_is_measured_looks_at_all_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a table that is as it should be."""
    with Stub.start() as stub:
        client = boto3.client("dynamodb", endpoint_url=stub.endpoint)
        monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
        before = Statistics.of(stub.endpoint)
        ours.look(stub.endpoint, "orders-2000")
        requests = Statistics.of(stub.endpoint).since(before).requests
    assert set(requests) == {"DescribeTable", "Scan"}


def test_looks_measured_alone_leave_all_else_of_the_page_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quick run writes nothing."""
    results = _results()
    text = section.MARKS.around(section.markdown(results))
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{text.replace('1,000,000', 'old')}\nafter\n")
    monkeypatch.setattr(program, "_PAGE", page)
    monkeypatch.setattr(parts, "measure_looks", lambda *_: results)
    for options in ["--verify", "--quick"], ["--verify"]:
        assert "old" in page.read_text()
        monkeypatch.setattr(sys, "argv", ["benchmarks", *options])
        program.main()
    assert page.read_text() == f"before\n{text}\nafter\n"
    with pytest.raises(ValueError, match="no section about looks"):
        section.MARKS.replaced("# Performance\n", text)
