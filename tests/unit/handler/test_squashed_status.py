"""What status and plan say of migrations that stand for older ones."""

from tests.unit.handler.front import GOOD, Front


def test_status_tells_who_did_whose_work(front: Front) -> None:
    """An operator sees why there is nothing to do, and why a record has no file."""
    front.write_files({"3_step": f'replaces = ["1", "2"]\n{GOOD}'})
    front.target.apply("1", "2")
    answer = front.invoke("status")
    rows = {row["id"]: row for row in answer["migrations"]}
    assert {row["state"] for row in rows.values()} == {"applied"}
    assert rows["3"]["by"] == ["1", "2"]
    assert rows["1"]["replaced_by"] == "3"
    assert "next" not in answer
    assert front.invoke("plan")["pending"] == []


def test_one_whose_parts_are_partly_applied_is_pending_and_the_plan_says_what_is_missing(front: Front) -> None:
    """Under the id of the newest of them too: neither status nor plan has it that all is well."""
    front.write_files({"2_both": f'replaces = ["1", "2"]\n{GOOD}'})
    front.target.apply("1")
    answer = front.invoke("status")
    assert {row["id"]: row["state"] for row in answer["migrations"]} == {"1": "applied", "2": "pending"}
    for action in ("plan", "migrate"):
        error = front.invoke(action)["error"]
        assert error["message"] == "2_both replaces 1, 2, of which 2 is not applied and the others are."
        assert error["next"] == "Deploy the code that still has the older ones first, and then this. Nothing was run."


def test_one_under_the_id_of_what_stopped_at_its_checkpoint_is_not_said_to_go_on_with_it(front: Front) -> None:
    """Only the older code can, so the next step is to deploy that."""
    front.write_files({"2_both": f'replaces = ["1", "2"]\n{GOOD}'})
    front.target.apply("1")
    front.target.add("2")
    front.target.save_checkpoint("2", 7)
    assert front.invoke("status")["dirty"][0]["next"] == (
        "Deploy the code that has it again: it goes on from its checkpoint."
    )
