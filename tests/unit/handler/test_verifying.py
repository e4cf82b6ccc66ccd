"""The command that counts what a backfill would still change."""

from typing import Any

import pytest

from dynamigrate.backfill.control import RunControl
from dynamigrate.clock import Clock
from dynamigrate.verification import Verification
from tests.unit.backfill.tables import Tables, after, orders
from tests.unit.handler.front import FIRST, GOOD, SECOND, THIRD, Front

BACKFILL = """
from dynamigrate import Backfill, Update

def add_status(item, ctx):
    return None if "status" in item else Update(set={"status": "NEW"})

do = Backfill("orders", add_status, segments=2, threads=1, max_read_units=1e6, max_write_units=1e6)
"""
CENTS = """
from dynamigrate import Backfill, Update

def to_cents(item, ctx):
    return Update(set={"price": item["price"] * 100})

do = Backfill("orders", to_cents, segments=2, max_read_units=1e6, max_write_units=1e6)
"""
CALLS_ONE = """
from dynamigrate import Backfill, Update

def do(ctx):
    Backfill("orders", lambda item, ctx: Update(set={"n": 1}))(ctx)
"""


@pytest.fixture
def tables(front: Front) -> Tables:
    """A hundred orders, of which every tenth has no status; the backfill of them is applied as `FIRST`."""
    rows = orders(100, status={"S": "NEW"}, price={"N": "5"})
    for number in range(0, 100, 10):
        del rows[f"order-{number:05d}"]["status"]
    tables = Tables(orders=rows)
    front.clients.__dict__["_dynamodb"] = tables
    front.write(BACKFILL, GOOD)
    front.target.apply(FIRST)
    return tables


def test_says_how_many_would_change_and_names_a_few(front: Front, tables: Tables) -> None:
    """No lock is taken, and it is kept with the migration."""
    answer = front.invoke("verify", migration=FIRST)
    assert {name: answer[name] for name in ("ok", "migration", "done", "clean", "mode")} == {
        "ok": True,
        "migration": FIRST,
        "done": True,
        "clean": False,
        "mode": "full",
    }
    assert (answer["would_change"], answer["checked"], answer["total"]) == (10, 100, 100)
    assert len(answer["keys"]) == 5
    # As they are, to be read and copied in the console.
    assert all(key.keys() == {"id"} and "status" not in tables["orders"][key["id"]] for key in answer["keys"])
    assert "interval" not in answer
    assert front.target.waits == []
    assert front.target.states() == {FIRST: "applied"}
    [record] = front.target.records()
    assert record.verified is not None
    assert record.verified.would_change == 10


def test_of_a_sample_it_says_what_that_tells_of_all(front: Front, tables: Tables) -> None:
    """With an interval."""
    answer = front.invoke("verify", migration=FIRST, sample=40)
    assert (answer["mode"], answer["total"]) == ("sample", 100)
    assert 40 <= answer["checked"] < 60
    low, high = answer["interval"]
    assert 0 <= low <= answer["would_change"] / answer["checked"] <= high <= 1


def test_a_key_is_told_exactly(front: Front, tables: Tables) -> None:
    """Also a number that a reader of JSON would round; and what is no JSON, as some other version may have kept it."""
    keys = ('{"n": 5, "m": 0.5}', '{"n": 0.12345678901234567890123456789}', "o-1")
    found = Verification(at="2026-11-26T09:00:00.000Z", mode="full", checked=3, total=3, would_change=3, keys=keys)
    front.target.save_verification(FIRST, found)
    [row, _] = front.invoke("status")["migrations"]
    assert row["verified"]["keys"] == [{"n": 5, "m": 0.5}, {"n": "0.12345678901234567890123456789"}, "o-1"]


def test_status_says_of_what_is_clean_only_that(front: Front, tables: Tables) -> None:
    """There may be hundreds of them; of what is not, it says all there is to say."""
    found = front.invoke("verify", migration=FIRST)
    [row, _] = front.invoke("status")["migrations"]
    assert row["verified"] == {name: found[name] for name in row["verified"]}
    assert {"would_change", "keys", "run_id"} <= row["verified"].keys()
    for item in tables["orders"].values():
        item["status"] = {"S": "NEW"}
    front.invoke("verify", migration=FIRST)
    [row, _] = front.invoke("status")["migrations"]
    at = row["verified"].pop("at")
    assert at.endswith("Z")
    assert row["verified"] == {"clean": True, "checked": 100, "total": 100, "mode": "full"}


def test_a_transform_that_does_not_settle_is_said(front: Front, tables: Tables) -> None:
    front.write(CENTS, GOOD)
    answer = front.invoke("verify", migration=FIRST)
    assert (answer["would_change"], answer["unsettled"]) == (100, 100)
    assert "calling it again on what it returned changes the item again" in answer["note"]
    assert all(item["price"] == {"N": "5"} for item in tables["orders"].values())


def test_when_its_time_is_up_it_says_how_to_go_on(
    front: Front, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same command, which begins with what is left."""
    tables["orders"].update({key: {"id": {"S": key}} for key in orders(10_000)})
    made: list[RunControl] = []

    def make(clock: Clock) -> RunControl:
        made.append(RunControl(clock))
        return made[-1]

    monkeypatch.setattr("dynamigrate.backfill.verify.look.RunControl", make)
    front.context.seconds = 60
    after(tables, "Scan", 3, lambda: setattr(front.context, "seconds", 1), lambda: made[0].stopping)
    answer = front.invoke("verify", migration=FIRST)
    assert (answer["ok"], answer["done"]) == (True, False)
    assert answer["next"] == {"action": "verify", "migration": FIRST}
    assert "stopped at 3,000 of about 10,000 items: 0 seconds were left" in answer["note"]
    assert "the same command goes on from there" in answer["note"]
    assert "would_change" not in answer
    assert front.target.records()[0].verified is None
    front.context.seconds = 60
    tables.before = lambda operation, request: None
    answer = front.invoke(**answer["next"])
    assert (answer["checked"], answer["would_change"]) == (10_000, 10_000)
    assert len(tables.scanned) == 10_000


@pytest.mark.parametrize(
    ("arguments", "said", "next_step"),
    [
        ({}, 'verify needs "migration"', "For example"),
        ({"migration": FIRST, "sample": 0}, '"sample" is 0', "Nothing was done"),
        ({"migration": FIRST, "sample": -5}, '"sample" is -5', "Nothing was done"),
        ({"migration": FIRST, "sample": "all"}, "\"sample\" is 'all'", "Nothing was done"),
        ({"migration": FIRST, "settle": True}, "verify has no argument 'settle'", "Nothing was done"),
        ({"migration": SECOND}, "has not run: it is pending", "verify it then. Nothing was read"),
        ({"migration": THIRD}, "is neither in the code nor in the history", "Nothing was read"),
    ],
)
def test_what_can_not_be_verified_is_told(
    front: Front, tables: Tables, arguments: dict[str, Any], said: str, next_step: str
) -> None:
    """What, where, and what to do."""
    answer = front.invoke("verify", **arguments)
    assert answer["ok"] is False
    assert said in answer["error"]["message"]
    assert next_step in answer["error"]["next"]
    assert not tables.requests


@pytest.mark.parametrize("source", [GOOD, CALLS_ONE])
def test_what_is_no_backfill_is_told(front: Front, tables: Tables, source: str) -> None:
    front.write(source, GOOD)
    error = front.invoke("verify", migration=FIRST)["error"]
    assert error["type"] == "NotABackfill"
    assert f"{FIRST}_add_users is no Backfill" in error["message"]
    assert "a function that calls one can't" in error["next"]


def test_one_that_is_dirty_or_gone_from_the_code_is_told(front: Front, tables: Tables) -> None:
    """What is in the history alone has no code that could tell."""
    front.target.add(SECOND)
    assert "began and is not finished" in front.invoke("verify", migration=SECOND)["error"]["message"]
    front.target.apply(THIRD)
    error = front.invoke("verify", migration=THIRD)["error"]
    assert "is in the history, but not in this code" in error["message"]
    assert "deploy the code that has it" in error["next"]


def test_where_there_is_no_state_that_is_told(front: Front, tables: Tables) -> None:
    front.target.destroy()
    assert front.invoke("verify", migration=FIRST)["error"]["type"] == "StateMissing"
