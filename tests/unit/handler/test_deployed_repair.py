"""A repair that a deploy carries."""

import pytest

from tests.unit.handler.front import FIRST, SECOND, THIRD, Front


def test_it_is_carried_out_before_planning(front: Front) -> None:
    """A dirty migration would stop the plan."""
    front.target.add(FIRST)
    answer = front.deploy("Create", Repair=f"{FIRST}:pending")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Applied"] == f"{FIRST},{SECOND}"


def test_as_applied_it_counts_as_done(front: Front) -> None:
    """Only what comes after it runs."""
    front.target.add(FIRST)
    assert front.deploy("Update", Repair=f"{FIRST}:applied")["Data"]["Applied"] == SECOND


def test_it_is_recorded_beside_the_run_that_follows(front: Front) -> None:
    """The history keeps one item a run id, so the two have different ones."""
    front.target.add(FIRST)
    front.deploy("Create", Repair=f"{FIRST}:pending")
    migrated, repaired = front.target.runs()
    assert repaired.run.command == "repair"
    assert repaired.run.actor == "cloudformation Migrations"
    assert "repaired as pending" in repaired.note
    assert repaired.run.id == f"{migrated.run.id}-repair"


def test_it_is_skipped_where_an_earlier_deploy_had_it(front: Front) -> None:
    """A context value that stays in cdk.json must not repair whatever is dirty next year."""
    front.target.add(FIRST)
    repair = f"{FIRST}:pending"
    answer = front.deploy("Update", old={"Repair": repair}, Repair=repair)
    assert answer["Status"] == "FAILED"
    assert front.target.states() == {FIRST: "dirty"}
    line = front.line("repair.skipped")
    assert (line["level"], line["repaired"], line["repair_as"]) == ("WARNING", FIRST, "pending")


def test_another_one_than_the_deploy_before_had_is_carried_out(front: Front) -> None:
    """The second thought counts."""
    front.target.add(FIRST)
    answer = front.deploy("Update", old={"Repair": f"{FIRST}:pending"}, Repair=f"{FIRST}:applied")
    assert answer["Data"]["Applied"] == SECOND


def test_one_that_is_not_dirty_any_more_is_noted(front: Front) -> None:
    """Somebody was quicker: that is what was wanted."""
    front.target.apply(FIRST)
    assert front.deploy("Update", Repair=f"{FIRST}:pending")["Status"] == "SUCCESS"
    assert "is applied and not dirty" in front.line("repair.not_needed")["why"]
    assert front.target.states() == {FIRST: "applied", SECOND: "applied"}


def test_one_that_is_pending_again_already_is_noted(front: Front) -> None:
    """A deploy that repaired it and then failed for another reason is tried again as it is."""
    assert front.deploy("Create", Repair=f"{FIRST}:pending")["Status"] == "SUCCESS"
    assert front.line("repair.not_needed")["repaired"] == FIRST


def test_one_that_nobody_knows_fails(front: Front) -> None:
    """A slip in the id must not pass for a repair."""
    answer = front.deploy("Create", Repair=f"{THIRD}:pending")
    assert answer["Status"] == "FAILED"
    assert f"{THIRD} is not in the history." in answer["Reason"]
    assert front.target.states() == {}


@pytest.mark.parametrize(
    "repair", ["x", f"{FIRST}", f"{FIRST}:", f"{FIRST}:done", ":pending", "٣:pending", f"{FIRST}:pending:"]
)
def test_one_that_does_not_parse_fails(front: Front, repair: str) -> None:
    """Before anything runs, with an example of one that does."""
    front.target.add(FIRST)
    answer = front.deploy("Update", Repair=repair)
    assert answer["Status"] == "FAILED"
    assert "The property Repair is" in answer["Reason"]
    assert "cdk deploy -c repair=20261123090000:pending" in answer["Reason"]
    assert front.target.waits == []


def test_an_empty_one_is_none(front: Front) -> None:
    """CloudFormation has no null."""
    assert front.deploy("Create", Repair="")["Status"] == "SUCCESS"
