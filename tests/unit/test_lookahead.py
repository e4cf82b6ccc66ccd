"""A table that is not there: what a migration is certain to ask for is found out before it is marked as begun."""

import functools
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    Context,
    FolderSource,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    MigrationsError,
    Put,
    UndoPlanner,
    migrate,
)
from dynamigrate.table_names import TableNames, UnknownTable
from tests.unit.backfill.tables import Tables, orders
from tests.unit.fakes import applied

TABLE = "users"
NOT_THERE = "ctx.tables has no 'users': it has 'orders', 'customers'"
GIVEN = {"orders": "Orders-1", "customers": "Customers-1"}


def note(*_: object) -> None:
    """Something done with it."""


def find(ctx: Context) -> str:
    """A helper that looks the table up."""
    return ctx.tables[TABLE]


def find_below(ctx: Context, more: int = 1) -> str:
    """A helper of a helper."""
    return find(ctx) * more


def at_once(ctx: Context) -> None:
    ctx.tables["users"]


def by_a_constant(ctx: Context) -> None:
    note(f"{ctx.tables[TABLE]}!")


def in_a_call(ctx: Context) -> None:
    ctx.dynamodb.scan(TableName=ctx.tables["users"])


def after_others(ctx: Context) -> None:
    """The one that is there first."""
    first = ctx.tables["orders"]
    if first == "no":
        note(first)
    for _ in range(2):
        note(first)
    ctx.dynamodb.scan(TableName=ctx.tables["users"])


def by_a_variable(ctx: Context) -> None:
    names = ctx.tables
    note(names["orders"], names["users"])


def in_a_loops_head(ctx: Context) -> None:
    for page in ctx.dynamodb.get_paginator("scan").paginate(TableName=ctx.tables["users"]):
        note(page)


def in_a_condition(ctx: Context) -> None:
    if ctx.tables["users"] == "Users":
        note()


def in_a_helper(ctx: Context) -> None:
    find_below(ctx, 2)


class Step:
    def method(self, ctx: Context) -> None:
        ctx.tables["users"]

    def __call__(self, ctx: Context) -> None:
        ctx.tables["users"]


def with_more(word: str, ctx: Context) -> None:
    note(word, ctx.tables["users"])


CERTAIN: dict[str, Callable[[Context], object]] = {
    function.__name__: function
    for function in (
        at_once,
        by_a_constant,
        in_a_call,
        after_others,
        by_a_variable,
        in_a_loops_head,
        in_a_condition,
        in_a_helper,
    )
} | {
    "a lambda": lambda ctx: ctx.tables["users"],
    "a method": Step().method,
    "an object that can be called": Step(),
    "a partial": functools.partial(with_more, "word"),
}


def if_it_is_there(ctx: Context) -> None:
    if "users" in ctx.tables:
        ctx.tables["users"]


def in_a_try(ctx: Context) -> None:
    try:
        ctx.tables["users"]
    except KeyError:
        note("then not")


def with_a_default(ctx: Context) -> None:
    assert ctx.tables.get("users") is None
    assert ctx.tables.get("users", "Users") == "Users"


def in_an_expressions_other_half(ctx: Context) -> None:
    assert "users" not in ctx.tables or ctx.tables["users"]
    note(ctx.tables["users"] if GIVEN.get("users") else "", [ctx.tables["users"] for _ in ()])


def after_a_return(ctx: Context) -> None:
    if "users" not in ctx.tables:
        return
    ctx.tables["users"]


def in_a_function_that_is_not_called(ctx: Context) -> None:
    def later() -> str:
        return ctx.tables["users"]

    note(later, lambda: ctx.tables["users"])


def of_another_context(ctx: Context) -> None:
    ctx = SimpleNamespace(tables={"users": "Users"})  # type: ignore[assignment]
    ctx.tables["users"]


def in_a_generator_that_is_not_run(ctx: Context) -> None:
    def rows() -> Any:
        yield ctx.tables["users"]

    rows()


FREE = (
    if_it_is_there,
    in_a_try,
    with_a_default,
    in_an_expressions_other_half,
    after_a_return,
    in_a_function_that_is_not_called,
    of_another_context,
    in_a_generator_that_is_not_run,
)


def run(do: Any, target: MemoryTarget, **settings: Any) -> Any:
    source = MemorySource()
    source.add(Migration("1", "look", do, settings.pop("undo", None)))
    return migrate(source, target, tables=GIVEN, **{"dynamodb": Tables(), **settings})


@pytest.mark.parametrize("do", CERTAIN.values(), ids=CERTAIN.keys())
def test_a_lookup_that_is_certain_leaves_nothing_dirty(do: Any) -> None:
    """It says which names there are and how to give it, with the line."""
    target = MemoryTarget()
    with pytest.raises(MigrationFailed) as caught:
        run(do, target)
    error = caught.value
    assert error.message.startswith(f"1_look failed: {NOT_THERE} (test_lookahead.py:")
    assert error.next_step == (
        "Give the table to the construct, as in tables={'users': table}, or to migrate(tables=...); or correct the name. "
        "Then run it again: it had not begun, and is not dirty."
    )
    assert (error.repair, error.outcome.failed, error.outcome.pending) == (None, "1", ("1",))
    assert target.records() == ()
    assert [one.result for one in target.runs()] == ["failed"]


@pytest.mark.parametrize("do", FREE, ids=lambda do: str(do.__name__))
def test_a_lookup_that_may_not_happen_is_not_looked_ahead_to(do: Any) -> None:
    """No migration that would pass is refused."""
    target = MemoryTarget()
    assert run(do, target).applied == ("1",)


def test_any_other_says_the_same_and_is_dirty() -> None:
    """Nobody can tell what was done before."""

    def do(ctx: Context) -> None:
        for name in ("orders", "users"):
            ctx.tables[name]

    target = MemoryTarget()
    with pytest.raises(MigrationFailed, match=rf"^1_look failed: {NOT_THERE} \(test_lookahead\.py:\d+\)\."):
        run(do, target)
    assert [record.dirty for record in target.records()] == [True]


def test_an_undo_that_can_not_begin_stays_applied() -> None:
    """Clean, as it was."""
    target = MemoryTarget()
    applied(target, "1")
    before = target.records()
    with pytest.raises(MigrationFailed, match=rf"^1_look could not be undone: {NOT_THERE}"):
        run(after_a_return, target, undo=at_once, planner=UndoPlanner())
    assert target.records() == before


def test_what_ran_before_it_is_undone_and_it_is_not() -> None:
    """Where a failure is to undo the run: nothing of the one that had not begun needs it."""
    undone: list[str] = []
    source = MemorySource()
    source.add(Migration("1", "fine", lambda ctx: None, lambda ctx: undone.append("1")))
    source.add(Migration("2", "look", at_once, lambda ctx: undone.append("2")))
    target = MemoryTarget()
    with pytest.raises(MigrationFailed, match=r"Undone: 1_fine\.") as caught:
        migrate(source, target, tables=GIVEN, on_failure="undo")
    assert (undone, target.records(), caught.value.repair) == (["1"], (), None)


def test_a_dry_run_finds_it_too() -> None:
    """In what a dry run calls."""
    with pytest.raises(MigrationFailed, match="There is no table users"):
        run(Backfill("users", lambda item, ctx: None), MemoryTarget(), dry_run=True)


class TestABackfill:
    """Of a table, or an index, that is not there."""

    @pytest.mark.parametrize("wrapped", [False, True], ids=["as do", "called by do"])
    def test_leaves_nothing_dirty(self, wrapped: bool, tmp_path: Any) -> None:
        """And says which names there are."""
        code = "from dynamigrate import Backfill\ndo = Backfill('users', lambda item, ctx: None)\n"
        if wrapped:
            code = code.replace("do =", "backfill =") + "def do(ctx):\n    backfill(ctx)\n"
        (tmp_path / "1_look.py").write_text(code)
        target = MemoryTarget()
        with pytest.raises(MigrationFailed) as caught:
            migrate(FolderSource(tmp_path), target, tables=GIVEN, dynamodb=Tables(orders=orders(3)))
        assert caught.value.message == (
            "1_look failed: There is no table users. In ctx.tables there is no 'users' either: "
            "it has 'orders', 'customers'."
        )
        assert target.records() == ()

    def test_of_a_table_that_was_given_and_is_gone_names_it(self) -> None:
        """By its physical name."""
        target = MemoryTarget()
        with pytest.raises(MigrationFailed, match=r"^1_look failed: There is no table Orders-1\. If it was deleted"):
            run(Backfill("orders", lambda item, ctx: None), target, dynamodb=Tables(other={}))
        assert target.records() == ()

    def test_that_writes_to_a_table_that_is_not_there_says_which_names_there_are(self) -> None:
        """Found when it gets there: what was done by then stays, and it goes on."""
        target, backfill = MemoryTarget(), Backfill("orders", lambda item, ctx: Put({"id": "x"}, table="users"))
        tables = Tables(**{"Orders-1": orders(3)})
        with pytest.raises(
            MigrationFailed, match=r"There is no table users\. In ctx\.tables there is no 'users' either: it"
        ):
            run(backfill, target, dynamodb=tables)
        assert [record.resumable for record in target.records()] == [True]

    def test_that_can_not_ask_leaves_nothing_dirty_either(self) -> None:
        """Whatever the error is."""

        def refuse(operation: str, request: Any) -> None:
            raise OSError("no network")

        target, tables = MemoryTarget(), Tables(orders={})
        tables.before = refuse
        with pytest.raises(MigrationFailed, match=r"^1_look failed: OSError: no network.* it had not begun"):
            run(Backfill("orders", lambda item, ctx: None), target, dynamodb=tables)
        assert target.records() == ()

    def test_that_fails_later_goes_on_from_its_checkpoint(self) -> None:
        """As before."""

        def fail(item: Any, ctx: Any) -> None:
            raise ValueError("a bad item")

        target = MemoryTarget()
        source = MemorySource()
        source.add(Migration("1", "look", Backfill("orders", fail, segments=1)))
        with pytest.raises(MigrationFailed, match="it goes on from its checkpoint"):
            migrate(source, target, dynamodb=Tables(orders=orders(3)))
        assert [record.resumable for record in target.records()] == [True]


class TestTableNames:
    """`ctx.tables` itself."""

    def test_is_a_mapping_as_given(self) -> None:
        """With all that one has."""
        names = TableNames(GIVEN)
        assert (dict(names), len(names), "orders" in names, names == GIVEN) == (GIVEN, 2, True, True)
        assert (names.get("users"), names.get("users", "x"), names.get("orders")) == (None, "x", "Orders-1")
        assert repr(names) == repr(GIVEN)
        assert pickle.loads(pickle.dumps(names)) == names

    def test_tells_a_missing_name_as_a_key_error_and_as_one_of_ours(self) -> None:
        """Whoever catches either; without a KeyError's quotes."""
        with pytest.raises(UnknownTable) as caught:
            TableNames({})["users"]
        assert isinstance(caught.value, KeyError)
        assert isinstance(caught.value, MigrationsError)
        assert str(caught.value).startswith("ctx.tables has no 'users': it has none. Give the table to the construct")
