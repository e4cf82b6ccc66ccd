"""
Backfills in deploys: to the end, over several deploys, after a kill, and beside the application.

IAM is enforced, so what the construct grants is enough for all that a backfill does.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.backfills.things import SLOW, Things, wait_until
from tests.acceptance.sibling import printed

pytestmark = pytest.mark.acceptance

STACK = "Things"
_MORTAL = """
import os
import time

from dynamigrate import Backfill, Update

began = []


def to_cents(item, ctx):
    if not ctx.dry_run:
        with open({notes!r}, "a") as notes:
            notes.write(item["id"] + "\\n")
        began.append(time.monotonic())
        if began[-1] - began[0] > 6.5 and not os.path.exists({mark!r}):
            open({mark!r}, "w").close()
            os._exit(3)
    return Update(set={{"price": item["price"] * 100}})


do = Backfill(table="things", transform=to_cents, once=True, segments=40, max_write_units=80)


def undo(ctx):
    pass
"""
_LIVE = """
from dynamigrate import Backfill, Update


def seen(item, ctx):
    return Update(set={"touched": item["touched"] + 1000, "seen": True})


do = Backfill(table="things", transform=seen, once=True, segments=20, max_write_units=200)
"""


def test_a_backfill_runs_in_a_deploy_and_can_be_watched(things: Things, notes: Path) -> None:
    """Every item is rewritten once; how it went is in the log, in CloudWatch's metrics and in the status."""
    things.fill(600)
    things.write("2_label", SLOW.format(notes=str(notes), name="do", units=5000))
    passed = things.deploy()
    assert passed.ok, passed.output
    assert {key: item["label"] for key, item in things.items().items()} == {f"t{n}": f"from t{n}" for n in range(600)}
    assert Counter(notes.read_text().split()) == Counter(f"t{n}" for n in range(600))

    lines = [line for line in things.log() if line.get("migration") == "2"]
    progress = [line for line in lines if line.get("event") == "migration.progress"][-1]
    assert (progress["done"], progress["total"], progress["percent"]) == (600, 600, 100.0)
    assert (progress["written"], progress["conflicts"]) == (600, 0)
    [started] = [line for line in lines if line.get("event") == "backfill.started"]
    assert started["transport"] == "HttpTransport", "as in a real function, not by way of a client of the SDK"
    [finished] = [line for line in lines if line.get("event") == "backfill.finished"]
    assert finished["run_id"] == progress["run_id"]
    metrics = [line for line in lines if "_aws" in line][-1]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "dynamigrate"
    assert (metrics["service"], metrics["Done"], metrics["Percent"]) == (STACK, [600.0], [100.0])
    [row] = [row for row in things.invoke(action="status")["migrations"] if row["id"] == "2"]
    assert row["state"] == "applied"
    assert things.marks() == []


def test_a_backfill_that_outlasts_the_function_goes_on_with_the_next_deploy(things: Things, notes: Path) -> None:
    """The deploy fails as unfinished and says what is left; what was done is not done again."""
    count = 110
    things.fill(count)
    things.write("3_label", SLOW.format(notes=str(notes), name="do", units=15))
    stopped = things.cdk("deploy", timeout="13")
    assert not stopped.ok, "it should have taken longer than the function may run"
    said = printed(stopped)
    assert "3_label stopped at " in said
    assert f"of about {count} items" in said
    assert "were left of the time that this function has" in said
    assert "pending: 3" in said
    assert things.status == "UPDATE_ROLLBACK_COMPLETE"
    done = len(notes.read_text().split())
    assert 0 < done < count
    [run] = things.invoke(action="history", n=1)["runs"]
    assert run["result"] == "unfinished"

    passed = things.cdk("deploy", timeout="120")
    assert passed.ok, passed.output
    assert {item["label"] for item in things.items().values()} == {f"from t{n}" for n in range(count)}
    calls = Counter(notes.read_text().split())
    assert len(calls) == count
    # The page that was in hand: one of twenty segments, as at this pace one thread works.
    assert calls.total() - count <= 12
    assert things.marks() == []


def test_a_killed_backfill_goes_on_from_its_checkpoints(things: Things, notes: Path, tmp_path: Path) -> None:
    """It repeats no more than what came after the last of them, misses nothing, and what is done once is done once."""
    count = 400
    things.fill(0)
    mark = tmp_path / "killed"
    things.write("4_cents", _MORTAL.format(notes=str(notes), mark=str(mark)))
    passed = things.deploy()
    assert passed.ok, passed.output
    assert things.invoke(action="undo", confirm=True)["undone"] == ["4"]

    things.fill(count)
    things.send(action="migrate")
    try:
        wait_until(mark.exists, "killed")
    finally:
        # Whatever went wrong, no later deploy is to die of it.
        mark.touch()
    found = things.dirty()
    assert (found["migration"], found["progress"]["total"]) == ("4", count)
    before = len(notes.read_text().split())
    kept = sum(mark["tally"]["read"] for mark in things.marks() if mark.get("done"))
    assert 0 < kept < before
    done = sum(item["price"] == "200" for item in things.items().values())
    assert kept <= done < count
    wait_until(lambda: not things.locked, "freed")

    passed = things.deploy()
    assert passed.ok, passed.output
    items = things.items()
    assert len(items) == count
    assert {item["price"] for item in items.values()} == {"200"}
    calls = Counter(notes.read_text().split())
    assert calls.keys() == items.keys()
    assert calls.total() - count <= before - kept


def test_no_write_of_the_application_is_lost(things: Things) -> None:
    """It changes items all through the deploy, in the very attribute that is rewritten."""
    count = 300
    things.fill(count)
    things.write("5_seen", _LIVE)
    stop = threading.Event()
    client, table = things.aws.client("dynamodb"), things.table

    def touch(first: int) -> Counter[str]:
        touched: Counter[str] = Counter()
        while not stop.is_set():
            # Each has items of its own, and comes by often enough to meet the backfill.
            key = f"t{first + 2 * (touched.total() * 7 % (count // 2))}"
            client.update_item(
                TableName=table,
                Key={"id": {"S": key}},
                UpdateExpression="SET touched = touched + :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
            touched[key] += 1
        return touched

    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(touch, first) for first in (0, 1)]
        try:
            passed = things.cdk("deploy", timeout="120")
        finally:
            stop.set()
        touched = writers[0].result() + writers[1].result()
    assert passed.ok, passed.output
    assert touched.total() > count
    items = things.items()
    assert {key: int(item["touched"]) for key, item in items.items()} == {
        f"t{n}": touched[f"t{n}"] + 1000 for n in range(count)
    }
    [finished] = [
        line for line in things.log() if line.get("event") == "backfill.finished" and line["migration"] == "5"
    ]
    assert finished["conflicts"] > 0
