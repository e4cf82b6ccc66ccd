"""Two functions of one history: one runs what comes before the application's deploy, the other what comes after it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from dynamigrate.records import Application, Deploy, Details
from tests.unit.handler.detached_front import PAGED, DetachedFront
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, THIRD, Front, holder
from tests.unit.handler.long_run_front import LONG, LongRunFront

AFTER = f'phase = "after"\n{GOOD}'
OF_THE_OTHER = "stack Other, function Other-Function, log stream 2026/11/23/[$LATEST]0"
OF_OUR_OWN = "stack Migrations, function Migrations-Function, log stream 2026/11/23/[$LATEST]0"


@pytest.fixture
def both(front: Front) -> Front:
    """The front door, with a migration of the phase after between two of the phase before."""
    front.write(GOOD, AFTER, GOOD)
    return front


@pytest.fixture
def after(both: Front) -> Front:
    """As the function of the phase after has it, once the other one has run."""
    both.deploy("Update")
    both.server.received.clear()
    both.environ["DYNAMIGRATE_PHASE"] = "after"
    both.context.aws_request_id = "request-2"
    return both


class TestADeploy:
    def test_runs_what_comes_before_the_application_alone(self, both: Front) -> None:
        """What comes after it stays pending, and makes nothing stale."""
        answer = both.deploy("Update")
        assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", f"{FIRST},{THIRD}")
        assert both.target.application() is None

    def test_runs_what_comes_after_the_application_alone(self, after: Front) -> None:
        """Although something newer is applied, of the other phase."""
        answer = after.deploy("Create")
        assert (answer["Status"], answer["Data"]["Applied"]) == ("SUCCESS", SECOND)
        [record] = [one for one in after.target.records() if one.id == SECOND]
        assert record.phase == "after"

    def test_notes_the_application_that_is_there_now(self, after: Front) -> None:
        after.deploy("Create", DeployId="build-8", AppVersion="1.2.3")
        noted = after.target.application()
        assert noted is not None
        assert (noted.deploy_id, noted.app_version) == ("build-8", "1.2.3")
        assert datetime.fromisoformat(noted.at).tzinfo is not None

    def test_notes_it_where_nothing_is_pending_too(self, after: Front) -> None:
        """What waits for it counts from the application's deploy, not from the next migration's."""
        after.target.apply(SECOND)
        assert after.deploy("Update", DeployId="build-8")["Data"]["AppliedCount"] == "0"
        assert after.target.application() is not None

    def test_notes_it_although_a_migration_fails(self, after: Front) -> None:
        """It is deployed, whatever becomes of the data."""
        after.write(GOOD, f'phase = "after"\n{BAD}', GOOD)
        assert after.deploy("Update")["Status"] == "FAILED"
        assert after.target.application() is not None

    def test_of_another_code_notes_nothing(self, after: Front) -> None:
        """Nothing is done with code that somebody swapped in."""
        assert after.deploy("Update", SourceDigest="other")["Status"] == "FAILED"
        assert after.target.application() is None

    def test_that_finds_the_lock_held_notes_nothing(self, after: Front) -> None:
        """The note is taken under the lock."""
        after.target.held_by = holder(holder=OF_THE_OTHER, request_id="another")
        assert after.deploy("Update")["Status"] == "FAILED"
        after.target.held_by = None
        assert after.target.application() is None

    def test_of_each_phase_is_recorded_by_itself(self, after: Front) -> None:
        """A rollback of one stack undoes what its own deploy applied."""
        recorded: dict[str, Any] = {
            "FunctionVersion": "arn:aws:lambda:us-east-1:123456789012:function:Migrations-Function:6"
        }
        after.deploy("Update", **recorded)
        assert after.target.newest_deploy(phase="before") is None
        newest = after.target.newest_deploy(phase="after")
        assert isinstance(newest, Deploy)
        assert newest.run_id == next(one.details.run_id for one in after.target.records() if one.id == SECOND)

    def test_that_fails_at_first_says_which_function_is_there(self, after: Front) -> None:
        """The stack's own goes with it; that of the migrations before the application stays."""
        after.write(GOOD, f'phase = "after"\n{BAD}', GOOD)
        reason = after.deploy("Create")["Reason"]
        assert f"the repair: cdk deploy -c repair={SECOND}:pending" in reason
        assert "takes the function with it, but that of Migrations, which is there, takes the command repair" in reason
        assert "none to invoke" not in reason


class TestAnUpdateOfUnknownStatus:
    def test_goes_on_where_nothing_of_its_phase_is_pending(self, both: Front) -> None:
        """What the other function will run is no reason to fail this one."""
        both.clients.stack.status = TimeoutError("no route")
        both.target.apply(FIRST, THIRD)
        assert both.deploy("Update")["Status"] == "SUCCESS"

    def test_fails_where_something_of_it_is(self, after: Front) -> None:
        after.clients.stack.status = TimeoutError("no route")
        answer = after.deploy("Update")
        assert answer["Status"] == "FAILED"
        assert SECOND in answer["Reason"]


class TestARollbackOrADelete:
    @pytest.mark.parametrize("kind", ["Update", "Delete"])
    def test_asks_its_own_run_to_stop(self, after: Front, kind: str) -> None:
        after.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        after.target.held_by = holder(holder=OF_OUR_OWN)
        assert after.deploy(kind)["Status"] == "SUCCESS"
        assert len(after.target.stops) == 1

    @pytest.mark.parametrize("phase", ["before", "after"])
    @pytest.mark.parametrize("kind", ["Update", "Delete"])
    def test_leaves_the_run_of_the_other_function_alone(self, both: Front, kind: str, phase: str) -> None:
        """It is another stack's, which neither rolls back nor goes away."""
        both.environ["DYNAMIGRATE_PHASE"] = phase
        both.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        both.target.held_by = holder(holder=OF_THE_OTHER)
        assert both.deploy(kind)["Status"] == "SUCCESS"
        assert both.target.stops == []

    def test_notes_no_application(self, after: Front) -> None:
        """The one that is deployed stays the one that was noted."""
        after.clients.stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        after.deploy("Update")
        assert after.target.application() is None

    def test_is_told_by_names_that_begin_alike(self, after: Front) -> None:
        """Of Migrations-Function and Migrations-Function2 each is another's."""
        after.target.held_by = holder(holder=OF_OUR_OWN.replace("-Function", "-Function2"))
        after.deploy("Delete")
        assert after.target.stops == []


class TestARepair:
    """Of a migration of the phase after: until it is settled, nothing of either phase runs."""

    @pytest.fixture
    def dirty(self, both: Front) -> Front:
        both.target.add(SECOND, Details(phase="after"))
        return both

    def test_is_carried_out_by_whichever_deploy_comes_first(self, dirty: Front) -> None:
        answer = dirty.deploy("Update", Repair=f"{SECOND}:pending")
        assert answer["Data"]["Applied"] == f"{FIRST},{THIRD}"
        assert SECOND not in dirty.target.states()

    def test_is_carried_out_again_where_the_migration_failed_again(self, dirty: Front) -> None:
        """It ran after this resource had succeeded with the order, so no rollback took that back."""
        order = f"{SECOND}:pending"
        assert dirty.deploy("Update", old={"Repair": order}, Repair=order)["Status"] == "SUCCESS"

    def test_as_applied_is_carried_out_once(self, dirty: Front) -> None:
        """What counted as applied is not run again by a deploy."""
        order = f"{SECOND}:applied"
        assert dirty.deploy("Update", old={"Repair": order}, Repair=order)["Status"] == "FAILED"
        assert dirty.target.states() == {SECOND: "dirty"}


class TestACommand:
    def test_plans_and_runs_its_own_phase(self, after: Front) -> None:
        """And says which that is."""
        plan = after.invoke("plan")
        assert (plan["phase"], [one["migration"] for one in plan["actions"]]) == ("after", [SECOND])
        done = after.invoke("migrate")
        assert (done["phase"], done["applied"]) == ("after", [SECOND])
        assert after.invoke("status")["phase"] == "after"

    def test_notes_no_application(self, after: Front) -> None:
        """Only a deploy tells of one."""
        after.invoke("migrate")
        assert after.target.application() is None

    def test_of_the_function_before_leaves_the_rest_pending(self, both: Front) -> None:
        done = both.invoke("migrate")
        assert (done["applied"], done["pending"]) == ([FIRST, THIRD], [SECOND])
        assert "phase" not in done

    def test_is_not_advised_that_would_run_nothing_of_it(self, both: Front) -> None:
        """What stopped is for the other function to go on with; what is pending here is not held up by it."""
        both.target.apply(FIRST)
        both.target.add(SECOND, Details(phase="after", run_id="run"))
        both.target.save_checkpoint(SECOND, 7)
        told = "It goes on with the next run after the application's deploy."
        found = both.invoke("status")
        assert (found["dirty"][0]["next"], found["next"]) == (told, {"action": "migrate"})
        assert both.invoke("migrate")["applied"] == [THIRD]
        assert both.invoke("status")["next"] == told
        assert both.invoke("status", format="text")["text"][-2:] == ["Next:", told]
        both.environ["DYNAMIGRATE_PHASE"] = "after"
        assert both.invoke("status")["next"] == {"action": "migrate"}
        assert both.invoke("migrate")["applied"] == [SECOND]

    def test_to_one_of_the_other_phase_says_who_runs_it(self, both: Front) -> None:
        answer = both.invoke("to", migration=SECOND)
        assert (answer["ok"], answer["error"]["type"]) == (False, "OtherPhase")
        assert "AfterMigrations" in answer["error"]["next"]
        assert both.target.states() == {}


class TestALongRun:
    @pytest.fixture
    def long_after(self, long: LongRunFront) -> LongRunFront:
        long.write(*[f'phase = "after"\n{LONG}'] * 3)
        long.environ["DYNAMIGRATE_PHASE"] = "after"
        return long

    def test_goes_on_in_the_functions_own_machine(self, long_after: LongRunFront) -> None:
        """With its phase; the application was noted when it began."""
        long_after.begin()
        noted = long_after.state.application()
        assert long_after.play() == ["more", "done"]
        assert long_after.answers == ["SUCCESS"]
        assert noted is not None
        assert long_after.state.application() == noted
        assert {one.phase for one in long_after.state.records()} == {"after"}

    def test_of_the_other_function_is_left_alone_by_a_delete(self, long_after: LongRunFront) -> None:
        """It goes on, and answers at its end."""
        long_after.begin()
        own = long_after.context.function_name
        long_after.context = replace(long_after.context, function_name="Other-Function")
        long_after.call(long_after.event("Delete"), "request-2")
        long_after.context = replace(long_after.context, function_name=own)
        assert long_after.answers == ["SUCCESS"]
        assert len(long_after.kept) == 1
        assert long_after.play() == ["more", "done"]
        assert long_after.answers == ["SUCCESS", "SUCCESS"]


class TestADetachedMigration:
    def test_of_the_other_function_is_left_alone_by_a_delete(self, detached: DetachedFront) -> None:
        """Its machine is the other stack's, and stays."""
        detached.begin()
        own = detached.context.function_name
        detached.context = replace(detached.context, function_name="Other-Function")
        detached.call(detached.event("Delete"), "request-2")
        detached.context = replace(detached.context, function_name=own)
        lock = detached.state.detached(FIRST).lock_status()
        assert lock is not None
        assert lock.stop is None

    def test_of_the_phase_after_goes_on_by_itself(self, detached: DetachedFront) -> None:
        detached.environ["DYNAMIGRATE_PHASE"] = "after"
        detached.add(f"{FIRST}_fill_in", f'phase = "after"\n{PAGED}')
        detached.begin()
        [execution] = detached.own_executions
        assert detached.play_own(execution)[-1] == "done"
        assert detached.record is not None
        assert (detached.record.dirty, detached.record.phase) == (False, "after")


def test_an_application_is_what_was_noted(after: Front) -> None:
    """The version is the function's own where the deploy's properties have none."""
    after.environ["DYNAMIGRATE_APP_VERSION"] = "2.0"
    after.deploy("Update")
    noted = after.target.application()
    assert isinstance(noted, Application)
    assert noted.app_version == "2.0"
