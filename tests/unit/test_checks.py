"""`check(ctx)`: what is looked at before anything is written."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import (
    Backfill,
    CheckFailed,
    Context,
    FolderSource,
    InvalidSetting,
    MemorySource,
    MemoryTarget,
    Migration,
    Outcome,
    RunUnfinished,
    StopRequested,
    UndoPlanner,
)
from dynamigrate.continuation import Continuation
from dynamigrate.errors import HandedOver
from dynamigrate.records import Run
from tests.unit.fakes import migrate_in, raising, returning, stopping


class Client:
    """A client of DynamoDB that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name.startswith("_") or name == "meta":
            raise AttributeError(name)

        def call(**_: object) -> object:
            self.asked.append(name)
            return {}

        return call


class Story:
    """Migrations with checks, that note what is called."""

    def __init__(self, **checks: Callable[[Context], object] | None) -> None:
        self.told: list[str] = []
        self.client = Client()
        self.target = MemoryTarget()
        self.source = MemorySource()
        for number, (name, check) in enumerate(checks.items(), start=1):
            self.source.add(
                Migration(
                    str(number),
                    name,
                    do=self._noting(f"do {name}", lambda ctx: None),
                    undo=lambda ctx: None,
                    check=None if check is None else self._noting(f"check {name}", check),
                )
            )

    def run(self, **options: Any) -> Outcome:
        return migrate_in(self.source, self.target, dynamodb=self.client, **options)

    def fail(self, **options: Any) -> CheckFailed:
        with pytest.raises(CheckFailed) as caught:
            self.run(**options)
        assert not [one for one in self.told if one.startswith("do ")]
        assert self.target.records() == ()
        return caught.value

    def _noting(self, what: str, function: Callable[[Context], object]) -> Callable[[Context], object]:
        def call(ctx: Context) -> object:
            self.told.append(what)
            return function(ctx)

        return call


def nothing(_ctx: Context) -> None:
    """A check that passes."""


def test_all_checks_run_before_the_first_migration() -> None:
    """What the third would refuse is found before the first has written."""
    story = Story(a=nothing, b=None, c=nothing)
    assert story.run().applied == ("1", "2", "3")
    assert story.told == ["check a", "check c", "do a", "do b", "do c"]


def test_all_failures_are_told_together_and_nothing_is_dirty() -> None:
    """Each with its migration, its error and its place: a deploy an error would take a day for three."""
    story = Story(a=raising(ValueError("no prices")), b=nothing, c=raising(KeyError("status")))
    failed = story.fail()
    assert story.told == ["check a", "check b", "check c"]
    where = f"test_checks.py:{_line('return function(ctx)')}"
    assert failed.message == (
        f"2 of 3 checks failed. 1_a: ValueError: no prices ({where}). 3_c: KeyError: 'status' ({where}). Nothing was run."
    )
    assert failed.next_step == "Mend what was found, and run it again: nothing was written, and nothing is dirty."
    assert failed.outcome.pending == ("1", "2", "3")
    assert isinstance(failed.__cause__, ValueError)
    [record] = story.target.runs()
    assert (record.result, record.note) == ("failed", str(failed))


def test_one_failure_is_one_sentence() -> None:
    """With what was found, as the check says it."""
    failed = Story(a=raising(AssertionError("17 orders have no price"))).fail()
    assert failed.message.startswith(
        "The check of 1_a failed: AssertionError: 17 orders have no price (test_checks.py:"
    )
    assert failed.migration_id == "1"


def test_it_says_the_line_of_the_migrations_own_file(tmp_path: Path) -> None:
    """Not the line of a library, nor one of the engine's."""
    (tmp_path / "20261123090000_add_status.py").write_text(
        "def check(ctx):\n    ctx.dynamodb.put_item(TableName='orders')\n\n\ndef do(ctx):\n    raise AssertionError\n"
    )
    target = MemoryTarget()
    with pytest.raises(CheckFailed) as caught:
        migrate_in(FolderSource(tmp_path), target, dynamodb=Client())
    assert caught.value.message == (
        "The check of 20261123090000_add_status failed: check called put_item, and a check only reads "
        "(20261123090000_add_status.py:2). Nothing was run."
    )
    assert caught.value.next_step.startswith("Do it in do(ctx), which runs after all checks have passed. Mend what")
    assert target.records() == ()


def test_many_long_failures_leave_room_for_what_to_do() -> None:
    """The reason that a terminal shows is under 3 KB; those that are left out are in the log, and counted."""
    story = Story(**{f"m{number:02}": raising(ValueError("x" * 5_000)) for number in range(20)})
    message = story.fail().message
    assert len(message) < 2_600
    assert "20 of 20 checks failed. 1_m00: ValueError: xxx" in message
    assert " more, which the log has. Nothing was run." in message


@pytest.mark.parametrize(
    ("returned", "what"),
    [
        (True, "check returned True, and should return nothing"),
        (False, "check returned False, and should return nothing"),
        ([], "check returned [], and should return nothing"),
        (Backfill(table="orders", transform=lambda item, ctx: None), "check returned a Backfill"),
    ],
)
def test_a_value_that_is_returned_is_no_answer(returned: object, what: str) -> None:
    """It may mean that something was found, and nobody would look at it."""
    assert what in Story(a=returning(returned)).fail().message


def test_what_would_still_have_to_be_run_is_named() -> None:
    """A coroutine, a generator: nothing of it has run."""

    async def look() -> None: ...

    def steps() -> Iterator[int]:
        yield 1

    message = Story(a=lambda ctx: look(), b=lambda ctx: steps()).fail().message
    assert "check returned a coroutine (look), which nobody awaits" in message
    assert "check returned a generator (steps), which nobody runs" in message


def test_one_that_a_call_would_not_run_or_that_takes_other_arguments_fails_beside_the_others() -> None:
    """It is told with what the others found."""

    async def asynchronous(ctx: Context) -> None: ...

    source = MemorySource()
    odd: list[Any] = [asynchronous, lambda: None, raising(ValueError("no"))]
    for number, check in enumerate(odd, start=1):
        source.add(Migration(str(number), "x", do=nothing, check=check))
    with pytest.raises(CheckFailed) as caught:
        migrate_in(source, MemoryTarget())
    assert "1_x: check is asynchronous or a generator, and a call would not run it" in caught.value.message
    assert "2_x: check can't be called with the context alone" in caught.value.message
    assert caught.value.message.startswith("3 of 3 checks failed. 1_x: check is asynchronous")
    assert "3_x: ValueError: no" in caught.value.message


def test_an_asynchronous_check_that_is_run_by_itself_passes() -> None:
    """``asyncio.run`` in it, which needs a thread without a loop."""

    async def look() -> None:
        await asyncio.sleep(0)

    assert Story(a=lambda ctx: asyncio.run(look())).run().applied == ("1",)


@pytest.mark.parametrize(
    "operation",
    [
        "put_item",
        "update_item",
        "delete_item",
        "batch_write_item",
        "transact_write_items",
        "update_table",
        "create_table",
        "delete_table",
        "update_time_to_live",
        "tag_resource",
        "restore_table_to_point_in_time",
        "generate_presigned_url",
        "close",
    ],
)
def test_what_writes_is_refused_and_named(operation: str) -> None:
    """And not sent, also where the check does not mind."""

    def check(ctx: Context) -> None:
        with suppress(Exception):
            getattr(ctx.dynamodb, operation)(TableName="orders")

    story = Story(a=check)
    assert f"check called {operation}, and a check only reads (" in story.fail().message
    assert story.client.asked == []


@pytest.mark.parametrize(
    "operation", ["get_item", "query", "scan", "batch_get_item", "transact_get_items", "describe_table", "list_tables"]
)
def test_what_reads_is_sent(operation: str) -> None:
    def check(ctx: Context) -> None:
        getattr(ctx.dynamodb, operation)(TableName="orders")

    story = Story(a=check)
    story.run()
    assert story.client.asked == [operation]


@pytest.mark.parametrize("given", ["checkpoint", "progress", "lock_condition"])
def test_what_a_check_can_not_have_is_refused_by_name(given: str) -> None:
    """It keeps nothing: it runs again as a whole."""
    uses: dict[str, Callable[[Context], object]] = {
        "checkpoint": lambda ctx: ctx.checkpoint.save(1),
        "progress": lambda ctx: ctx.progress(1, 2),
        "lock_condition": lambda ctx: ctx.lock_condition() and None,
    }
    message = Story(a=uses[given]).fail().message
    assert f"check called ctx.{given}" in message
    assert ", and a check only reads" in message


def test_the_rest_of_the_context_is_there() -> None:
    seen: list[object] = []
    story = Story(
        a=lambda ctx: seen.extend(
            [ctx.tables["orders"], ctx.params["region"], ctx.migration.id, ctx.run_id, ctx.dry_run, ctx.stop_reason()]
        )
    )
    story.run(tables={"orders": "Orders-1X"}, params={"region": "EU"}, run=Run(id="run-1"))
    assert seen == ["Orders-1X", "EU", "1", "run-1", False, None]


def test_one_that_hangs_ends_the_run_and_says_where() -> None:
    """After its limit; and it does not go on beside what comes next."""
    ended = threading.Event()

    def hang(ctx: Context) -> None:
        try:
            while True:
                time.sleep(0.001)
        finally:
            ended.set()

    failed = Story(a=hang).fail(check_limit=0.05)
    assert (
        f"check did not end within 0.05 s, and was given up (test_checks.py:{_line('time.sleep(0.001)')})"
        in failed.message
    )
    assert "what has to look at every item is the work of a migration" in failed.next_step
    assert ended.wait(20), "it goes on"


def test_one_that_was_given_up_reads_nothing_more() -> None:
    """A loop of requests comes to its end by that."""
    caught: list[str] = []
    go_on, ended = threading.Event(), threading.Event()

    def hang(ctx: Context) -> None:
        dynamodb = ctx.dynamodb
        threading.Thread(target=later, args=(dynamodb,), daemon=True).start()
        go_on.wait(20)

    def later(dynamodb: Any) -> None:
        go_on.wait(20)
        try:
            dynamodb.scan(TableName="orders")
        except Exception as error:
            caught.append(str(error))
        ended.set()

    story = Story(a=hang)
    story.fail(check_limit=0.05)
    go_on.set()
    assert ended.wait(20)
    assert caught[0].startswith("check called scan after it was over.")
    assert story.client.asked == []


@pytest.mark.parametrize("limit", [0, -1, float("nan"), "60", None, True])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(InvalidSetting, match=r"check_limit=.* is not possible\. Give seconds: more than 0\."):
        Story(a=nothing).run(check_limit=limit)


def test_a_run_that_has_to_stop_stops_between_two_checks() -> None:
    """As between two migrations; nothing is dirty, and the next run checks all again."""
    story = Story(a=lambda ctx: story.target.request_stop("the stack is rolling back"), b=nothing)
    with pytest.raises(RunUnfinished, match=r"The run stopped before the check of 2_b: the stack is rolling back\."):
        story.run()
    assert story.told == ["check a"]
    assert story.target.records() == ()


def test_a_check_may_let_a_stop_pass() -> None:
    story = Story(a=raising(StopRequested("1 stopped: its time is up.")))
    with pytest.raises(RunUnfinished, match=r"1 stopped: its time is up\."):
        story.run()


def test_a_dry_run_checks_too() -> None:
    """With the flag set, and before any migration is called."""
    seen: list[bool] = []
    story = Story(a=lambda ctx: seen.append(ctx.dry_run))
    story.run(dry_run=True)
    assert seen == [True]
    with pytest.raises(CheckFailed):
        Story(a=raising(ValueError("no"))).run(dry_run=True)


def test_what_is_undone_or_gone_on_with_is_not_checked() -> None:
    """Its data was as it had to be when it began."""
    story = Story(a=nothing)
    story.run()
    story.told.clear()
    story.run(planner=UndoPlanner())
    assert story.told == []
    target, checked = MemoryTarget(), []
    source = MemorySource()
    source.add(Migration("1", "pages", do=stopping(target), check=lambda ctx: checked.append(1)))
    with pytest.raises(RunUnfinished):
        migrate_in(source, target)
    migrate_in(source, target)
    assert checked == [1]


def test_a_run_that_goes_on_in_another_process_checks_once() -> None:
    """Its later slices begin migrations that were checked before the first wrote."""
    checked: list[str] = []
    left = [100.0]

    def do(ctx: Context) -> None:
        left[0] = 1.0

    source = MemorySource()
    for one in ("1", "2"):
        source.add(Migration(one, "x", do=do, check=lambda ctx: checked.append(ctx.migration.id)))
    target, run = MemoryTarget(), Run(id="run-1")
    _slice(source, target, run, left, takes_up=False)
    assert checked == ["1", "2"]
    left[0] = 100.0
    assert _slice(source, target, run, left, takes_up=True) == ("1", "2")
    assert checked == ["1", "2"]


def test_a_run_that_had_begun_nothing_checks_again_where_it_goes_on() -> None:
    """Its time was up in the middle of the checks."""
    checked: list[str] = []
    left = [100.0]

    def check(ctx: Context) -> None:
        checked.append(ctx.migration.id)
        left[0] = 1.0

    source = MemorySource()
    for one in ("1", "2"):
        source.add(Migration(one, "x", do=nothing, check=check))
    target, run = MemoryTarget(), Run(id="run-1")
    _slice(source, target, run, left, takes_up=False)
    assert checked == ["1"]
    left[0] = 100.0
    source.load()[0].check  # noqa: B018 - both are still to be checked
    _slice(source, target, run, [100.0], takes_up=True)
    assert checked == ["1", "1", "2"]


def _slice(source: MemorySource, target: MemoryTarget, run: Run, left: list[float], *, takes_up: bool) -> object:
    def go_on(lock: Any, continuation: Continuation) -> str:
        lock.hand_over(continuation, until=time.time() + 600)
        return "another process"

    try:
        return migrate_in(
            source,
            target,
            run=run,
            remaining=lambda: left[0],
            reserve=10.0,
            continue_elsewhere=go_on,
            limit=time.time() + 3_000,
            takes_up=takes_up,
        ).applied
    except HandedOver:
        return None


def test_each_result_is_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(CheckFailed):
        Story(a=nothing, b=raising(ValueError("no prices"))).run()
    lines: dict[str, logging.LogRecord] = {getattr(record, "event", ""): record for record in caplog.records}
    assert lines["check.passed"].getMessage().startswith("The check of 1_a passed, after ")
    assert lines["check.failed"].getMessage().startswith("The check of 2_b failed: ValueError: no prices (")
    assert lines["check.failed"].levelname == "ERROR"
    assert lines["check.failed"].exc_info, "with what was raised, and where"


def _line(code: str) -> int:
    """The first line of this file that has *code*."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if code in line)
