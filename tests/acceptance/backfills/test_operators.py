"""Backfills beside others: steered by an operator, refused by IAM, and slower where others use the table."""

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.backfills.things import DEADLINE, NOTHING, SLOW, Things, wait_until
from tests.acceptance.sibling import printed

pytestmark = pytest.mark.acceptance

STACK = "Operated"
_COPY = """
from dynamigrate import Backfill, Put


def copy(item, ctx):
    return Put({"id": item["id"]}, table="others")


do = Backfill(table="things", transform=copy)
"""
_POLITE = """
from dynamigrate import Backfill, Update


def add_note(item, ctx):
    return Update(set={"note": "x"})


do = Backfill(table="things", transform=add_note)
"""


_ALARM = "operated-latency"
_WAITING = f"""
from dynamigrate import Backfill, Update


def waited(item, ctx):
    return Update(set={{"waited": True}})


do = Backfill(table="things", transform=waited, throttle_on=["{_ALARM}"])
"""


def test_an_operator_pauses_resumes_and_cancels_it(things: Things, notes: Path) -> None:
    """Here the undo of a migration, which is a backfill too; what is asked for happens within seconds."""
    count = 600
    things.fill(count)
    # Half a minute of work, whatever else this machine does before it is cancelled.
    things.write("6_label", NOTHING + SLOW.format(notes=str(notes), name="undo", units=20))
    passed = things.cdk("deploy", timeout="120")
    assert passed.ok, passed.output
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(things.call, action="undo", confirm=True)
        wait_until(lambda: "progress" in things.dirty(), "told how far it is")
        found = things.dirty()
        assert (found["found"], found["in"]) == ("running", "undo")
        assert 0 < found["progress"]["done"] < found["progress"]["total"] == count

        assert things.invoke(action="pause")["ok"]
        still = _wait_until_still(notes)
        assert things.dirty()["found"] == "running"
        assert things.invoke(action="resume")["ok"]
        wait_until(lambda: len(notes.read_text().split()) > still, "resumed")

        assert things.invoke(action="cancel", confirm=True)["ok"]
        answer = run.result(DEADLINE)
    assert answer["error"]["type"] == "RunUnfinished"
    assert "cancelled by" in answer["error"]["message"]
    before = Counter(notes.read_text().split())
    assert before.total() < count
    assert things.dirty()["found"] == "stopped at its checkpoint"

    things.fill(0)
    assert things.invoke(action="undo", confirm=True)["undone"] == ["6"]


def _wait_until_still(notes: Path) -> int:
    """Until nothing is noted for a second and more; returns how many lines there are."""
    give_up = time.monotonic() + DEADLINE
    before = -1
    while (now := len(notes.read_text().split())) != before:
        assert time.monotonic() < give_up, "never paused"
        before = now
        time.sleep(1.5)
    return now


def test_a_table_that_it_may_not_write_is_named_and_once_granted_it_goes_on(things: Things) -> None:
    """Neither the author's code nor a line of the engine is blamed; giving the construct the table is all it takes."""
    things.fill(30)
    things.write("7_copy", _COPY)
    refused = things.deploy()
    assert not refused.ok
    said = printed(refused)
    assert "7_copy failed: Access to the table others was denied: User: " in said
    assert "is not authorized to perform: dynamodb:DescribeTable" in said
    assert (
        "Allow dynamodb:DescribeTable to the role that the migrations run with: give the table to the construct" in said
    )
    assert "Then run it again: it goes on from its checkpoint." in said
    assert "Correct the code" not in said
    assert not re.search(r"\w\.py:\d", said[said.index("7_copy failed") : said.index("CloudWatch Log Stream")])

    granted = things.deploy(others="yes")
    assert granted.ok, granted.output
    client = things.aws.client("dynamodb")
    [copies] = [name for name in client.list_tables()["TableNames"] if name.startswith(f"{STACK}-Others")]
    assert {item["id"]["S"] for item in client.scan(TableName=copies)["Items"]} == things.items().keys()


def test_a_backfill_leaves_others_what_they_use(things: Things) -> None:
    """It asks CloudWatch, is slower for it, and says so: in its first line, while it goes on, and in the metrics."""
    count = 320
    things.fill(count)
    # The table is on-demand and has no limit of its own: half of it is 20,000.
    others = 20_000 - 40
    things.forget_runs()
    things.others_write(others)
    things.write("8_note", _POLITE)
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(things.cdk, "deploy", timeout="120")
        wait_until(lambda: things.locked and "progress" in things.dirty(), "told how far it is")
        progress = things.dirty()["progress"]
        passed = run.result()
    assert passed.ok, passed.output
    assert {item["note"] for item in things.items().values()} == {"x"}
    assert (progress["write_ceiling"], progress["others_write"]) == (40, others)

    lines = [line for line in things.log() if line.get("migration") == "8"]
    [started] = [line for line in lines if line.get("event") == "backfill.started"]
    [finished] = [line for line in lines if line.get("event") == "backfill.finished"]
    assert (started["write_ceiling"], started["others_write"]) == (40, others)
    assert started["read_ceiling"] > 1000
    assert finished["write_units"] == count
    assert _seconds(finished) - _seconds(started) >= count / 40 - 1
    metrics = [line for line in lines if "_aws" in line][-1]
    assert (metrics["WriteCeiling"], metrics["OthersWrite"]) == ([40.0], [others])
    assert [line for line in lines if line.get("event") == "backfill.others_unknown"] == []


def test_a_backfill_waits_while_an_alarm_is_in_alarm(things: Things) -> None:
    """One that does not exist keeps it from beginning; the function sees those that its files name, and no others."""
    things.fill(30)
    things.write("9_waited", _WAITING)
    refused = things.cdk("deploy", timeout="120")
    assert not refused.ok
    said = printed(refused)
    assert f"9_waited failed: There is no metric alarm {_ALARM}, and composite alarms can't be read: User: " in said
    assert "Then run it again: it had not begun, and is not dirty." in said

    things.put_alarm(_ALARM, "ALARM")
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(things.cdk, "deploy", timeout="120")
        wait_until(
            lambda: things.locked and "waits_for" in things.dirty().get("progress", {}), "told what it waits for"
        )
        found = things.dirty()
        assert (found["migration"], found["found"]) == ("9", "running")
        assert (found["progress"]["waits_for"], found["progress"]["done"]) == (f"the alarm {_ALARM}", 0)
        assert not any("waited" in item for item in things.items().values())
        things.put_alarm(_ALARM, "OK")
        passed = run.result()
    assert passed.ok, passed.output
    assert all("waited" in item for item in things.items().values())
    events = [line["event"] for line in things.log() if line.get("migration") == "9" and "event" in line]
    assert [one for one in events if one in ("backfill.throttled", "backfill.went_on")] == [
        "backfill.throttled",
        "backfill.went_on",
    ]
    assert "backfill.alarms_unknown" not in events


def test_an_operator_verifies_what_a_backfill_wrote(things: Things) -> None:
    """Old code has written since; what the construct grants is enough to see that, and nothing is changed by it."""
    things.fill(20)
    answer = things.invoke(action="verify", migration="8")
    assert answer["ok"], answer
    assert (answer["done"], answer["mode"]) == (True, "full"), answer
    assert (answer["would_change"], answer["checked"], answer["clean"]) == (20, 20, False)
    assert len(answer["keys"]) == 5
    assert not any("note" in item for item in things.items().values())
    sampled = things.invoke(action="verify", migration="8", sample=10)
    assert (sampled["mode"], sampled["would_change"]) == ("sample", sampled["checked"])
    assert things.invoke(action="verify", migration="1")["error"]["type"] == "NotABackfill"
    assert things.dirty() == {}
    assert things.marks() == []


def _seconds(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()
