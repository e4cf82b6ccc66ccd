"""What a run is reckoned to cost, against the engine that it is reckoned of."""

import inspect
import json
from typing import Any

import pytest
from benchmarks import costs
from benchmarks.costs import run_alone, run_in_fleet

from dynamigrate.backfill import checkpoints
from dynamigrate.backfill.capacity import budgets
from dynamigrate.backfill.fleet import siblings, work
from dynamigrate.consumption import OwnConsumption
from dynamigrate.dynamodb import fleet_lock, target
from dynamigrate.dynamodb.lock import lease
from dynamigrate_cdk import Migrations
from dynamigrate_cdk.machinery.machine_definition import definition
from dynamigrate_cdk.props.options import RUN_LIMIT


def test_the_rhythm_is_the_engines() -> None:
    assert checkpoints._SAVE_SECONDS == work._SAY_SECONDS == costs.SAVE_SECONDS
    assert target._LEASE_SECONDS / lease._BEATS_A_LEASE == costs.BEAT_SECONDS
    assert fleet_lock._LOOK_SECONDS == costs.LOOK_SECONDS
    assert siblings._CONSUMPTION_SECONDS == costs.EXCHANGE_SECONDS
    assert work._SAVES_A_SECOND == costs.SAVES_A_SECOND
    assert budgets._THREADS == costs.THREADS


def test_the_functions_are_the_constructs() -> None:
    """By default one has 1 GB and fifteen minutes, and a run is at its limit after 55."""
    defaults = {name: one.default for name, one in inspect.signature(Migrations.__init__).parameters.items()}
    assert defaults["memory_size"] == costs.MEMORY * 1024
    assert RUN_LIMIT.to_seconds() == costs.RUN_SECONDS
    assert defaults["timeout"] is None
    assert costs.CALL_SECONDS == 15 * 60


def test_a_call_is_a_task_and_a_choice_in_the_construct_s_machine() -> None:
    """Which is seven events and two states; the map's children have the same."""
    states: dict[str, Any] = definition(
        partition="aws", function_arn="f", responder_arn="r", timeout_seconds=1, comment=""
    )["States"]
    children = states["Fleet"]["ItemProcessor"]["States"]
    assert [(one["Type"], one.get("Next")) for one in (states["Slice"], states["AfterFleet"], children["Worker"])] == [
        ("Task", "Status"),
        ("Task", "Status"),
        ("Task", "WorkerStatus"),
    ]
    assert (states["Status"]["Type"], children["WorkerStatus"]["Type"]) == ("Choice", "Choice")
    assert (states["Done"]["Type"], children["WorkerDone"]["Type"]) == ("Succeed", "Succeed")


def test_a_run_of_an_hour_is_worked_out() -> None:
    """Four calls, of which CloudFormation makes the first."""
    cost = run_alone(segments=32)
    assert (cost.calls, cost.events, cost.transitions) == (4, 4 + 3 * 7, 3 * 2 + 1)
    assert cost.machine == pytest.approx(7 * 25 / 1e6)
    assert cost.functions == pytest.approx(3_300 * 0.0000133334 + 4 * 0.2e-6)


@pytest.mark.parametrize(("workers", "transitions"), [(8, 6 + 8 * 9), (64, 6 + 64 * 9)])
def test_a_fleet_is_worked_out(workers: int, transitions: int) -> None:
    """Each worker is called four times, in an execution of its own."""
    cost = run_in_fleet(workers, segments=4_000)
    assert (cost.transitions, cost.events, cost.worker_events) == (transitions, 4 + 2 * 7 + 4, 4 + 4 * 7)
    assert (cost.calls, cost.seconds) == (3 + workers * 4, workers * 3_300)


def test_units_of_a_fleet_are_worked_out() -> None:
    """Eight workers for ten minutes, who have eight segments, one each."""
    cost = run_in_fleet(8, segments=8, seconds=600)
    # The lock's item has 1,900 bytes. A save is the segment and the lock, twice, as in any transaction.
    saves = 8 * 120 * 2 * (1 + 2)
    exchanges = 8 * 20 * 2 * (2 + 2)
    claims, cleared = 8 * 2 * (1 + 2), 2 * (8 + 1)
    assert cost.write_units == pytest.approx(saves + exchanges + claims + cleared)
    looks, heard = 8 * 300, 8 * 20 * 8
    assert cost.read_units == pytest.approx(looks + heard + 8 * 8 + 1)


def test_many_workers_save_less_often_and_say_in_between_that_they_are_alive() -> None:
    """Sixty-four save every sixteen seconds, and say so three times until then."""
    seconds = 16.0 * 30
    more = run_in_fleet(64, segments=64, seconds=2 * seconds).write_units
    once = run_in_fleet(64, segments=64, seconds=seconds).write_units
    saves = 64 * 30 * (2 * (1 + 5) + 3 * 5)
    exchanges = 64 * 16 * 2 * (2 + 5)
    assert more - once == pytest.approx(saves + exchanges)


def test_a_history_is_full_after_more_than_a_month() -> None:
    """With functions of fifteen minutes; with the shortest ones a run that a deploy waits for is still far from that."""
    assert (
        costs.execution_events(costs.most_calls()) <= costs.MOST_EVENTS < costs.execution_events(costs.most_calls() + 1)
    )
    assert costs.most_calls() * costs.CALL_SECONDS > 31 * 86_400
    assert costs.execution_events(costs.RUN_SECONDS // 5) < costs.MOST_EVENTS / 5


def test_what_a_worker_consumed_fits_in_what_it_is_reckoned_with() -> None:
    """A quarter of an hour of reads and writes, by the minute."""
    own = OwnConsumption()
    for minute in range(16):
        for kind in ("read", "write"):
            at = 1_795_672_000 + 60.0 * minute
            own.note("orders", kind, {"": 123_456.5}, sent=at, answered=at)
    told = json.dumps({"token": "0" * 16, "consumed": own.kept("orders"), "told": 1_795_672_000.123})
    assert costs.CONSUMED / 2 < len(told) <= costs.CONSUMED
