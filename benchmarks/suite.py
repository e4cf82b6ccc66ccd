"""Everything that is measured, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final

from . import contenders, go_program, order
from .asset import Asset, asset
from .child import ROOT, run_module, run_program
from .contenders import Contender
from .machine import Machine
from .order import Kind
from .results import AssetSize, ColdStart, Comparison, Deploy, Pair, Results
from .scale import Scale
from .stub import Stub
from .turns import Say, Turn, take_turns
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
    contenders.BATCH_WRITER,
    contenders.CLIENT_BATCH,
    contenders.AIODYNAMO,
    contenders.PYDYNOX,
    contenders.OUR_PUTS,
    contenders.GO_MAP_PUTS,
    contenders.GO_PUTS,
    contenders.FLOOR_PUTS,
    contenders.GO_FLOOR_PUTS,
    contenders.UPDATE_ITEM,
    contenders.CLIENT_UPDATE_ITEM,
    contenders.CLIENT_STATEMENTS,
    contenders.OUR_WHOLE_UPDATES,
    contenders.OUR_UPDATES,
    contenders.GO_MAP_UPDATES,
    contenders.GO_UPDATES,
    contenders.GO_PROJECTED,
    contenders.FLOOR_UPDATES,
    contenders.GO_FLOOR_UPDATES,
)
LARGER: Final = (
    contenders.CLIENT_BATCH,
    contenders.AIODYNAMO,
    contenders.PYDYNOX,
    contenders.OUR_PUTS,
    contenders.GO_PUTS,
    contenders.OUR_UPDATES,
    contenders.GO_UPDATES,
)
DELAYED: Final = (
    contenders.PUT_ITEM,
    contenders.BATCH_WRITER,
    contenders.BATCH_WRITER_THREADS,
    contenders.CLIENT_BATCH,
    contenders.AIODYNAMO,
    contenders.PYDYNOX,
    contenders.OUR_PUTS,
    contenders.GO_PUTS_32,
    contenders.OUR_UPDATES,
    contenders.GO_UPDATES_32,
)
OURS: Final = (contenders.OUR_PUTS, contenders.OUR_UPDATES)


def run(scale: Scale, say: Say) -> Results:
    """Measure all but what can be measured alone; *say* is told what comes next."""
    machine = Machine.here()
    with Stub.start() as stub:
        say("CPU per item, against a stub that answers at once")
        at_once = _compare(AT_ONCE, stub, items=scale.items, kind=order.SMALL, rounds=scale.rounds, say=say)
        larger = {}
        for kind in (order.MEDIUM, order.LARGE):
            say(f"the same with items of {kind.title}")
            items = partial(_as_many, scale.larger[kind.name])
            larger[kind.name] = _compare(LARGER, stub, items=items, kind=kind, rounds=scale.rounds, say=say)
        say("memory, with a table ten times as large")
        grown = _grow(stub, scale, say)
        say("30 % of the writes unprocessed")
        refused = _refuse(stub, scale, say)
        say("a deploy with nothing to do")
        deploy = _deploy(stub)
        say("cold start")
        cold_start, size = _start(stub, scale.starts)
    say("items a second, with the latency of the service")
    with Stub.start(latency=LATENCY) as slow:
        delayed = _compare(DELAYED, slow, items=scale.delayed_items, kind=order.SMALL, rounds=scale.rounds, say=say)
    return Results(
        machine=machine,
        at_once=Comparison(measured=at_once),
        larger={name: Comparison(measured=measured) for name, measured in larger.items()},
        delayed=Comparison(measured=delayed, latency=LATENCY),
        refused=refused,
        grown=grown,
        deploy=deploy,
        cold_start=cold_start,
        asset=size,
    )


def _compare(
    chosen: Sequence[Contender],
    stub: Stub,
    *,
    items: Callable[[Contender], int],
    kind: Kind,
    rounds: int,
    say: Say,
) -> dict[str, list[Measurement]]:
    turns = [
        Turn(name=one.name, contender=one, stub=stub, items=items(one), kind=kind.name)
        for one in chosen
        if not one.is_go or go_program.is_built()
    ]
    return take_turns(turns, rounds, say)


def _as_many(items: int, contender: Contender) -> int:
    """Whoever it is."""
    return items


def _grow(stub: Stub, scale: Scale, say: Say) -> Pair:
    one = contenders.OUR_UPDATES
    turns = [
        Turn(name=name, contender=one, stub=stub, items=items, kind=order.SMALL.name, warm_up=0)
        for name, items in (("before", scale.grown), ("after", scale.grown * _GROWTH))
    ]
    return Pair(**take_turns(turns, scale.pairs, say))


def _refuse(stub: Stub, scale: Scale, say: Say) -> dict[str, Pair]:
    with Stub.start(unprocessed=_UNPROCESSED) as refusing:
        found = take_turns(
            [
                Turn(name=f"{one.name} {name}", contender=one, stub=of, items=scale.refused, kind=order.SMALL.name)
                for one in OURS
                for name, of in (("before", stub), ("after", refusing))
            ],
            scale.pairs,
            say,
        )
    return {one.name: Pair(before=found[f"{one.name} before"], after=found[f"{one.name} after"]) for one in OURS}


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
    cold_start = ColdStart(
        tracer=times["tracer", 0],
        handler=times["handler", 0],
        migration=times["migration", 0],
        source={count: times["source", count] for count in _FOLDERS},
        plan={count: times["plan", count] for count in _FOLDERS},
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
