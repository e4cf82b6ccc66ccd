"""How workers end that are too many, too late or called twice; and a run that can't go on in a fleet."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from dynamigrate import Backfill, DynamoDBTarget, MigrationFailed, RunUnfinished, Update, migrate
from dynamigrate.backfill.fleet import work
from dynamigrate.control import workers
from dynamigrate.errors import HandedOver
from dynamigrate.fleet import WorkerEnd
from dynamigrate.records import RunRecord
from dynamigrate.status import status
from dynamigrate.transport.boto import open_transport
from tests.dynamodb.fleets import ID, ITEMS, RUN, Begin, FleetRun


def _to_cents(item: Any, _ctx: Any) -> Update | None:
    """Once: prices in cents are above all others, or nothing."""
    return None if item["price"] >= ITEMS else Update(set={"price": item["price"] * 100})


def _prices(run: FleetRun) -> dict[str, int]:
    pages = run.client.get_paginator("scan").paginate(TableName=run.name, ConsistentRead=True)
    return {item["id"]["S"]: int(item["price"]["N"]) for page in pages for item in page["Items"]}


def _all_done(run: FleetRun) -> bool:
    return all(price == 0 or price >= 100 for price in _prices(run).values())


def _handed_over(run: FleetRun) -> FleetRun:
    with pytest.raises(HandedOver):
        run.slice(takes_up=False)
    return run


def _say(run: FleetRun, *numbers: int) -> None:
    """Have those workers be at work, as far as the others can see."""
    for number in numbers:
        member = run.target.join(RUN.id, number)
        assert member is not None
        member.save({}, {}, f"{time.time():.0f} 1 0 + 0 +")


def _call(run: FleetRun, number: int) -> WorkerEnd:
    member = run.target.join(RUN.id, number)
    assert member is not None
    return run.call(member)


def test_where_a_run_can_not_go_on_in_a_fleet_it_says_what_was_wanted_and_why_it_can_not(begin: Begin) -> None:
    run = begin(_to_cents)
    run.limit = 5
    with pytest.raises(RunUnfinished) as caught:
        run.run()
    assert caught.value.message == (
        "1_fleet stopped, to go on with 4 workers beside each other. Applied in this run: none; pending: 1. It does not "
        "go on by itself: the time that a run may take in all is up (run_limit=)."
    )
    run.limit = 3000
    assert run.run().applied == (ID,)
    assert _all_done(run)


class TestOneProcessAndAFleet:
    """Each goes on where the other stopped: their checkpoints are the same."""

    def test_one_process_goes_on_where_a_fleet_was_given_up(
        self, begin: Begin, caplog: pytest.LogCaptureFixture
    ) -> None:
        run = _handed_over(begin(_to_cents))
        dead = run.target.join(RUN.id, 1)
        assert dead is not None
        assert dead.claim(dead.parts([1, 5])) == {1, 5}
        assert _call(run, 0) is WorkerEnd.OVER
        assert not _all_done(run)
        run.target.unlock(force=True)
        assert migrate(run.source, run.target, dynamodb=run.client).applied == (ID,)
        assert _all_done(run)
        assert run.target.segments(ID) == {}
        # What the dead one had taken, and not begun, is nothing to warn of.
        assert "segment.not_read" not in {vars(record).get("event") for record in caplog.records}

    @pytest.mark.parametrize("spelled", [ID, f"00{ID}"])
    def test_a_fleet_goes_on_where_one_process_failed(self, begin: Begin, spelled: str) -> None:
        """Under another spelling of the migration's id, too: it is recorded as it was first written."""
        seen = 0

        seen = 0

        def transform(item: Any, ctx: Any) -> Update | None:
            nonlocal seen
            seen += 1
            if seen == ITEMS // 2:
                raise KeyError("no such status")
            return _to_cents(item, ctx)

        run = begin(transform, threads=1)
        with pytest.raises(MigrationFailed, match="no such status"):
            migrate(run.source, run.target, dynamodb=run.client)
        before = {number: part for number, part in run.target.segments(ID).items() if part["done"]}
        run.spelled = spelled
        assert run.run().applied == (ID,)
        assert run.fleets == 1
        assert before
        assert _all_done(run)
        assert [record.id for record in run.target.records()] == [ID]
        assert run.target.segments(ID) == {}

    def test_segments_that_the_code_changed_meanwhile_are_told(self, begin: Begin) -> None:
        """They are fixed once it has begun; nothing is rewritten under another number of them."""
        run = _handed_over(begin(_to_cents))
        run.target.unlock(force=True)
        run.backfill = Backfill(table=run.name, transform=_to_cents, workers=4, segments=16)
        with pytest.raises(MigrationFailed, match="begun with segments=12, and its code has 16 now"):
            run.run()
        assert not any(price >= ITEMS for price in _prices(run).values())
        run.backfill = Backfill(table=run.name, transform=_to_cents, workers=64)
        assert run.run().applied == (ID,)
        assert _all_done(run)


def test_once_the_run_is_taken_up_its_progress_is_that_of_the_process_that_has_it(begin: Begin) -> None:
    """What the fleet had counted stands still from then on."""
    run = _handed_over(begin(_to_cents))
    member = run.target.join(RUN.id, 0)
    assert member is not None
    member.save({}, {"scanned": 60}, "0")
    [dirty] = status(run.source.load(), run.target).dirty
    assert dirty.record.progress == (60, ITEMS)
    target = run.target
    with target.take_up(RUN.id):
        target.save_progress(ID, 200, ITEMS)
        [dirty] = status(run.source.load(), run.target).dirty
        assert dirty.record.progress == (200, ITEMS)


class TestTooMany:
    def test_one_that_is_called_while_it_is_too_many_gives_back_what_its_earlier_process_had(
        self, begin: Begin
    ) -> None:
        """The others would leave that to it, and it is not to work."""
        run = _handed_over(begin(_to_cents, segments=4))
        _say(run, 0, 3)
        earlier = run.target.join(RUN.id, 3)
        assert earlier is not None
        assert earlier.claim(earlier.parts([1, 3])) == {1, 3}
        workers(run.target, 1)
        assert _call(run, 3) is WorkerEnd.PARKED
        assert [part.owner for part in earlier.parts([1, 3]).values()] == [None, None]
        assert earlier.status.workers.keys() <= {0, 3}
        assert _call(run, 0) is WorkerEnd.OVER
        assert _all_done(run)

    def test_one_that_is_too_many_ends_with_the_others_where_the_run_is_asked_to_stop(self, begin: Begin) -> None:
        """It would be called again every few seconds, and the deploy wait for it."""
        run = _handed_over(begin(_to_cents))
        _say(run, 0)
        workers(run.target, 1)
        run.target.request_stop("cancelled by a person")
        assert _call(run, 3) is WorkerEnd.OVER
        assert not any(price >= ITEMS for price in _prices(run).values())

    def test_one_that_is_too_many_leaves_no_connections_behind(
        self, begin: Begin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: Counter[str] = Counter()

        def counting(*arguments: Any) -> Any:
            transport = open_transport(*arguments)
            close = transport.close
            opened["open"] += 1

            def closing() -> None:
                opened["open"] -= 1
                close()

            monkeypatch.setattr(transport, "close", closing)
            return transport

        monkeypatch.setattr("dynamigrate.backfill.fleet.work.open_transport", counting)
        run = _handed_over(begin(_to_cents))
        _say(run, 0)
        workers(run.target, 1)
        assert _call(run, 3) is WorkerEnd.PARKED
        assert opened["open"] == 0


class TestWhoseLockIsLost:
    """A worker records nothing more, and says why where nobody else does."""

    def test_says_that_it_was_freed(self, begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
        run = self._that_loses_it(begin, lambda run: run.target.unlock(force=True))
        assert _call(run, 0) is WorkerEnd.OVER
        [line] = _losses(caplog)
        assert (line["levelname"], line["cause"], line["run_id"], line["worker"]) == ("WARNING", "freed", RUN.id, 0)
        assert "an unlock command" in line["message"]

    def test_says_who_has_it(self, begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
        with ExitStack() as held:

            def take(run: FleetRun) -> None:
                run.target.unlock(force=True)
                other = DynamoDBTarget(
                    run.client, table_name=f"{run.name}-migrations", lock_table_name=f"{run.name}-lock", run_id="run-2"
                )
                held.enter_context(other.lock())

            run = self._that_loses_it(begin, take)
            assert _call(run, 0) is WorkerEnd.OVER
        [line] = _losses(caplog)
        assert (line["cause"], line["worker"]) == ("taken", 0)
        assert line["by"]

    def test_says_nothing_where_the_run_goes_on(self, begin: Begin, caplog: pytest.LogCaptureFixture) -> None:
        with ExitStack() as held:
            run = self._that_loses_it(begin, lambda run: held.enter_context(run.target.take_up(RUN.id)))
            assert _call(run, 0) is WorkerEnd.OVER
        assert _losses(caplog) == []

    def test_says_nothing_where_the_run_has_come_to_its_end(
        self, begin: Begin, caplog: pytest.LogCaptureFixture
    ) -> None:
        def end(run: FleetRun) -> None:
            with run.target.take_up(RUN.id):
                run.target.record_run(RunRecord(run=RUN, started_at="2026", seconds=1, result="succeeded"))

        # One thread, so that nobody looks while another process has the run.
        run = self._that_loses_it(begin, end, threads=1)
        assert _call(run, 0) is WorkerEnd.OVER
        assert _losses(caplog) == []

    @staticmethod
    def _that_loses_it(begin: Begin, lose: Callable[[FleetRun], object], **options: Any) -> FleetRun:
        """Handed over to a fleet; *lose* is called while a worker has its first item in hand."""
        lost = threading.Event()

        def transform(item: Any, ctx: Any) -> Update | None:
            if not lost.is_set():
                lost.set()
                lose(run)
            return _to_cents(item, ctx)

        run = _handed_over(begin(transform, **options))
        return run


def _losses(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if vars(record).get("event") == "lock.lost"]


def test_a_call_whose_number_another_one_has_now_gives_way(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two would have the share of the rate that is one's. It is called again, and goes on if it is the only one."""
    monkeypatch.setattr(work, "_SAY_SECONDS", 0.2)
    monkeypatch.setattr(work, "_SAVES_A_SECOND", 1000)
    second = threading.Event()

    def transform(item: Any, ctx: Any) -> Update | None:
        if not second.is_set():
            second.set()
            again = run.target.join(RUN.id, 0)
            assert again is not None
            parts = again.parts(range(40))
            assert again.claim({number: part for number, part in parts.items() if part.owner})
        return _to_cents(item, ctx)

    run = _handed_over(begin(transform, workers=2, segments=40, max_write_units=60, threads=2))
    assert _call(run, 0) is WorkerEnd.SUPERSEDED
    assert not _all_done(run)
    for number in range(2):
        assert _call(run, number) is WorkerEnd.OVER
    assert _all_done(run)
