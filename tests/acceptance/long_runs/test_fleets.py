"""A backfill with workers beside each other: the machine's map, with the real CDK CLI, under enforced IAM."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.backfills.things import wait_until
from tests.acceptance.long_runs.slices import Slices
from tests.acceptance.sibling import printed

pytestmark = pytest.mark.acceptance

STACK = "Fleets"
# Seconds. A worker takes its whole share of the rate from its sixth on.
TIMEOUT = "20"
# Each notes its process beside the item, but for looks that write nothing.
FLEET = """
import os

from dynamigrate import Backfill, Update


def add_label(item, ctx):
    if not ctx.dry_run:
        with open({notes!r}, "a") as notes:
            notes.write(f"{{os.getpid()}} {{item['id']}}\\n")
    return Update(set={{"label": "from " + item["id"]}})


do = Backfill(table="things", transform=add_label, workers={workers}, segments={segments}, max_write_units={units})
"""
# One of its workers dies, once.
MORTAL = """
import os

from dynamigrate import Backfill, Update


def to_cents(item, ctx):
    if not ctx.dry_run:
        with open({notes!r}, "a") as notes:
            notes.write(f"{{os.getpid()}} {{item['id']}}\\n")
        with open({notes!r}) as notes:
            if len(notes.readlines()) > 60 and not os.path.exists({mark!r}):
                open({mark!r}, "w").close()
                os._exit(3)
    return Update(set={{"price": item["price"] * 100}})


do = Backfill(table="things", transform=to_cents, once=True, workers=3, segments=30, max_write_units=120)
"""
FAILING = """
from dynamigrate import Backfill, Update


def touch(item, ctx):
    if item["id"] == "t17":
        raise ValueError("no such thing")
    return Update(set={"touched": 2})


do = Backfill(table="things", transform=touch, workers=3, segments=9)
"""


def test_a_fleet_rewrites_all_and_loses_no_write_of_others(slices: Slices, notes: Path) -> None:
    """Whoever writes meanwhile keeps what was written; the deploy ends once, with one run in the history."""
    count = 600
    slices.fill(count)
    slices.write("2_label", FLEET.format(notes=str(notes), workers=4, segments=32, units=240))
    over = threading.Event()
    client, table = slices.aws.client("dynamodb"), slices.table

    def write() -> dict[str, int]:
        """As the application does: each time one more."""
        counts: dict[str, int] = {}
        number = 0
        while not over.is_set():
            key = f"t{number % count}"
            client.update_item(
                TableName=table,
                Key={"id": {"S": key}},
                UpdateExpression="SET touched = touched + :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
            counts[key] = counts.get(key, 0) + 1
            number += 7
        return counts

    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(write)
        try:
            passed = slices.deploy()
        finally:
            over.set()
        counts = written.result()
    assert passed.ok, passed.output
    items = slices.items()
    assert {key: item["label"] for key, item in items.items()} == {f"t{n}": f"from t{n}" for n in range(count)}
    assert {key: int(item["touched"]) for key, item in items.items()} == {
        f"t{n}": counts.get(f"t{n}", 0) for n in range(count)
    }
    run = slices.newest_run()
    assert (run["applied"], run["result"]) == (["2"], "succeeded")
    processes = {line.split()[0] for line in notes.read_text().splitlines()}
    assert len(processes) == 4
    assert [line["workers"] for line in slices.events("fleet.started", run["run_id"])] == [4]
    assert slices.told("Invocations") != "1"
    assert (slices.locked, slices.marks(), slices.parameters()) == (False, [], [])
    assert slices.executions()[0]["status"] == "SUCCEEDED"


def test_a_worker_that_is_killed_costs_no_more_than_what_it_had_not_kept(
    slices: Slices, notes: Path, tmp_path: Path
) -> None:
    """Its next process goes on, within the same fleet; each item is rewritten once."""
    slices.fill(240)
    slices.write("3_cents", MORTAL.format(notes=str(notes), mark=str(tmp_path / "mark")))
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert (tmp_path / "mark").exists()
    assert {item["price"] for item in slices.items().values()} == {"200"}
    run = slices.newest_run()
    assert len(slices.events("fleet.started", run["run_id"])) == 1
    assert (slices.locked, slices.parameters()) == (False, [])


def test_a_worker_that_fails_fails_the_deploy_with_its_reason(slices: Slices) -> None:
    slices.fill(60)
    slices.write("4_touch", FAILING)
    failed = slices.deploy()
    assert not failed.ok
    said = printed(failed)
    assert "no such thing" in said
    assert "4_touch.py:" in said
    assert slices.dirty()["found"] == "failed"
    assert (slices.locked, slices.parameters()) == (False, [])
    slices.write("4_touch", FAILING.replace('if item["id"] == "t17":', "if False:"))
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert {item["touched"] for item in slices.items().values()} == {"2"}


def test_status_shows_the_fleet_and_its_width_is_changed_while_it_works(slices: Slices, notes: Path) -> None:
    """Stopped by hand, all of it ends within a minute; the next deploy goes on from its checkpoints."""
    count = 400
    slices.fill(count)
    slices.write(
        "5_again", FLEET.format(notes=str(notes), workers=3, segments=60, units=30).replace('"from "', '"at "')
    )
    with ThreadPoolExecutor(1) as threads:
        deploy = threads.submit(slices.deploy)

        def fleet() -> dict[str, object]:
            return dict(slices.invoke(action="status")["lock"].get("goes_on", {}).get("fleet", {}))

        wait_until(lambda: fleet().get("at_work") == 3, "at work")
        progress = slices.dirty()["progress"]
        assert (progress["total"], progress["workers"]) == (count, 3)
        assert slices.invoke(action="workers", n=9)["error"]["type"] == "InvalidSetting"
        assert slices.invoke(action="workers", n=1)["ok"]
        wait_until(lambda: fleet().get("at_work") == 1, "fewer")
        slices.stop()
        stopped = time.monotonic()
        failed = deploy.result()
    assert time.monotonic() - stopped < 60
    assert not failed.ok
    assert "stopped by hand" in printed(failed)
    assert (slices.locked, slices.parameters()) == (False, [])
    assert slices.dirty()["found"] == "stopped at its checkpoint"
    done = sum(item.get("label", "").startswith("at ") for item in slices.items().values())
    slices.write(
        "5_again", FLEET.format(notes=str(notes), workers=3, segments=60, units=400).replace('"from "', '"at "')
    )
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert {item["label"] for item in slices.items().values()} == {f"at t{n}" for n in range(count)}
    assert done < count
