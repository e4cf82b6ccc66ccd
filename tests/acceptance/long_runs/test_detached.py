"""Migrations that a deploy starts and goes on without, with the real CDK CLI, under enforced IAM."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.backfills.things import NOTHING, SLOW, wait_until
from tests.acceptance.long_runs.slices import Slices
from tests.acceptance.sibling import printed

pytestmark = pytest.mark.acceptance

STACK = "Detached"
# Seconds. A backfill's rate begins low in each slice, and one of fewer seconds would write next to nothing.
TIMEOUT = "13"
_COUNT = 300
_DETACHED = f"detached = True\n{SLOW}"
_REQUIRING = 'requires = ["2"]\ndef do(ctx): pass\n'


def _running(slices: Slices) -> dict[str, Any]:
    """What status says of the one that runs; empty where none does."""
    [found] = slices.invoke(action="status").get("running") or [{}]
    return dict(found)


def _labelled(slices: Slices) -> int:
    return sum("label" in item for item in slices.items().values())


def test_a_deploy_ends_at_once_and_later_ones_wait_only_where_they_must(slices: Slices, notes: Path) -> None:
    """
    A backfill of several slices goes on beside the deploys that follow; the one that requires it fails, says how far it
    is, and passes once it is done.
    """
    slices.fill(_COUNT)
    slices.write("2_label", _DETACHED.format(notes=str(notes), name="do", units=12))
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert _labelled(slices) < _COUNT
    wait_until(lambda: "progress" in _running(slices), "under way")
    running = _running(slices)
    assert running["migration"] == "2"
    assert running["lock"]["goes_on"]["execution"].split(":")[-1] == running["lock"]["run_id"]
    assert running["progress"]["total"] >= _COUNT

    slices.write("3_beside", NOTHING)
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert "3" in slices.done()

    slices.write("4_after", _REQUIRING)
    failed = slices.deploy()
    assert not failed.ok
    said = printed(failed)
    assert "4_after requires 2_label, which is running, detached: " in said
    assert "%), " in said
    assert "Deploy 4_after once it is done; a deploy without it goes through." in said

    wait_until(lambda: not _running(slices), "done")
    assert "2" in slices.done()
    assert _labelled(slices) == _COUNT
    [own] = [run for run in slices.invoke(action="history", n=20)["runs"] if run["command"] == "detached"]
    assert (own["result"], own["applied"]) == ("succeeded", ["2"])
    assert len(slices.events("run.handed_over", own["run_id"])) >= 2
    passed = slices.deploy()
    assert passed.ok, passed.output
    assert "4" in slices.done()
    assert (slices.locked, slices.marks(), slices.parameters()) == (False, [], [])


def test_cancelled_it_stops_and_the_next_deploy_goes_on_from_its_checkpoint(slices: Slices, notes: Path) -> None:
    """Started anew, in an execution of its own."""
    count = 150
    slices.fill(count)
    slices.write("5_label", _DETACHED.format(notes=str(notes), name="do", units=12))
    passed = slices.deploy()
    assert passed.ok, passed.output
    wait_until(lambda: len(notes.read_text().split()) > 40, "under way")
    answer = slices.invoke(action="cancel", migration="5", confirm=True)
    assert answer["ok"] is True, answer
    wait_until(lambda: not _running(slices), "stopped")
    assert slices.dirty()["found"] == "stopped at its checkpoint"

    before = len(notes.read_text().split())
    assert before < count
    passed = slices.deploy()
    assert passed.ok, passed.output
    wait_until(lambda: "5" in slices.done() if not slices.dirty() else False, "done")
    assert _labelled(slices) == count
    started = [line for line in slices.log() if line.get("event") == "migration.detached" and line["migration"] == "5"]
    assert [line["resumed"] for line in started] == [False, True]
    # What was read and not yet kept when a slice ended is read again.
    assert len(notes.read_text().split()) < count * 1.6


def test_changed_code_and_an_execution_that_is_stopped_by_hand_end_it(slices: Slices, notes: Path) -> None:
    """Neither leaves a lock behind; each time the next deploy goes on from the checkpoint."""
    slices.fill(_COUNT)
    code = _DETACHED.format(notes=str(notes), name="do", units=12)
    slices.write("6_label", code)
    passed = slices.deploy()
    assert passed.ok, passed.output
    wait_until(lambda: len(notes.read_text().split()) > 20, "under way")
    slices.write("6_label", code.replace('"from "', '"now from "'))
    passed = slices.deploy()
    assert passed.ok, passed.output
    wait_until(lambda: bool(slices.dirty()), "stopped")
    error = slices.dirty()["error"]
    assert error["message"] == "6_label stopped: its code was changed while it ran, detached."

    passed = slices.deploy()
    assert passed.ok, passed.output
    wait_until(lambda: "progress" in _running(slices), "under way again")
    client = slices.aws.client("stepfunctions")
    client.stop_execution(executionArn=_running(slices)["lock"]["goes_on"]["execution"])
    wait_until(lambda: not _running(slices), "stopped")
    assert slices.dirty()["found"] == "stopped at its checkpoint"

    passed = slices.deploy()
    assert passed.ok, passed.output
    wait_until(lambda: not _running(slices) and not slices.dirty(), "done")
    assert "6" in slices.done()
    assert {item["label"].split()[0] for item in slices.items().values()} <= {"from", "now"}
