"""Everything that is measured, in order."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Final

from . import contenders
from .asset import Asset, asset
from .child import ROOT, run_module, run_program
from .contenders import Contender
from .machine import Machine
from .results import AssetSize, ColdStart, Comparison, Deploy, Pair, Results
from .scale import Scale
from .stub import Stub
from .worker import Measurement

# Seconds. Scan is slow because a page is 1 MB; a request is otherwise what one takes within a region.
LATENCY: Final = {
    "Scan": 0.060,
    "BatchWriteItem": 0.010,
    "BatchExecuteStatement": 0.012,
    "TransactWriteItems": 0.004,
    "PutItem": 0.004,
    "UpdateItem": 0.004,
    "DeleteItem": 0.004,
    "GetItem": 0.004,
    "DescribeTable": 0.004,
}
_UNPROCESSED: Final = 0.3
_GROWTH: Final = 10
_SHORT_HISTORY: Final = 10
_LONG_HISTORY: Final = 10_000
_FOLDERS: Final = (10, 1_000)
_ENGINE_ROUNDS: Final = 10

AT_ONCE: Final = (
    contenders.PUT_ITEM,
    contenders.UPDATE_ITEM,
    contenders.CLIENT_UPDATE_ITEM,
    contenders.BATCH_WRITER,
    contenders.CLIENT_BATCH,
    contenders.AIODYNAMO,
    contenders.OUR_PUTS,
    contenders.OUR_UPDATES,
)
DELAYED: Final = (
    contenders.PUT_ITEM,
    contenders.BATCH_WRITER,
    contenders.BATCH_WRITER_THREADS,
    contenders.OUR_PUTS,
    contenders.OUR_UPDATES,
)
OURS: Final = (contenders.OUR_PUTS, contenders.OUR_UPDATES)

Say = Callable[[str], None]


def run(scale: Scale, say: Say) -> Results:
    """Measure everything; *say* is told what comes next."""
    machine = Machine.here()
    with Stub.start() as stub:
        say("CPU per item, against a stub that answers at once")
        at_once = _compare(
            AT_ONCE, stub, scale.rounds, size=scale.items, better=lambda one, other: one.cpu < other.cpu, say=say
        )
        say("memory, with a table ten times as large")
        grown = Pair(
            before=_measure(contenders.OUR_UPDATES, stub, scale.grown, warm_up=0),
            after=_measure(contenders.OUR_UPDATES, stub, scale.grown * _GROWTH, warm_up=0),
        )
        say("30 % of the writes unprocessed")
        with Stub.start(unprocessed=_UNPROCESSED) as refusing:
            refused = {
                one.name: Pair(before=_measure(one, stub, scale.refused), after=_measure(one, refusing, scale.refused))
                for one in OURS
            }
        say("a deploy with nothing to do, and planning")
        deploy = _deploy(stub)
        say("cold start")
        cold_start, size = _start(stub, scale.starts)
    say("items a second, with the latency of the service")
    with Stub.start(latency=LATENCY) as slow:
        delayed = _compare(
            DELAYED,
            slow,
            scale.rounds,
            size=scale.delayed_items,
            better=lambda one, other: one.rate > other.rate,
            say=say,
        )
    return Results(
        machine=machine,
        at_once=Comparison(measured=at_once),
        delayed=Comparison(measured=delayed, latency=LATENCY),
        refused=refused,
        grown=grown,
        deploy=deploy,
        cold_start=cold_start,
        asset=size,
    )


def _compare(
    chosen: tuple[Contender, ...],
    stub: Stub,
    rounds: int,
    *,
    size: Callable[[Contender], int],
    better: Callable[[Measurement, Measurement], bool],
    say: Say,
) -> dict[str, Measurement]:
    """Round after round, so that a disturbance that lasts does not hit one contender alone; the best of each counts."""
    best: dict[str, Measurement] = {}
    for _ in range(rounds):
        for contender in chosen:
            found = _measure(contender, stub, size(contender))
            say(f"  {contender.title}: {found.cpu:.1f} µs an item, {found.rate:,.0f} items/s")
            if contender.name not in best or better(found, best[contender.name]):
                best[contender.name] = found
    return best


def _measure(contender: Contender, stub: Stub, items: int, *, warm_up: int = 1_000) -> Measurement:
    return Measurement(**run_module("worker", contender.name, stub.endpoint, items, "--warm-up", warm_up))


def _deploy(stub: Stub) -> Deploy:
    sizes = {"applied": _SHORT_HISTORY, "long": _LONG_HISTORY}
    options = [text for name, value in sizes.items() for text in (f"--{name}", value)]
    return Deploy(**sizes, **run_module("engine", stub.endpoint, *options, "--rounds", _ENGINE_ROUNDS))


def _start(stub: Stub, starts: int) -> tuple[ColdStart, AssetSize]:
    with ExitStack() as stack:
        assets = {count: stack.enter_context(asset(count)) for count in _FOLDERS}
        environments = {count: _lambda_environment(stub, one, count) for count, one in assets.items()}
        small = environments[_FOLDERS[0]]
        cases: dict[tuple[str, int], Mapping[str, str]] = {
            ("tracer", 0): {name: value for name, value in small.items() if name != "PYTHONPATH"},
            ("handler", 0): small,
            ("migration", 0): small,
            **{(step, count): environments[count] for step in ("source", "plan") for count in _FOLDERS},
        }
        times: dict[tuple[str, int], list[float]] = {case: [] for case in cases}
        # One more round, first, that leaves compiled files and warm caches.
        for number in range(starts + 1):
            for (step, count), environment in cases.items():
                found = run_program(ROOT / "benchmarks" / "fresh.py", step, environment=environment)
                if number:
                    times[step, count].append(found)
        first = assets[_FOLDERS[0]]
        size = AssetSize(migrations=_FOLDERS[0], size=first.size, zipped=first.zipped)
    medians = {case: statistics.median(found) for case, found in times.items()}
    cold_start = ColdStart(
        tracer=medians["tracer", 0],
        handler=medians["handler", 0],
        migration=medians["migration", 0],
        source={count: medians["source", count] for count in _FOLDERS},
        plan={count: medians["plan", count] for count in _FOLDERS},
    )
    return cold_start, size


def _lambda_environment(stub: Stub, packed: Asset, applied: int) -> dict[str, str]:
    return {
        "PYTHONPATH": str(packed.root),
        "LAMBDA_TASK_ROOT": str(packed.root),
        "AWS_LAMBDA_FUNCTION_NAME": "migrations",
        "AWS_ENDPOINT_URL_DYNAMODB": stub.endpoint,
        "DYNAMIGRATE_MIGRATIONS_FOLDER": packed.folder,
        "DYNAMIGRATE_MIGRATIONS_TABLE": f"history-{applied}",
    }
