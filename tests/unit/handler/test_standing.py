"""What a deploy says of how things stand, for the stack's outputs."""

from tests.unit.handler.front import FIRST, GOOD, SECOND, Front


def test_a_deploy_says_which_is_the_newest_and_how_many_there_are(front: Front) -> None:
    """In its answer to CloudFormation, by the migration's full name."""
    data = front.deploy()["Data"]
    assert (data["StandsAt"], data["Counts"]) == (f"{SECOND}_add_status", "2 applied")


def test_one_with_nothing_to_run_says_the_same(front: Front) -> None:
    """From what it has read anyway."""
    first = front.deploy()["Data"]
    front.handle(front.event("Update"))
    again = front.server.received[-1].json["Data"]
    assert (again["AppliedCount"], again["StandsAt"], again["Counts"]) == ("0", first["StandsAt"], first["Counts"])


def test_those_of_the_other_phase_are_pending(front: Front) -> None:
    """They run once the application is deployed."""
    front.write_files({f"{FIRST}_add_users": GOOD, f"{SECOND}_drop_names": f'phase = "after"\n{GOOD}'})
    data = front.deploy()["Data"]
    assert (data["StandsAt"], data["Counts"]) == (f"{FIRST}_add_users", "1 applied, 1 pending")


def test_a_rollback_does_not_look(front: Front) -> None:
    """It says that, as an output may not be empty."""
    front.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    data = front.deploy("Update")["Data"]
    assert (data["StandsAt"], data["Counts"]) == ("not looked at", "not looked at")


def test_a_long_name_leaves_room_for_the_answer(front: Front) -> None:
    """CloudFormation drops an answer of more than 4,096 bytes."""
    front.write_files({f"{FIRST}_{'x' * 230}": GOOD})
    assert front.deploy()["Data"]["StandsAt"].startswith(f"{FIRST}_xxx")
    assert len(front.server.received[-1].body) < 4096
