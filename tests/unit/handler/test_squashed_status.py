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
