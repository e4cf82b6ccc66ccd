"""What the benchmark of fleets makes of what it finds. Nothing is measured here."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import boto3
import pytest
from benchmarks import __main__ as program
from benchmarks import parts
from benchmarks.processes import section
from benchmarks.processes.results import HIGH, LOW, FleetResults
from benchmarks.processes.trial import Sample, busiest_second
from benchmarks.spread import Spread
from benchmarks.stub import Statistics, Stub

from tests.unit.fleet_results import MACHINE, fleet_results, outcome


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub.start() as running:
        yield running


def _marked(results: FleetResults) -> str:
    return section.MARKS.around(section.markdown(results))


def test_the_stub_counts_what_it_is_asked_to_write(stub: Stub) -> None:
    """Each statement, whatever a text in it says."""
    client = boto3.client("dynamodb", endpoint_url=stub.endpoint)
    before = Statistics.of(stub.endpoint)
    statement = 'UPDATE "orders-10" SET "status"=? WHERE "id"=?'
    for count in (25, 3):
        client.batch_execute_statement(
            Statements=[{"Statement": statement, "Parameters": [{"S": '"Statement"'}, {"S": "a"}]}] * count
        )
    assert Statistics.of(stub.endpoint).since(before).statements == 28


def test_each_fleet_has_its_rate_its_part_of_the_ceiling_and_what_one_comes_to() -> None:
    rows = [line.split("|")[1:-1] for line in section.tables(fleet_results())["fleets"].splitlines()[2:]]
    told = [[cell.strip() for cell in row[:5]] for row in rows]
    assert [row[:2] + row[3:] for row in told] == [
        ["8,000", "alone", "1.00\N{MULTIPLICATION SIGN}", "12%"],
        ["8,000", "8", "8.00\N{MULTIPLICATION SIGN}", "100%"],
        ["1,000", "alone", "1.00\N{MULTIPLICATION SIGN}", "100%"],
        ["1,000", "8", "1.00\N{MULTIPLICATION SIGN}", "100%"],
    ]
    assert told[1][2] == "8,000 (8,000 to 8,000)"
    assert rows[1][6].strip() == "90% to 110%"


def test_a_ratio_of_fleets_is_one_of_the_same_round() -> None:
    """And the busiest second is the busiest of all rounds."""
    results = fleet_results()
    alone, eight = results.of(HIGH)
    found = {alone: [outcome(100), outcome(50), outcome(100)], eight: [outcome(300), outcome(200), outcome(250)]}
    slowed = FleetResults(machine=MACHINE, found=found, latency={}, warm_up=1, seconds=1)
    assert slowed.ratio(eight) == Spread(3.0, 2.5, 4.0)
    assert slowed.highest(eight) == 300 / HIGH
    assert results.shares(results.of(LOW)[0]) is None


def test_the_section_takes_the_place_of_the_one_before() -> None:
    """All around it stays as it is."""
    results = fleet_results()
    text = _marked(results)
    assert "$" not in text
    page = f"# Performance\n\n{text.replace('8,000', 'old')}\n\n## Memory\n"
    assert section.MARKS.replaced(page, section.markdown(results)) == f"# Performance\n\n{text}\n\n## Memory\n"
    with pytest.raises(ValueError, match="no section"):
        section.MARKS.replaced("# Performance\n", "")


def test_a_core_that_others_used_is_said_to_have_been() -> None:
    """With how much of it."""
    results = fleet_results()
    busy = replace(results, found={fleet: [replace(rounds[0], others=0.31)] for fleet, rounds in results.found.items()})
    assert "**Disturbed:** others used 31% to 31%" in section.markdown(busy)
    assert "Disturbed" not in section.markdown(results)


def test_the_chart_of_fleets_has_a_bar_for_each() -> None:
    drawn = fromstring(section.svg(fleet_results()))
    bars = [one for one in drawn.iter() if one.get("class", "").startswith("bar")]
    assert len(bars) == 4


def test_the_busiest_second_is_found_wherever_it_begins() -> None:
    """Not that of the clock."""
    written = [0, 0, 0, 10, 40, 70, 80, 80, 80]
    samples = [Sample(at=0.5 * n, written=count, stub=0, workers=0, core=0) for n, count in enumerate(written)]
    assert busiest_second(samples) == 60
    assert busiest_second(samples[:2]) == 0


def test_fleets_measured_alone_leave_all_else_of_the_page_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their chart is written anew, too; a quick run writes nothing."""
    results = fleet_results()
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{_marked(results).replace('8,000', 'old')}\nafter\n")
    monkeypatch.setattr(program, "_PICTURES", tmp_path)
    monkeypatch.setattr(program, "_PAGE", page)
    monkeypatch.setattr(parts, "measure_fleets", lambda *_: results)
    for options in ["--fleet", "--quick"], ["--fleet"]:
        assert "old" in page.read_text()
        monkeypatch.setattr(sys, "argv", ["benchmarks", *options])
        program.main()
    assert page.read_text() == f"before\n{_marked(results)}\nafter\n"
    assert {one.name for one in tmp_path.iterdir()} == {"performance.md", "performance-fleet.svg"}
