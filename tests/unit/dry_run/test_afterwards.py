"""A dry run leaves nothing behind that writes later, or that a real run in the same process would go by."""

import gc
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest

from dynamigrate import Context, FolderSource, MemorySource, MemoryTarget, Migration, MigrationsError, migrate
from dynamigrate.context import Environment
from dynamigrate.dry_run import Rehearser, limited_call
from dynamigrate.dry_run.ended import Ended
from dynamigrate.plan import Action, Direction, Plan
from dynamigrate.read_only import WriteRefused
from dynamigrate.records import Run
from dynamigrate.rehearsal import RehearsalOrder
from tests.unit.dry_run.rehearsing import put, table, unchanged, view

pytestmark = pytest.mark.usefixtures("own_heap")


@pytest.fixture
def client(moto_dynamodb: Any) -> Any:
    table(moto_dynamodb, items=3)
    return moto_dynamodb


def generator(ctx: Context) -> None:
    def cleaning_up(own: list[Any]) -> Iterator[None]:
        try:
            yield
        finally:
            put(ctx.dynamodb)

    own: list[Any] = []
    own.append(cleaning_up(own))
    next(own[0])


def object_with_a_finalizer(ctx: Context) -> None:
    class Batch:
        def __del__(self) -> None:
            put(ctx.dynamodb)

    batch: Any = Batch()
    batch.own = batch


@pytest.mark.parametrize("do", [generator, object_with_a_finalizer], ids=lambda do: do.__name__)
def test_what_cleans_up_when_it_is_collected_does_so_within_it(client: Any, do: Any) -> None:
    """A cycle keeps it until the collector comes by, which may be in a run that is none of a dry one."""
    gc.disable()
    try:
        with unchanged(client):
            found = view(do, client)
            gc.collect()
    finally:
        gc.enable()
    assert found["tables"]["orders"]["items_written"] == 1


@pytest.mark.parametrize("event", ["request-created", "before-sign", "needs-retry", "after-call"])
def test_what_a_hook_writes_while_a_read_is_sent_is_not_sent(client: Any, event: str) -> None:
    """A client's hooks are called where its request was let through already."""

    def do(ctx: Context) -> None:
        db = boto3.client("dynamodb")
        # Each returns something that botocore would take for an answer.
        db.meta.events.register(f"{event}.dynamodb", lambda **_: [None, put(ctx.dynamodb)][0])
        db.get_item(TableName="orders", Key={"id": {"S": "o1"}})

    with unchanged(client):
        found = view(do, client)
    assert "error" not in found
    assert found["tables"]["orders"]["items_written"] >= 1


def test_a_hook_may_read_what_came_of_a_write(client: Any) -> None:
    """As a tracer does with the response."""

    def do(ctx: Context) -> None:
        db = boto3.client("dynamodb")
        seen: list[bytes] = []
        db.meta.events.register("after-call.dynamodb", lambda http_response, **_: seen.append(http_response.content))
        put(db)
        assert seen == [b""]

    assert "error" not in view(do, client)


def _rehearse_folder(folder: Path, client: Any) -> None:
    (migration,) = FolderSource(folder).load()
    environment = Environment(connect=lambda: client)
    rehearser = Rehearser(environment, MemoryTarget().records(), run=Run(id="run-1"), order=RehearsalOrder())
    rehearser.rehearse(Plan((Action(Direction.DO, migration),)))


def test_what_modules_keep_of_it_is_forgotten(client: Any, tmp_path: Path) -> None:
    """Else a migration that notes in its module, or in a helper's, that something is done would not do it in earnest."""
    (tmp_path / "_done.py").write_text("DONE = []\n")
    (tmp_path / "1_once.py").write_text(
        "from ._done import DONE\n\n\n"
        "def do(ctx):\n"
        "    if not DONE:\n"
        "        ctx.dynamodb.put_item(TableName='orders', Item={'id': {'S': 'once'}})\n"
        "        DONE.append(1)\n"
    )
    _rehearse_folder(tmp_path, client)
    assert migrate(FolderSource(tmp_path), MemoryTarget(), dynamodb=client).applied == ("1",)
    assert client.get_item(TableName="orders", Key={"id": {"S": "once"}})["Item"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("imported_before", [False, True])
def test_what_modules_kept_cleans_up_without_writing(client: Any, tmp_path: Path, *, imported_before: bool) -> None:
    """A generator that a module keeps is closed when the module is forgotten, and not later."""
    (tmp_path / "1_keeps.py").write_text(
        "KEPT = []\n\n\n"
        "def each(db):\n"
        "    try:\n"
        "        yield 1\n"
        "    finally:\n"
        "        db.put_item(TableName='orders', Item={'id': {'S': 'late'}})\n\n\n"
        "def do(ctx):\n"
        "    KEPT.append(each(ctx.dynamodb))\n"
        "    next(KEPT[0])\n"
    )
    if imported_before:
        (migration,) = FolderSource(tmp_path).load()
        function: Any = migration.do
        function.resolve()
        gc.collect()
    with unchanged(client):
        _rehearse_folder(tmp_path, client)
        gc.collect()


def test_a_thread_of_an_earlier_one_is_no_part_of_the_next(client: Any) -> None:
    """It gets no answer there either, and is not counted."""
    begun, over, told = threading.Event(), threading.Event(), []

    def late() -> None:
        begun.wait(10)
        try:
            put(client)
        except BaseException as error:
            told.append(type(error).__name__)
        over.set()

    left = threading.Thread(target=late)

    def waits(ctx: Context) -> None:
        begun.set()
        over.wait(10)

    with unchanged(client):
        view(lambda ctx: left.start(), client)
        assert view(waits, client)["note"] == "It would write nothing."
    assert told == ["Ended"]


def test_there_is_none_while_a_run_writes(client: Any) -> None:
    """It would refuse what that writes, and leave a migration dirty."""
    source, told = MemorySource(), []

    def do(ctx: Context) -> None:
        with pytest.raises(MigrationsError) as raised:
            view(lambda _: None, client)
        told.append(raised.value.message)
        put(ctx.dynamodb)

    source.add(Migration("1", "one", do=do))
    assert migrate(source, MemoryTarget(), dynamodb=client).applied == ("1",)
    assert "A run of migrations is under way in this process" in told[0]
    # And afterwards there is one again.
    assert view(lambda ctx: put(ctx.dynamodb), client)["write_units"] == 1


def test_what_waits_for_what_was_ended_is_not_waited_for(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread got no answer, and the function waits for it without end."""
    monkeypatch.setattr(limited_call, "_LOOK", 0.01)
    answered = threading.Event()

    def asks() -> None:
        with suppress(Ended):
            client.update_item(TableName="orders", Key={"id": {"S": "o1"}}, ReturnValues="ALL_NEW")
            answered.set()

    def do(ctx: Context) -> None:
        threading.Thread(target=asks).start()
        while not answered.wait(0.01):
            pass

    found = view(do, client, limit=30)
    assert found["seconds"] < 15
    assert "ALL_NEW" in found["unknown"][0]


def test_a_strangers_write_is_refused_in_a_hook_too(client: Any) -> None:
    """Where it reads, and its client's hook writes."""
    inside, done, told = threading.Event(), threading.Event(), []
    db = boto3.client("dynamodb")

    def hook(**_: Any) -> None:
        try:
            put(client)
        except WriteRefused as error:
            told.append(error)

    db.meta.events.register("before-sign.dynamodb", hook)

    def elsewhere() -> None:
        inside.wait(10)
        db.scan(TableName="orders")
        done.set()

    other = threading.Thread(target=elsewhere)
    other.start()

    def do(ctx: Context) -> None:
        inside.set()
        done.wait(10)

    with unchanged(client):
        view(do, client)
    other.join()
    assert len(told) == 1
