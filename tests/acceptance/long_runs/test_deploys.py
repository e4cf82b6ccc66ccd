"""Deploys that take longer than one invocation: slice after slice, with the real CDK CLI, under enforced IAM."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_local_aws.environment import ACCESS_KEY, SECRET_KEY
from tests.acceptance.backfills.things import SLOW, wait_until
from tests.acceptance.long_runs.slices import Slices
from tests.acceptance.sibling import printed
from tests.cli.command_line import CommandLine

pytestmark = pytest.mark.acceptance

STACK = "Slices"
# A slice is over in three seconds.
TIMEOUT = "9"
_MORTAL = """
import os

from dynamigrate import Backfill, Update


def to_cents(item, ctx):
    if not ctx.dry_run:
        with open({notes!r}, "a") as notes:
            notes.write(item["id"] + "\\n")
        with open({notes!r}) as notes:
            if len(notes.readlines()) > 90 and not os.path.exists({mark!r}):
                open({mark!r}, "w").close()
                os._exit(3)
    return Update(set={{"price": item["price"] * 100}})


do = Backfill(table="things", transform=to_cents, once=True, segments=20, max_write_units=28)
"""
_SLEEPY = """
import time

def do(ctx):
    time.sleep(4.5)
"""


def test_a_backfill_of_five_slices_ends_with_the_deploy(slices: Slices, notes: Path) -> None:
    """Each item is rewritten once, the history has one run, and nothing is left behind."""
    count = 140
    slices.fill(count)
    slices.write("2_label", SLOW.format(notes=str(notes), name="do", units=20))
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert {key: item["label"] for key, item in slices.items().items()} == {f"t{n}": f"from t{n}" for n in range(count)}
    run = slices.newest_run()
    assert (run["applied"], run["result"]) == (["2"], "succeeded")
    handed_over = slices.events("run.handed_over", run["run_id"])
    assert len(handed_over) >= 4
    assert [line["slice"] for line in handed_over] == [*range(1, len(handed_over) + 1)]
    # What was read and not yet kept when a slice ended is read again.
    assert sum(Counter(notes.read_text().split()).values()) < count * 1.5
    assert slices.told("Invocations") == str(len(handed_over) + 1)
    assert (slices.locked, slices.marks(), slices.parameters()) == (False, [], [])
    assert slices.executions()[0]["status"] == "SUCCEEDED"


def test_killed_in_a_slice_it_goes_on_in_the_next_one(slices: Slices, notes: Path, tmp_path: Path) -> None:
    """Within the same deploy; what was done stays done, each item once."""
    slices.fill(130)
    slices.write("3_cents", _MORTAL.format(notes=str(notes), mark=str(tmp_path / "mark")))
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert (tmp_path / "mark").exists()
    assert {item["price"] for item in slices.items().values()} == {"200"}
    run = slices.newest_run()
    assert [line["after_death"] for line in slices.events("run.taken_up", run["run_id"])].count(True) == 1
    assert (slices.locked, slices.parameters()) == (False, [])


def test_stopped_by_hand_it_fails_within_a_minute_and_the_next_deploy_finishes_it(slices: Slices, notes: Path) -> None:
    """The reason says who stopped it; the lock is free, and the checkpoint is there."""
    count = 120
    slices.fill(count)
    slices.write("4_again", SLOW.format(notes=str(notes), name="do", units=25))
    with ThreadPoolExecutor(1) as threads:
        deploy = threads.submit(slices.deploy)
        wait_until(lambda: "goes_on" in slices.invoke(action="status")["lock"], "handed over")
        assert slices.invoke(action="status")["lock"]["goes_on"]["execution"] == slices.running()
        wait_until(lambda: any(mark.get("done") for mark in slices.marks()), "through with a segment")
        slices.stop()
        stopped = time.monotonic()
        failed = deploy.result()
    assert time.monotonic() - stopped < 60
    assert not failed.ok
    assert "stopped by hand" in printed(failed)
    assert (slices.locked, slices.parameters()) == (False, [])
    assert slices.dirty()["found"] == "stopped at its checkpoint"

    before = len(notes.read_text().split())
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert "4" in slices.done()
    assert {item["label"] for item in slices.items().values()} == {f"from t{n}" for n in range(count)}
    # What was kept is not done again; what was in hand when a slice ended may be, however often.
    assert len({*notes.read_text().split()[before:]}) < count


def test_a_run_goes_on_between_two_migrations(slices: Slices) -> None:
    """Neither keeps checkpoints; none is begun without the time for it."""
    slices.write("5_first", _SLEEPY)
    slices.write("6_second", _SLEEPY)
    passed = slices.deploy()
    assert passed.ok, passed.output
    run = slices.newest_run()
    assert run["applied"] == ["5", "6"]
    assert len(slices.events("run.handed_over", run["run_id"])) == 1


def test_a_run_that_takes_longer_than_it_may_fails_and_says_what_is_left(slices: Slices, notes: Path) -> None:
    """Cleanly, by its own hand; the next deploy goes on."""
    count = 150
    slices.fill(count)
    slices.write("7_label", SLOW.format(notes=str(notes), name="do", units=20))
    failed = slices.deploy(run_limit="39")
    assert not failed.ok
    said = printed(failed)
    assert "pending: 7" in said
    assert "It does not go on by itself: the time that a run may take in all is up (run_limit=)." in said
    assert (slices.locked, slices.parameters()) == (False, [])
    done = sum("label" in item for item in slices.items().values())
    assert 0 < done < count
    before = len(notes.read_text().split())
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert sum("label" in item for item in slices.items().values()) == count
    # What was in hand when a slice ended is read again; what was kept as done is not.
    assert len({*notes.read_text().split()[before:]}) < count


def test_a_machine_that_can_not_be_started_fails_the_deploy_with_the_reason(slices: Slices, notes: Path) -> None:
    """As an unfinished run, which the next deploy goes on with."""
    iam = slices.aws.client("iam")
    [policy] = [
        {"RoleName": role["RoleName"], "PolicyName": name}
        for role in iam.list_roles()["Roles"]
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        if role["RoleName"].startswith(f"{STACK}-MigrationsRole") and "EnginePolicy" in name
    ]
    document: Any = iam.get_role_policy(**policy)["PolicyDocument"]
    others = [one for one in document["Statement"] if "states:StartExecution" not in one["Action"]]
    assert len(others) < len(document["Statement"])
    slices.fill(120)
    slices.write("8_label", SLOW.format(notes=str(notes), name="do", units=20))
    iam.put_role_policy(**policy, PolicyDocument=json.dumps({**document, "Statement": others}))
    try:
        failed = slices.deploy()
    finally:
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(document))
    assert not failed.ok
    said = printed(failed)
    assert "It does not go on by itself: " in said
    assert "is not authorized to perform" in said
    assert (slices.locked, slices.parameters()) == (False, [])


def test_what_somebody_typed_goes_on_too(slices: Slices, notes: Path) -> None:
    """The answer says where; status shows it until it is done."""
    slices.fill(0)
    slices.write("8_label", SLOW.format(notes=str(notes), name="do", units=25))
    passed = slices.deploy()
    assert passed.ok, passed.output
    slices.forget("8")
    slices.fill(110)
    answer = slices.call(action="migrate")
    assert answer["ok"] is True
    assert "the state machine, execution arn:aws:states:" in answer["goes_on"]
    lock = slices.invoke(action="status")["lock"]
    assert lock["goes_on"]["command"] == "migrate"
    wait_until(lambda: not slices.locked, "done")
    assert "8" in slices.done()
    assert slices.newest_run()["applied"] == ["8"]


def test_a_command_line_follows_what_goes_on_to_its_end(
    slices: Slices,
    notes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Slice after slice by its log; what it ends with is how the run ended."""
    slices.fill(0)
    slices.write("9_label", SLOW.format(notes=str(notes), name="do", units=25))
    passed = slices.deploy()
    assert passed.ok, passed.output
    slices.forget("9")
    slices.fill(110)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    result = CommandLine(monkeypatch, capsys)("up", "--stack", STACK, "--endpoint-url", slices.aws.endpoint_url)
    assert result.code == 0, result.err
    assert result.lines[0].startswith("Applied 9 in ")
    assert "the run goes on in the state machine, as slice 2." in result.err
    assert "9_label applied in " in result.err
    assert "9" in slices.done()
