"""Migrations that run only when it is safe: what they require is there, found clean, and has been for long enough."""

import logging
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from dynamigrate import MemoryTarget, Migration, RunUnfinished, UndoPlanner
from dynamigrate.catch_up import NotVerified
from dynamigrate.clock import timestamp
from dynamigrate.errors import HandedOver, InvalidSetting, MigrationsError, StopRequested
from dynamigrate.preview import preview
from dynamigrate.records import Application, Run
from dynamigrate.requirements import RequirementNotMet
from dynamigrate.status import State, status
from dynamigrate.validation import Policy
from dynamigrate.verifiable import VerifyOrder
from dynamigrate.verification import Verification
from tests.unit.fakes import FakeClock, RecordingMigrations, RunIt, applied

HOUR = 3_600.0
DAY = 24 * HOUR


@dataclass(eq=False)
class Rewriting:
    """
    What a backfill is to the engine: it brings items into a new shape, and can be looked over.

    Attributes:
        old: How many of a thousand items are in the old shape.
        orders: With which it was looked over.
    """

    clock: FakeClock
    verify: str | None = "sample"
    old: int = 1_000
    orders: list[VerifyOrder] = field(default_factory=list)
    broken: MigrationsError | None = None

    def __call__(self, ctx: Any) -> None:
        self.old = 0

    def look_over(self, ctx: Any, order: VerifyOrder) -> Verification:
        self.orders.append(order)
        if self.broken is not None:
            raise self.broken
        settled = 0
        if order.settle:
            settled, self.old = self.old, 0
        return Verification(
            at=timestamp(self.clock.time()),
            mode="full" if order.sample is None else "sample",
            checked=1_000 if order.sample is None else 100,
            total=1_000,
            would_change=min(self.old, 100),
            settled=settled,
            keys=('{"id": "o-1"}',) if self.old else (),
        )


class Story:
    """
    A folder with one such backfill, 1, and what requires it, 3; a deploy is a run before the application and one after.
    """

    def __init__(
        self, run: RunIt, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations, **contract: Any
    ) -> None:
        self.target = target
        self.clock = clock
        self.notebook = notebook
        self.rewriting = Rewriting(clock)
        self.contract = {"requires": ("1",), "phase": "after", **contract}
        self._run = run
        self._deploys = 0

    @property
    def source(self) -> Any:
        return self.notebook.source(
            Migration("1", "rewrite things", self.rewriting), self.notebook.migration("3", **self.contract)
        )

    def before(self) -> Any:
        return self._run(self.source, phase="before", awaits_application=True)

    def after(self, **settings: Any) -> Any:
        self._deploys += 1
        application = Application(deploy_id=f"d-{self._deploys}", app_version="7", at=timestamp(self.clock.time()))

        def note() -> None:
            self.target.note_application(application)

        settings = {"run": Run(id=f"after-{self._deploys}", actor="deploy of shop"), **settings}
        return self._run(self.source, phase="after", awaits_application=True, before_planning=note, **settings)

    def look(self, **changes: Any) -> None:
        """Have it found as *changes* say by whoever verifies it beside the runs."""
        found = self.rewriting.look_over(None, VerifyOrder())
        self.rewriting.orders.clear()
        self.target.save_verification("1", replace(found, **changes))

    @property
    def clean_since(self) -> str | None:
        return self.target.records()[0].clean_since


@pytest.fixture
def story(run: RunIt, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations) -> Story:
    return Story(run, target, clock, notebook)


class TestAContract:
    def test_runs_once_what_it_requires_is_found_clean_after_the_deploy(self, story: Story) -> None:
        """All of it is looked over for that, though a sample is what the backfill asks for."""
        story.before()
        story.look()
        outcome = story.after()
        assert outcome.applied == ("3",)
        assert story.rewriting.orders == [VerifyOrder(sample=1_000), VerifyOrder()]
        assert story.clean_since == timestamp(story.clock.time())

    def test_is_refused_while_one_item_is_in_the_old_shape(self, story: Story) -> None:
        """Whoever wrote it; with the reason, and once it is gone the next deploy goes through."""
        story.before()
        story.look()
        story.rewriting.old = 1
        with pytest.raises(RequirementNotMet) as caught:
            story.after()
        assert caught.value.message == (
            "3_change_things requires 1_rewrite_things, which was not found clean since the application was deployed: 1 of "
            '100 sampled items would still change, such as {"id": "o-1"}. Applied in this run: none; pending: 3.'
        )
        assert caught.value.next_step == (
            'Deploy 3_change_things once it is found clean; a deploy without it goes through. {"action": "status"} shows how '
            'far it is. To have deploys pass it over until then, say if_not_ready = "hold" in its file.'
        )
        assert [record.id for record in story.target.records()] == ["1"]
        story.rewriting.old = 0
        assert story.after().applied == ("3",)

    def test_is_refused_where_old_code_wrote_again_since_it_was_clean(self, story: Story) -> None:
        """What was clean at the last deploy is looked over right before: nothing is dropped on an old word."""
        story.contract["soak"] = "1h"
        story.contract["if_not_ready"] = "hold"
        story.before()
        story.look()
        story.after()
        story.clock.turn(2 * HOUR)
        story.rewriting.old = 1
        outcome = story.after()
        assert (outcome.applied, outcome.held) == ((), ("3",))
        assert (story.clean_since, story.rewriting.orders[-1]) == (None, VerifyOrder())

    def test_of_the_phase_before_waits_for_a_deploy_in_between(self, story: Story) -> None:
        """In the deploy that backfills, the old application is still there when it would run."""
        story.contract["phase"] = "before"
        with pytest.raises(RequirementNotMet, match="was not found clean since the application was deployed"):
            story.before()
        story.look()
        story.after()
        assert story.before().applied == ("3",)

    def test_waits_for_what_is_not_applied(self, story: Story, target: MemoryTarget, run: RunIt) -> None:
        with pytest.raises(RequirementNotMet, match="requires 1_rewrite_things, which is not applied"):
            story.after()

    def test_runs_in_the_very_run_that_applies_what_it_requires(self, story: Story, run: RunIt) -> None:
        """Where both come after the application: it is deployed, so what is found clean then is."""
        source = story.notebook.source(
            Migration("1", "rewrite things", story.rewriting, phase="after"),
            story.notebook.migration("3", **story.contract),
        )
        application = Application(deploy_id="d-1", app_version="7", at=timestamp(story.clock.time()))
        story.target.note_application(application)
        outcome = run(source, phase="after", awaits_application=True)
        assert (outcome.applied, story.rewriting.orders) == (("1", "3"), [VerifyOrder(sample=1_000), VerifyOrder()])

    def test_needs_no_more_than_that_it_is_applied_where_it_is_not_to_be_verified(self, story: Story) -> None:
        """verify=None says so."""
        story.rewriting.verify = None
        story.before()
        story.rewriting.old = 5
        assert story.after().applied == ("3",)
        assert story.rewriting.orders == []

    def test_needs_no_application_where_nobody_notes_one(self, run: RunIt, story: Story) -> None:
        """A script, or an app without a stack after its application: what is required is applied, and that is all."""
        outcome = run(story.source)
        assert (outcome.applied, story.rewriting.orders) == (("1", "3"), [])

    def test_is_not_asked_about_again_once_it_has_begun(self, story: Story, target: MemoryTarget) -> None:
        """It goes on from its checkpoint, whatever was written since."""
        story.before()
        target.add("3")
        target.save_checkpoint("3", 1)
        story.rewriting.old = 5
        assert story.after().applied == ("3",)


class TestSoak:
    @pytest.fixture
    def story(self, run: RunIt, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations) -> Story:
        story = Story(run, target, clock, notebook, soak="7d")
        story.before()
        story.look()
        return story

    def test_counts_from_when_it_was_found_clean(self, story: Story) -> None:
        """Not from the last deploy: a team that deploys daily gets there too."""
        for _ in range(7):
            with pytest.raises(
                RequirementNotMet, match=r"has been clean since 2026-11-23T09:00:00\.000Z, and has to be"
            ):
                story.after()
            story.clock.turn(DAY)
        assert story.after().applied == ("3",)

    def test_says_when_it_is_over(self, story: Story) -> None:
        with pytest.raises(RequirementNotMet) as caught:
            story.after()
        assert 'has to be until 2026-11-30T09:00:00.000Z (soak = "7d")' in caught.value.message
        assert caught.value.next_step.startswith("Deploy 3_change_things after 2026-11-30T09:00:00.000Z;")

    def test_begins_anew_where_it_was_not_clean_in_between(self, story: Story) -> None:
        with pytest.raises(RequirementNotMet):
            story.after()
        story.clock.turn(6 * DAY)
        story.look(would_change=2)
        with pytest.raises(RequirementNotMet):
            story.after()
        story.clock.turn(2 * DAY)
        with pytest.raises(RequirementNotMet, match="has been clean since 2026-11-29T09:00"):
            story.after()

    def test_begins_anew_where_something_had_to_be_settled_right_before(self, story: Story) -> None:
        """Somebody wrote the old shape until then, so nobody waited for long enough."""
        story.rewriting.verify = "full"
        with pytest.raises(RequirementNotMet):
            story.after()
        story.clock.turn(8 * DAY)
        story.rewriting.old = 3
        with pytest.raises(RequirementNotMet) as caught:
            story.after()
        assert (
            "1_rewrite_things, which is clean only now: 3 items had to be settled, so somebody still wrote the old shape, and it "
            'has to be clean until 2026-12-08T09:00:00.000Z (soak = "7d")'
        ) in caught.value.message
        assert story.rewriting.old == 0
        story.clock.turn(7 * DAY)
        assert story.after().applied == ("3",)

    def test_of_what_can_not_be_verified_counts_from_the_deploy_after_it(self, story: Story) -> None:
        """Of the application: until then, code that did not know it was at work."""
        story.rewriting.verify = None
        story.target.start_migration("1")
        story.target.finish_migration("1")
        story.contract["phase"] = "before"
        with pytest.raises(RequirementNotMet, match="is applied, and the application was not deployed since"):
            story.before()
        story.clock.turn(DAY)
        story.after()
        story.clock.turn(7 * DAY)
        assert story.before().applied == ("3",)

    def test_counts_from_the_migration_where_nobody_notes_an_application(self, run: RunIt, story: Story) -> None:
        with pytest.raises(RequirementNotMet, match="is applied since 2026-11-23T09:00"):
            run(story.source)
        story.clock.turn(7 * DAY)
        assert run(story.source).applied == ("3",)

    @pytest.mark.parametrize("soak", ["-7d", "", "0d", "7 days", "400d", 7])
    def test_that_is_no_duration_is_refused(self, soak: Any) -> None:
        with pytest.raises(InvalidSetting, match=r'3_drop: soak must be a duration above 0: .* Write it as soak="7d"'):
            Migration("3", "drop", print, requires=("1",), soak=soak)

    def test_of_one_that_requires_nothing_is_refused(self) -> None:
        """It would run at once."""
        with pytest.raises(InvalidSetting, match=r"3_drop: soak says for how long .*, and it requires nothing"):
            Migration("3", "drop", print, soak="7d")


class TestAHeldOne:
    @pytest.fixture
    def story(self, run: RunIt, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations) -> Story:
        story = Story(run, target, clock, notebook, soak="7d", if_not_ready="hold")
        story.before()
        story.look()
        return story

    def test_lets_the_deploy_go_on(self, story: Story) -> None:
        """Which says what is missing, and when it may be met."""
        outcome = story.after()
        assert (outcome.applied, outcome.held, outcome.pending) == ((), ("3",), ("3",))
        [warning] = story.after().warnings
        assert warning == (
            "3_change_things is held: 1_rewrite_things has been clean since 2026-11-23T09:00:00.000Z, and has to be until "
            '2026-11-30T09:00:00.000Z (soak = "7d").'
        )

    def test_is_told_in_the_log(self, story: Story, caplog: pytest.LogCaptureFixture) -> None:
        story.after()
        with caplog.at_level(logging.INFO):
            story.after()
        [line] = [one for one in caplog.records if getattr(one, "event", "") == "migration.held"]
        assert getattr(line, "ready_at", None) == "2026-11-30T09:00:00.000Z"

    def test_makes_nothing_stale_and_is_not_stale(self, story: Story, run: RunIt) -> None:
        """Later ones pass it, and it runs when it is ready all the same."""
        story.after()
        later = story.notebook.migration("4", phase="after")
        source = story.source
        source.add(later)
        assert run(source, phase="after", awaits_application=True).applied == ("4",)
        story.clock.turn(7 * DAY)
        assert run(source, phase="after", awaits_application=True).applied == ("3",)

    def test_leaves_no_run_behind_where_there_was_nothing_else_to_do(self, story: Story) -> None:
        """A week of deploys is no news."""
        story.after()
        before = len(story.target.runs())
        story.after()
        assert len(story.target.runs()) == before

    def test_is_ready_in_the_very_run_that_finds_it_clean(self, story: Story) -> None:
        """Where there is nothing to wait for."""
        story.contract["soak"] = None
        assert story.after().applied == ("3",)

    def test_holds_back_what_requires_it(self, story: Story, run: RunIt) -> None:
        """What is pending is not applied."""
        source = story.source
        source.add(story.notebook.migration("5", phase="after", requires=("3",), if_not_ready="hold"))
        outcome = run(source, phase="after", awaits_application=True)
        assert outcome.held == ("3", "5")

    def test_is_named_where_what_requires_it_fails(self, story: Story, run: RunIt) -> None:
        """So that nobody looks for why it was not applied."""
        source = story.source
        source.add(story.notebook.migration("5", phase="after", requires=("3",)))
        with pytest.raises(
            RequirementNotMet, match=r"pending: 3, 5; of these held until they are ready: 3\. Deploy 5_"
        ):
            run(source, phase="after", awaits_application=True)

    def test_is_shown_by_status_and_plan(self, story: Story) -> None:
        story.after()
        migrations = story.source.load()
        [_, held] = status(migrations, story.target, awaits_application=True).migrations
        assert (held.state, held.waits[0].ready_at) == (State.HELD, story.clock.time() + 7 * DAY)
        planned = preview(migrations, story.target, policy=Policy(phase="after"), awaits_application=True)
        assert ([*planned.plan], [one.migration.id for one in planned.held]) == ([], ["3"])

    def test_whose_requirement_the_same_run_would_apply_is_told_so(
        self, run: RunIt, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations
    ) -> None:
        """It is not applied yet, so nothing can be said of since when."""
        story = Story(run, target, clock, notebook, soak="7d", if_not_ready="hold", phase="before")
        for awaited, told in (
            (True, "has to be found clean once the application is deployed"),
            (False, "has to be for some time"),
        ):
            planned = preview(story.source.load(), target, policy=Policy(), awaits_application=awaited)
            [[missing]] = [one.missing for one in planned.held]
            assert str(missing) == f'1_rewrite_things is applied by the same run, and {told} (soak = "7d")'

    def test_is_no_reason_to_run_migrate(self, story: Story) -> None:
        """The next step of status names what helps."""
        story.after()
        assert status(story.source.load(), story.target, awaits_application=True).next_step is None


class TestTheRunAfterTheDeploy:
    def test_settles_what_old_code_wrote(self, story: Story) -> None:
        """Of a backfill that says verify="full"."""
        story.rewriting.verify = "full"
        story.before()
        story.look()
        story.contract["if_not_ready"] = "hold"
        story.rewriting.old = 12
        story.after()
        assert (story.rewriting.old, story.rewriting.orders[0]) == (0, VerifyOrder(settle=True))
        found = story.target.records()[0].verified
        assert found is not None
        assert (found.mode, found.settled, found.clean, found.run_id) == ("full", 12, True, "after-1")
        assert story.target.runs()[0].note.startswith("Verified: 1 (clean).")

    def test_warns_of_what_it_only_counts(self, story: Story, caplog: pytest.LogCaptureFixture) -> None:
        """A sample settles nothing; the deploy goes through, and the next one looks again."""
        story.contract["if_not_ready"] = "hold"
        story.before()
        story.look()
        story.rewriting.old = 12
        assert story.after().held == ("3",)
        assert story.rewriting.old == 12
        assert 'Say verify="full" in it' in caplog.text

    def test_looks_no_more_at_what_was_found_clean(self, story: Story) -> None:
        """Every deploy would otherwise look over all that was ever backfilled."""
        story.before()
        story.look()
        story.after()
        story.rewriting.orders.clear()
        assert story.after().applied == ()
        assert story.rewriting.orders == []

    def test_fails_where_it_can_not_be_settled(self, story: Story) -> None:
        """With what the backfill says of it, and nothing is dirty."""
        story.before()
        story.look()
        story.rewriting.broken = MigrationsError("It does not settle.", next_step="Say once=True.")
        with pytest.raises(NotVerified) as caught:
            story.after()
        assert str(caught.value) == (
            "What 1_rewrite_things did could not be verified: It does not settle. Say once=True."
        )
        assert [record.dirty for record in story.target.records()] == [False]

    def test_goes_on_where_it_had_no_more_time(self, story: Story) -> None:
        """It stops, and the next run looks on; what it says is that it is unfinished, not that it failed."""
        story.before()
        story.look()
        story.rewriting.broken = StopRequested("The time is up.")
        with pytest.raises(RunUnfinished, match="The time is up"):
            story.after()
        story.rewriting.broken = None
        assert story.after().applied == ("3",)

    def test_is_handed_over_while_it_looks(self, story: Story) -> None:
        """A look takes as long as it takes."""
        story.before()
        story.look()
        story.rewriting.broken = StopRequested("The time is up.")
        with pytest.raises(HandedOver):
            story.after(
                remaining=lambda: 1.0 if story.rewriting.orders else 100.0,
                reserve=5.0,
                limit=story.clock.time() + HOUR,
                continue_elsewhere=lambda lock, continuation: (
                    lock.hand_over(continuation, until=story.clock.time() + 60) or "the state machine"
                ),
            )

    def test_that_goes_back_looks_at_nothing(self, story: Story) -> None:
        """A rollback, or somebody who undoes by hand, waits for the undo and not for looks over what stays."""
        story.before()
        story.look()
        story.after()
        story.rewriting.old = 1
        story.look(would_change=1)
        assert story.clean_since is None
        assert story.after(planner=UndoPlanner()).undone == ("3",)
        assert (story.rewriting.orders, story.rewriting.old) == ([], 1)

    def test_does_not_look_at_what_nobody_verifies(self, story: Story, target: MemoryTarget) -> None:
        """Nor does it import it."""
        story.rewriting.verify = None
        story.contract["requires"] = ()
        story.before()
        story.after()
        assert story.rewriting.orders == []

    def test_of_code_that_is_gone_is_none(self, run: RunIt, story: Story) -> None:
        """It can't be looked over any more."""
        story.before()
        story.look()
        only = story.notebook.source(story.notebook.migration("4", phase="after"))
        assert run(only, phase="after", missing="ignore", awaits_application=True).applied == ("4",)


def test_a_dry_run_looks_at_nothing_and_notes_nothing(run: RunIt, story: Story) -> None:
    """It says what would run, as far as the history tells."""
    story.before()
    story.look()
    story.target.note_application(Application(deploy_id="d", app_version="7", at=timestamp(story.clock.time())))
    with pytest.raises(RequirementNotMet):
        run(story.source, phase="after", dry_run=True, awaits_application=True)
    story.target.note_clean("1", timestamp(story.clock.time()))
    assert run(story.source, phase="after", dry_run=True, awaits_application=True).applied == ("3",)
    assert story.rewriting.orders == []


def test_a_target_of_the_users_own_needs_none_of_it(run: RunIt, notebook: RecordingMigrations) -> None:
    """One that keeps no application and no findings orders by what is applied."""

    class Older(MemoryTarget):
        application = note_clean = property()  # as if they were not there

    target = Older()
    applied(target, "1")
    source = notebook.source("1", notebook.migration("3", requires=("1",)))
    from tests.unit.fakes import migrate_in

    assert migrate_in(source, target).applied == ("3",)
