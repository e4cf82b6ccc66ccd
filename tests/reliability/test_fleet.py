"""A fleet uses its ceiling, keeps to it, and starves nobody: the engine's own code in virtual time."""

from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from benchmarks.fleet import report
from benchmarks.fleet.claims import Worst
from benchmarks.fleet.scenario import Live, Scenario, ideal_seconds
from benchmarks.fleet.scenarios import SCENARIOS
from benchmarks.fleet.simulation import Outcome, Simulation


def _run(name: str, workers: int, seed: int) -> Outcome:
    return Simulation(SCENARIOS[name](workers), seed=seed).run()


@pytest.mark.parametrize("workers", [1, 2, 8, 32])
def test_it_uses_the_ceiling_and_keeps_to_it(workers: int) -> None:
    """Each worker the same part, and nearly as fast as it could be."""
    outcome = _run("steady", workers, 11)
    assert outcome.used >= 0.95
    assert outcome.highest <= 1.05
    assert outcome.least >= 0.6
    assert outcome.ratio <= 1.2
    assert outcome.refused == 0


@pytest.mark.parametrize(
    ("name", "workers"),
    [("small", 4), ("small", 8), ("table", 8), ("partitions", 4), ("live", 8), ("deaths", 4), ("deaths", 8)],
)
def test_what_is_claimed_holds_whatever_the_table_does(name: str, workers: int) -> None:
    """A low ceiling, a table or partitions that take less than it, live traffic, workers that die."""
    worst = Worst.of([_run(name, workers, 21)])
    assert worst.misses == set(), worst
    assert worst.refused <= 0.1
    assert worst.live_refused <= 0.02


def test_what_slow_workers_leave_the_others_use() -> None:
    """They could use only a third of an equal share."""
    outcome = _run("slow", 8, 31)
    assert outcome.used >= 0.85
    assert outcome.highest <= 1.05


def test_many_workers_at_a_low_ceiling_keep_to_it() -> None:
    """Though each sends one request in many seconds."""
    scenario = Scenario(
        name="many", workers=64, ceiling=200, table=8000, partitions=16, items=12_000, segments=256
    )  # fmt: skip
    outcome = Simulation(scenario, seed=41).run()
    assert outcome.highest <= 1.05
    assert outcome.ratio <= 1.5


def test_the_same_numbers_come_out_again() -> None:
    """On every machine."""
    one, other = _run("small", 4, 51), _run("small", 4, 51)
    assert one == other
    assert _run("small", 4, 52) != one


def test_an_ideal_client_knows_everything() -> None:
    """What is free when, and which partition takes longest."""
    scenario = Scenario(
        name="", workers=1, ceiling=4000, table=8000, partitions=8, items=0, segments=8,
        live=(Live(units=6000, begin=10, end=20),),
    )  # fmt: skip
    assert ideal_seconds(scenario, [5000] * 8) == pytest.approx(10, abs=0.2)
    assert ideal_seconds(scenario, [7500] * 8) == pytest.approx(20, abs=0.2)
    assert ideal_seconds(scenario, [8500, *[0] * 7]) == pytest.approx(8.5, abs=0.2)


def test_the_page_says_what_misses_its_claim() -> None:
    """In bold, with the figure itself; and the chart shows each size."""
    kept = Worst(
        used=0.9, highest=1.04, least=0.5, ratio=1.25, refused=0.01, live_refused=0.02, seconds=125.0, ideal=100.0
    )
    missed = replace(kept, used=0.8, ratio=1.4, seconds=140.0)
    results = {name: {1: kept, 8: missed} for name in SCENARIOS}
    page = report.markdown(results, seeds={1: 3, 8: 1})
    assert "$" not in page
    assert page.count("**80.0%**") == page.count("**1.40\N{MULTIPLICATION SIGN}**") == len(SCENARIOS)
    assert "**90.0%**" not in page
    assert page.count("live refused") == 1
    texts = {text for element in fromstring(report.svg(results)).iter() for text in [element.text or ""]}
    assert {"1 worker", "8 workers"} <= texts
