"""The functions of a plan, one after the other: their order, their time, and what they are given."""

import contextlib
import itertools
import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    Context,
    FolderSource,
    MemoryTarget,
    Migration,
    MigrationsError,
    StopRequested,
    Update,
    schema,
)
from dynamigrate.commands.process_door import ProcessDoor
from dynamigrate.commands.registry import respond
from dynamigrate.context import Environment
from dynamigrate.dry_run import Rehearser
from dynamigrate.plan import Action, Direction, Plan
from dynamigrate.records import Record, Run
from dynamigrate.rehearsal import RehearsalOrder
from dynamigrate.runtime import Runtime
from tests.unit.dry_run.rehearsing import rehearsed, table, unchanged, view, views
from tests.unit.fakes import FakeClock

PUT: Any = {"TableName": "orders", "Item": {"id": {"S": "n"}}}


@pytest.fixture
def client(moto_dynamodb: Any) -> Any:
    table(moto_dynamodb, items=10)
    return moto_dynamodb


def _rehearse(client: Any, actions: list[Action], records: list[Record] | None = None) -> list[Any]:
    environment = Environment(connect=lambda: client, tables={"orders": "orders"})
    rehearser = Rehearser(environment, records or [], run=Run(id="run-1"), order=RehearsalOrder())
    return [one.view for one in rehearser.rehearse(Plan(tuple(actions)))]


def test_what_a_function_raises_is_told_with_its_place(client: Any) -> None:
    """The next one is called all the same, and it is said that it may meet something else."""

    def fails(ctx: Context) -> None:
        ctx.dynamodb.put_item(**PUT)
        raise KeyError("status")

    first, second = views(fails, lambda ctx: None, client=client)
    assert first["error"]["type"] == "KeyError"
    assert first["error"]["where"].startswith("test_rehearser.py:")
    assert first["tables"]["orders"]["items_written"] == 1
    assert second["unknown"] == ["1_step_1 did not come to its end here, so what it would leave behind is not known."]


def test_a_masked_error_does_not_say_what_may_be_a_key(client: Any) -> None:
    """It says what kind it is, and where."""

    def fails(ctx: Context) -> None:
        raise ValueError("order o-17 is bad")

    def fails_so(ctx: Context) -> None:
        raise MigrationsError("order o-17 is bad")

    for function, kind in ((fails, "ValueError"), (fails_so, "MigrationsError")):
        error = view(function, client, salt="pepper")["error"]
        assert (error["type"], "o-17" in json.dumps(error)) == (kind, False)
        assert error["where"]
    unknown = view(lambda ctx: ctx.tables["nowhere"], client, salt="pepper")["error"]
    assert "nowhere" in unknown["message"], "that is the engine's own, which knows no keys"


def test_masked_it_does_not_say_why_a_function_stopped(client: Any) -> None:
    """In its own words, which may have a key in them; the engine's have none."""

    def stops(ctx: Context) -> None:
        raise StopRequested("enough after o-17")

    assert view(stops, client)["unknown"] == ["enough after o-17"]
    assert "o-17" not in json.dumps(view(stops, client, salt="pepper"))


def test_masked_a_refused_statement_is_not_shown() -> None:
    """It has the key of what it would write in it."""

    class Dax:
        def execute_statement(self, **request: Any) -> None:
            raise AssertionError("it was sent")

    def deletes(ctx: Context) -> None:
        ctx.dynamodb.execute_statement(Statement="DELETE FROM orders WHERE id = 'o-17'")

    error = view(deletes, Dax(), salt="pepper")["error"]
    assert (error["type"], "o-17" in json.dumps(error)) == ("WriteRefused", False)


def test_nothing_to_write_is_said(client: Any) -> None:
    """Beside what was read."""
    found = view(lambda ctx: ctx.dynamodb.scan(TableName="orders"), client)
    assert found["note"] == "It would write nothing."
    assert found["tables"]["orders"]["items_read"] == 10


def test_a_function_that_reads_on_ends_when_its_time_is_up(client: Any) -> None:
    """With what was counted until then."""

    clock = FakeClock()

    def reads_on(ctx: Context) -> None:
        while True:
            ctx.dynamodb.scan(TableName="orders")
            clock.turn(25)

    found = view(reads_on, client, runtime=Runtime(clock=clock))
    assert found["tables"]["orders"]["read_requests"] == 3
    assert "It was ended after" in found["unknown"][-1]
    assert "error" not in found


def test_a_function_that_loses_the_interruption_is_interrupted_again(client: Any) -> None:
    """As a finalizer loses it, whose errors go nowhere."""
    clock, lost, threads = FakeClock(), [], []

    def spins(ctx: Context) -> None:
        threads.append(threading.current_thread())
        clock.turn(100)
        try:
            for _ in itertools.count():
                pass
        except BaseException as error:
            lost.append(error)
        for _ in itertools.count():
            pass

    found = view(spins, client, runtime=Runtime(clock=clock))
    assert len(lost) == 1
    assert not threads[0].is_alive()
    assert "It was ended after" in found["unknown"][-1]


def test_a_function_that_asks_for_nothing_ends_too(client: Any) -> None:
    """At its next line, whatever it catches."""

    clock = FakeClock()

    def spins(ctx: Context) -> None:
        clock.turn(100)
        for _ in itertools.count():
            try:
                ctx.remaining()
            except Exception:
                continue

    assert "It was ended after" in view(spins, client, runtime=Runtime(clock=clock))["unknown"][-1]


def test_a_function_that_does_not_end_is_the_last_one(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it sends then would be taken for another's; it gets nothing any more."""
    monkeypatch.setattr("dynamigrate.dry_run.limited_call._GRACE", 0.1)
    clock, heard = FakeClock(), threading.Event()

    def deaf(ctx: Context) -> None:
        clock.turn(100)
        while not heard.is_set():
            with contextlib.suppress(BaseException):
                heard.wait(10)

    first, second = views(deaf, lambda ctx: ctx.dynamodb.put_item(**PUT), client=client, runtime=Runtime(clock=clock))
    heard.set()
    assert "It was ended after" in first["unknown"][-1]
    assert second == {"note": "It was not called: 1_step_1 did not end when its time was up."}


def test_without_time_for_more_what_is_left_is_not_called(client: Any) -> None:
    """As the invocation says."""
    reasons = itertools.chain([None] * 3, itertools.repeat("5 seconds were left"))
    calls: list[int] = []
    found = views(*[lambda ctx: calls.append(1)] * 5, client=client, stop=lambda: next(reasons))
    assert len(calls) == 3
    assert found[-1] == {"note": "It was not called: 5 seconds were left."}


def test_what_stops_at_a_checkpoint_is_said(client: Any) -> None:
    """A function may stop by itself, before it is ended."""

    def resumes(ctx: Context) -> None:
        for number in itertools.count():
            clock.turn(25)
            ctx.checkpoint.save(number)

    clock = FakeClock()
    found = view(resumes, client, runtime=Runtime(clock=clock))
    assert "stopped at its checkpoint: a dry run gives a function 60 s" in found["unknown"][0]


def test_what_it_is_given(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is told that it is a dry run; what it keeps is there for itself, and goes no further."""
    seen: list[object] = []

    def do(ctx: Context) -> None:
        seen.extend([ctx.tables["orders"], ctx.run_id, ctx.direction, ctx.checkpoint.load()])
        ctx.checkpoint.save({"at": 1})
        seen.append(ctx.checkpoint.load())
        ctx.progress(1, 2)
        ctx.logger.info("a line of its own")

    with caplog.at_level(logging.INFO):
        view(do, client)
    assert seen == ["orders", "run-1", Direction.DO, None, {"at": 1}]
    assert "migration.progress" not in caplog.text


def test_a_function_that_goes_by_the_dry_run_is_told_of(client: Any) -> None:
    """Unless it says that it supports one: then what it does there is what it would do."""

    def asks(ctx: Context) -> None:
        if not ctx.dry_run:
            ctx.dynamodb.put_item(**PUT)

    assert view(asks, client)["unknown"] == ["It asks ctx.dry_run, so it may do more in a real run than it did here."]
    asks.supports_dry_run = True  # type: ignore[attr-defined]
    assert "unknown" not in view(asks, client)


def test_an_undo_is_called_as_it_is_planned(client: Any) -> None:
    """And what goes on from its checkpoint gets that."""
    seen: list[object] = []

    def undo(ctx: Context) -> None:
        seen.append(ctx.direction)
        ctx.dynamodb.delete_item(TableName="orders", Key={"id": {"S": "o1"}})

    one = Migration("1", "one", do=lambda ctx: None, undo=undo)
    two = Migration("2", "two", do=lambda ctx: seen.append(ctx.checkpoint.load()))
    records = [Record(id="01", dirty=False), Record(id="2", dirty=True, checkpoint={"at": 7})]
    with unchanged(client):
        found = _rehearse(client, [Action(Direction.UNDO, one), Action(Direction.DO, two, resume=True)], records)
    assert seen == [Direction.UNDO, {"at": 7}]
    assert found[0]["tables"]["orders"]["items_deleted"] == 1
    assert all("error" not in one for one in found)


def test_a_backfill_that_goes_on_has_less_to_do(client: Any) -> None:
    """It is looked at as a whole all the same, and that is said."""
    migration = Migration("1", "one", do=Backfill("orders", lambda item, ctx: Update(set={"a": 1})))
    records = [Record(id="1", dirty=True, checkpoint={"backfill": "orders", "begun": True})]
    (found,) = _rehearse(client, [Action(Direction.DO, migration, resume=True)], records)
    assert found["sample"]["would_change"] == 10
    assert found["unknown"] == ["It goes on from its checkpoint, so less is left to be done than this."]


def test_schema_functions_say_what_they_would_ask_for(client: Any) -> None:
    """They keep from it by themselves in a dry run."""

    def do(ctx: Context) -> None:
        schema.create_index(ctx, "orders", "by-price", partition_key={"price": "N"})
        schema.enable_ttl(ctx, "orders", "ends")

    with unchanged(client):
        found = view(do, client)
    assert [(one["operation"], one["table"]) for one in found["others"]] == [
        ("UpdateTable", "orders"),
        ("UpdateTimeToLive", "orders"),
    ]


def test_an_index_that_schema_would_make_is_there_for_what_comes_then(client: Any) -> None:
    """It is described; what is in it nobody knows."""

    def makes(ctx: Context) -> None:
        schema.create_index(ctx, "orders", "by-price", partition_key={"price": "N"})

    def uses(ctx: Context) -> None:
        schema.wait_for_index(ctx, "orders", "by-price")
        ctx.dynamodb.scan(TableName="orders", IndexName="by-price")

    by_index = Backfill("orders", lambda item, ctx: Update(set={"a": 1}), index="by-price")
    _, second, third = views(makes, uses, by_index, client=client)
    assert "reads the index by-price of orders" in second["unknown"][0]
    assert any("reads the index by-price of orders" in one for one in third["unknown"])


def test_an_answer_has_room_for_every_migration(client: Any) -> None:
    """Of many that would all change large items, the later ones show fewer of them."""

    def large(item: Any, ctx: Any) -> Update:
        return Update(set={f"a{number}": "x" * 1000 for number in range(15)})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dynamigrate.dry_run.rehearser._MOST_SHOWN", 40_000)
        done = rehearsed(*[Backfill("orders", large) for _ in range(3)], client=client)
    assert sum(len(json.dumps(one.view)) for one in done) < 60_000
    assert len(done[0].view["sample"]["items"]) == 10
    assert done[-1].view["sample"]["left_out"] == 10


class Closed:
    """A client of the state that refuses to write."""

    def __init__(self, target: MemoryTarget) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name in {"records", "runs", "application", "lock_status", "client"}:
            return getattr(self._target, name)
        raise AssertionError(f"the state's {name} was asked for")


def _folder(path: Path, **files: str) -> FolderSource:
    for name, text in files.items():
        (path / f"{name.removeprefix('m')}.py").write_text(text)
    return FolderSource(path)


def test_the_command_calls_what_would_run_and_writes_no_state(client: Any, tmp_path: Path) -> None:
    """Nor what a file writes when it is imported."""
    writes = 'boto3.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "at import"}})'
    source = _folder(tmp_path, m1_at_import=f"import boto3\n{writes}\ndef do(ctx):\n    {writes}\n")
    target: Any = Closed(MemoryTarget())
    door = ProcessDoor(source=source, target=target, actor="ana", state={}, client=client)
    with unchanged(client):
        answer = respond({"action": "plan", "dry_run": True}, door)
    assert answer["ok"]
    (action,) = answer["actions"]
    assert action["dry_run"]["tables"]["orders"]["items_written"] == 2
    assert "cost" not in action
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"dry_run": "yes"}, "\"dry_run\" is 'yes', and should be true or false"),
        ({"sample": 5}, '"sample" is for a dry run, and this is none'),
        ({"mask": True}, '"mask" is for a dry run, and this is none'),
        ({"dry_run": True, "sample": 0}, '"sample" is 0, and should be how many items to look at'),
    ],
)
def test_the_command_says_what_is_wrong_with_it(client: Any, event: dict[str, Any], said: str) -> None:
    """Nothing is called then."""
    door = ProcessDoor(source=FolderSource(Path(__file__).parent), target=MemoryTarget(), actor="ana", state={})
    answer = respond({"action": "plan", **event}, door)
    assert not answer["ok"]
    assert said in answer["error"]["message"]


def test_a_plan_with_nothing_to_do_is_none_to_rehearse(client: Any, tmp_path: Path) -> None:
    """It takes no requests of anybody's."""
    source = _folder(tmp_path, m1_done="def do(ctx): ...\n")
    target = MemoryTarget.holding([Record(id="1", dirty=False)])
    door = ProcessDoor(source=source, target=target, actor="ana", state={}, client=client)
    assert respond({"action": "plan", "dry_run": True}, door)["actions"] == []


def test_a_stop_that_a_function_raises_is_no_failure(client: Any) -> None:
    """As in a run."""

    def stops(ctx: Context) -> None:
        raise StopRequested("It stopped at 3 of 7.")

    found = view(stops, client)
    assert found["unknown"] == ["It stopped at 3 of 7."]
    assert "error" not in found
