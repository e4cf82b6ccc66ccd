"""A migration that was denied all that it asked for has done nothing, so it is not left dirty."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate import Backfill, MemorySource, MemoryTarget, Migration, MigrationFailed, Outcome, migrate
from dynamigrate.errors import LockLost
from dynamigrate.runtime import Runtime
from dynamigrate.transport.client_witness import ClientWitness
from tests.unit.fakes import FakeClock

RunIt = Callable[..., Outcome]


class Client:
    """Refuses what is not *allowed*, under the eyes of a witness."""

    def __init__(self, *allowed: str) -> None:
        self.witness = ClientWitness()
        self._allowed = allowed

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**_: Any) -> dict[str, Any]:
            if name in self._allowed:
                return {"Table": {"KeySchema": [{"AttributeName": "id"}]}, "Items": []}
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, name)

        return lambda **request: self.witness.watch(lambda: call(**request))


@pytest.fixture
def run(target: MemoryTarget, clock: FakeClock) -> RunIt:
    """Runs *do* as migration 1, with *client*."""

    def run(do: Any, client: Client, **options: Any) -> Outcome:
        source = MemorySource()
        source.add(Migration("1", "change orders", do=do, undo=options.pop("undo", None)))
        return migrate(source, target, dynamodb=client, runtime=Runtime(witness=client.witness, clock=clock), **options)

    return run


def put(ctx: Any) -> None:
    """One request."""
    ctx.dynamodb.put_item(TableName="orders", Item={})


@pytest.mark.parametrize("do", [put, Backfill("orders", lambda item, ctx: None)], ids=["function", "backfill"])
def test_one_that_was_denied_its_first_request_is_pending_again(run: RunIt, target: MemoryTarget, do: Any) -> None:
    """It says so, offers no repair, and the next run does it."""
    with pytest.raises(MigrationFailed, match="it had not begun, and is not dirty") as caught:
        run(do, Client("describe_table") if do is not put else Client())
    assert target.records() == ()
    assert target.segments("1") == {}
    assert caught.value.repair is None
    assert (caught.value.outcome.failed, caught.value.outcome.pending) == ("1", ("1",))
    assert run(lambda ctx: None, Client()).applied == ("1",)


def read_first(ctx: Any) -> None:
    """Something got through."""
    ctx.dynamodb.scan(TableName="orders")
    put(ctx)


def save_first(ctx: Any) -> None:
    """What it did before, no witness saw."""
    ctx.checkpoint.save("half done elsewhere")
    put(ctx)


def go_on(ctx: Any) -> None:
    """Fails of something else in the end."""
    with suppress(ClientError):
        put(ctx)
    raise ValueError("no such order")


def ask_for_nothing(ctx: Any) -> None:
    """Another client's denial, of which nothing is known."""
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutObject")


@pytest.mark.parametrize("do", [read_first, save_first, ask_for_nothing])
def test_one_that_may_have_done_something_stays_dirty(run: RunIt, target: MemoryTarget, do: Any) -> None:
    """Only what is certain to have done nothing is taken for not begun."""
    with pytest.raises(MigrationFailed):
        run(do, Client("scan"))
    assert [record.dirty for record in target.records()] == [True]


def test_one_that_went_on_and_failed_of_something_else_stays_dirty(run: RunIt, target: MemoryTarget) -> None:
    """The denial did not stop it."""
    with pytest.raises(MigrationFailed, match="no such order"):
        run(go_on, Client())
    assert [record.dirty for record in target.records()] == [True]


@pytest.mark.parametrize("error", [RuntimeError("no answer"), LockLost("taken over")])
def test_one_whose_mark_can_not_be_removed_stays_dirty_and_says_so(
    run: RunIt, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """As after any failure: a crash between the denial and the removal leaves just that."""

    def fail(migration_id: str) -> None:
        raise error

    monkeypatch.setattr(target, "remove", fail)
    with pytest.raises(MigrationFailed, match="repair"):
        run(put, Client())
    assert [record.dirty for record in target.records()] == [True]


def test_with_nothing_begun_there_is_nothing_of_it_to_undo(run: RunIt, target: MemoryTarget) -> None:
    """Where a failure is to be undone."""
    undone: list[str] = []
    with pytest.raises(MigrationFailed):
        run(put, Client(), undo=lambda ctx: undone.append("1"), on_failure="undo")
    assert (undone, target.records()) == ([], ())


def test_nobody_watching_it_stays_dirty(target: MemoryTarget) -> None:
    """With a client of one's own, nothing is known of its requests."""
    source = MemorySource()
    source.add(Migration("1", "change orders", do=put))
    with pytest.raises(MigrationFailed):
        migrate(source, target, dynamodb=Client())
    assert [record.dirty for record in target.records()] == [True]
