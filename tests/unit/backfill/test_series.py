"""Several backfills that one ``do`` calls: each runs, and each goes on where it stopped."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    Outcome,
    Update,
)
from tests.unit.backfill.tables import Tables, orders
from tests.unit.fakes import FakeClock, migrate_in

RunDo = Callable[..., Outcome]


def name_it(item: Any, ctx: Any) -> Update:
    return Update(set={"named": True})


def price_it(item: Any, ctx: Any) -> Update:
    return Update(set={"priced": True})


def weigh_it(item: Any, ctx: Any) -> Update:
    return Update(set={"weighed": True})


NAMES, PRICES, WEIGHTS = (Backfill("orders", one, segments=2, verify=None) for one in (name_it, price_it, weigh_it))


@pytest.fixture
def run(target: MemoryTarget, clock: FakeClock) -> RunDo:
    """Runs a ``do``, of migration 1, that calls what it is given."""

    def run(tables: Tables, *calls: Any, **settings: Any) -> Outcome:
        def do(ctx: Any) -> None:
            for call in calls:
                call(ctx)

        source = MemorySource()
        source.add(Migration("1", "rewrite", do=do))
        return migrate_in(source, target, dynamodb=tables, clock=clock, **settings)

    return run


def _killed(ctx: Any) -> None:
    raise OSError("killed")


def _has(tables: Tables, table: str, attribute: str) -> bool:
    return all(attribute in item for item in tables[table].values())


def test_all_run_one_after_the_other(run: RunDo, target: MemoryTarget) -> None:
    """Of one table and of several, made by name and by lambda, one of them twice."""
    tables = Tables(orders=orders(50), users=orders(50))
    weighed: list[str] = []

    def weigh(item: Any, ctx: Any) -> None:
        if not ctx.dry_run:
            weighed.append(item["id"])

    twice = Backfill("orders", weigh, segments=1, verify=None)
    lambdas = [
        Backfill("orders", lambda item, ctx: Update(set={"a": 1})),
        Backfill("orders", lambda item, ctx: Update(set={"b": 1})),
        Backfill("users", lambda item, ctx: Update(set={"c": 1})),
    ]
    assert run(tables, NAMES, PRICES, *lambdas, twice, twice).applied == ("1",)
    assert all(_has(tables, "orders", one) for one in ("named", "priced", "a", "b"))
    assert _has(tables, "users", "c")
    assert len(weighed) == 100
    assert target.segments("1") == {}


@pytest.mark.parametrize("before", [1, 2])
def test_a_run_that_goes_on_passes_over_what_is_finished(run: RunDo, before: int) -> None:
    """Killed between two of them: not a page of the finished ones is read again."""
    tables = Tables(orders=orders(50))
    backfills = [NAMES, PRICES, WEIGHTS]
    with pytest.raises(MigrationFailed, match="goes on from its checkpoint"):
        run(tables, *backfills[:before], _killed, *backfills[before:])
    tables.scanned.clear()
    assert run(tables, *backfills).applied == ("1",)
    # Twice: for what it costs, too.
    assert len(tables.scanned) == 2 * 50 * (3 - before)
    assert all(_has(tables, "orders", one) for one in ("named", "priced", "weighed"))


def test_a_run_that_goes_on_goes_on_within_the_second(run: RunDo, target: MemoryTarget) -> None:
    """From its own segments, not from the first one's."""
    tables = Tables(orders=orders(5000))

    batches: list[Any] = []

    def before(operation: str, request: Any) -> None:
        if operation == "BatchExecuteStatement" and "priced" in request["Statements"][0]["Statement"]:
            batches.append(request)
            if len(batches) > 60:
                raise OSError("killed")

    tables.before = before
    prices = Backfill("orders", price_it, segments=2, threads=1)
    with pytest.raises(MigrationFailed, match="killed"):
        run(tables, NAMES, prices)
    assert _has(tables, "orders", "named")
    assert not _has(tables, "orders", "priced")
    kept = target.records()[0].checkpoint
    assert (kept["backfill"], kept["finished"], len(kept["earlier"])) == (2, False, 1)
    tables.before = lambda operation, request: None
    tables.scanned.clear()
    assert run(tables, NAMES, prices).applied == ("1",)
    assert _has(tables, "orders", "priced")
    assert 0 < len(tables.scanned) < 5000


def test_one_that_is_called_twice_is_passed_over_once(run: RunDo) -> None:
    """Each call is one."""
    tables = Tables(orders=orders(50))
    with pytest.raises(MigrationFailed):
        run(tables, NAMES, _killed)
    tables.scanned.clear()
    assert run(tables, NAMES, NAMES).applied == ("1",)
    assert len(tables.scanned) == 2 * 50


def test_another_order_under_way_is_refused(run: RunDo) -> None:
    """The pages that the first one has done are not the second one's."""
    tables = Tables(orders=orders(50))
    tables.before = _fails_on("BatchExecuteStatement")
    with pytest.raises(MigrationFailed):
        run(tables, NAMES, PRICES)
    tables.before = lambda operation, request: None
    with pytest.raises(MigrationFailed) as caught:
        run(tables, PRICES, NAMES)
    assert "The backfill of orders by name_it was under way, and another one is called before it now" in str(
        caught.value
    )
    assert caught.value.repair is not None


def test_another_table_first_is_refused(run: RunDo) -> None:
    """As with a single one, whose table was changed."""
    tables = Tables(orders=orders(50), users={})
    tables.before = _fails_on("BatchExecuteStatement")
    with pytest.raises(MigrationFailed):
        run(tables, NAMES)
    tables.before = lambda operation, request: None
    with pytest.raises(MigrationFailed, match="was begun with table='orders', and its code has 'users' now"):
        run(tables, Backfill("users", name_it), NAMES)


def test_a_new_name_for_a_transform_is_no_other_order(run: RunDo) -> None:
    """Code that is corrected may be renamed."""
    tables = Tables(orders=orders(50))
    tables.before = _fails_on("BatchExecuteStatement")
    with pytest.raises(MigrationFailed):
        run(tables, NAMES, PRICES)
    tables.before = lambda operation, request: None
    assert run(tables, Backfill("orders", weigh_it, segments=2), PRICES).applied == ("1",)
    assert _has(tables, "orders", "weighed")
    assert _has(tables, "orders", "priced")


@pytest.mark.parametrize("finished", [False, True])
def test_a_checkpoint_of_older_code_is_gone_on_from(run: RunDo, target: MemoryTarget, finished: bool) -> None:
    """It has no name of a transform."""
    saved = {
        "backfill": 1,
        "begun": True,
        "table": "orders",
        "index": None,
        "segments": 2,
        "token": "0123456789abcdef",
        "finished": finished,
    }
    target.add("1")
    target.save_checkpoint("1", saved)
    tables = Tables(orders=orders(50))
    assert run(tables, NAMES, PRICES).applied == ("1",)
    # Only of what begins it is asked what it costs.
    assert len(tables.scanned) == (2 * 50 if finished else 50 + 2 * 50)
    assert _has(tables, "orders", "priced")


def test_a_single_one_keeps_what_older_code_reads(run: RunDo, target: MemoryTarget) -> None:
    """A rollback brings that code back."""
    tables = Tables(orders=orders(50))
    tables.before = _fails_on("BatchExecuteStatement")
    with pytest.raises(MigrationFailed):
        run(tables, NAMES)
    kept = target.records()[0].checkpoint
    assert kept["backfill"] == 1
    assert kept.keys() >= {"begun", "table", "index", "segments", "token", "finished"}


def test_one_inside_another_is_refused(run: RunDo) -> None:
    """They would write each other's checkpoints."""
    tables = Tables(orders=orders(5))

    def nested(item: Any, ctx: Any) -> None:
        PRICES(ctx)

    with pytest.raises(MigrationFailed, match="calls a Backfill while another one is at work"):
        run(tables, Backfill("orders", nested))


def test_a_checkpoint_of_ones_own_beside_a_backfill_is_refused(run: RunDo, target: MemoryTarget) -> None:
    """Each would replace the other's."""
    tables = Tables(orders=orders(5))

    def save(ctx: Any) -> None:
        ctx.checkpoint.save("half")

    with pytest.raises(MigrationFailed, match=r"ctx\.checkpoint\.save would replace it"):
        run(tables, NAMES, save)
    assert run(tables, NAMES).applied == ("1",)
    target.remove("1")
    with pytest.raises(MigrationFailed, match="saves a checkpoint of its own and calls a Backfill") as caught:
        run(tables, save, NAMES)
    assert caught.value.repair is not None


def test_the_figures_say_which_one_it_is(run: RunDo, target: MemoryTarget) -> None:
    """Its counts are its own."""
    figures: list[Any] = []
    tables = Tables(orders=orders(50), users=orders(7))
    run(tables, NAMES, Backfill("users", price_it), measure=figures.append)
    assert [(one["done"], one["written"], one.get("backfill")) for one in figures] == [(50, 50, None), (7, 7, 2)]


@pytest.mark.parametrize(
    "changes", [{"earlier": 7}, {"earlier": [["orders"]]}, {"segments": "two"}, {"token": None}, {"backfill": [1]}]
)
def test_a_checkpoint_that_makes_no_sense_is_refused(run: RunDo, target: MemoryTarget, changes: Any) -> None:
    """By name, not by a KeyError."""
    saved = {
        "backfill": 2,
        "begun": True,
        "table": "orders",
        "index": None,
        "segments": 2,
        "token": "0",
        "finished": True,
    }
    target.add("1")
    target.save_checkpoint("1", json.loads(json.dumps({**saved, **changes})))
    with pytest.raises(MigrationFailed, match="has a checkpoint that no backfill of this version wrote"):
        run(Tables(orders={}), NAMES)


def _fails_on(wanted: str) -> Callable[[str, Any], None]:
    def before(operation: str, request: Any) -> None:
        if operation == wanted:
            raise OSError("no way")

    return before


def test_what_a_finished_one_left_is_not_forgotten_where_the_run_goes_on(run: RunDo, target: MemoryTarget) -> None:
    """Or all would be taken for clean that the last one found so."""

    def count(item: Any, ctx: Any) -> Update:
        return Update(set={"n": item.get("n", 0) + 1})

    tables = Tables(orders=orders(50))
    unclean, clean = Backfill("orders", count, segments=1), Backfill("orders", name_it, segments=1)
    with pytest.raises(MigrationFailed):
        run(tables, unclean, _killed)
    with pytest.raises(MigrationFailed):
        run(tables, unclean, clean, _killed)
    run(tables, unclean, clean)
    verified = target.records()[0].verified
    assert verified is not None
    assert (verified.checked, verified.would_change, verified.clean) == (100, 50, False)
