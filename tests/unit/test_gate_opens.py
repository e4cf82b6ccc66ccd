"""A contract is never held for ever: what nobody can look over, or is not to, keeps it no longer than it must."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dynamigrate import MemoryTarget, Migration
from dynamigrate.clock import timestamp
from dynamigrate.errors import StopRequested
from dynamigrate.preview import preview
from dynamigrate.records import Application
from dynamigrate.requirements import RequirementNotMet
from dynamigrate.validation import Policy
from dynamigrate.verifiable import VerifyOrder
from dynamigrate.verification import Verification
from tests.unit.fakes import FakeClock, RecordingMigrations, RunIt, applied
from tests.unit.processes import Processes
from tests.unit.test_gate import DAY, Rewriting

CLEAN = Verification(at="2026-11-23T09:00:00.000Z", mode="sample", checked=100, total=1_000, would_change=0)


@pytest.fixture
def after(run: RunIt, target: MemoryTarget, clock: FakeClock) -> Callable[..., Any]:
    """A deploy's run after its application."""

    def deploy(source: Any, **settings: Any) -> Any:
        application = Application(deploy_id="d", app_version="7", at=timestamp(clock.time()))
        return run(
            source,
            phase="after",
            awaits_application=True,
            before_planning=lambda: target.note_application(application),
            **settings,
        )

    return deploy


@pytest.fixture
def contract(notebook: RecordingMigrations) -> Migration:
    return notebook.migration("3", requires=("1",), phase="after")


class TestWhatWasVerifiedOnceAndIsNotAnyMore:
    def test_counts_as_clean_where_it_says_verify_none(
        self, after: Any, notebook: RecordingMigrations, target: MemoryTarget, clock: FakeClock, contract: Migration
    ) -> None:
        """Whether an operator verified it, or an earlier version of the file did."""
        applied(target, "1")
        target.save_verification("1", replace(CLEAN, would_change=3))
        rewriting = Rewriting(clock, verify=None)
        outcome = after(notebook.source(Migration("1", "rewrite things", rewriting), contract))
        assert (outcome.applied, rewriting.orders) == (("3",), [])

    def test_counts_from_the_deploy_after_it_where_a_function_calls_backfills(
        self, after: Any, notebook: RecordingMigrations, target: MemoryTarget, contract: Migration
    ) -> None:
        """These look at a sample, and are done; the function itself nobody can call only to see what it would do."""
        applied(target, "1")
        target.save_verification("1", CLEAN)
        assert after(notebook.source("1", contract)).applied == ("3",)

    def test_keeps_its_contract_where_it_was_not_clean_and_says_what_helps(
        self, after: Any, notebook: RecordingMigrations, target: MemoryTarget, contract: Migration
    ) -> None:
        applied(target, "1")
        target.save_verification("1", replace(CLEAN, would_change=3))
        with pytest.raises(RequirementNotMet, match=r"3 of 100 sampled items would still change") as caught:
            after(notebook.source("1", contract))
        assert "do = Backfill(...)" in caught.value.message + caught.value.next_step


class TestLooksThatTakeLongerThanAProcessHas:
    """Each process has the time for one of three."""

    @pytest.fixture
    def slow(self, clock: FakeClock) -> list[Rewriting]:
        class Slow(Rewriting):
            def look_over(self, ctx: Any, order: VerifyOrder) -> Verification:
                if (reason := ctx.stop_reason()) is not None:
                    raise StopRequested(reason)
                clock.turn(6)
                return super().look_over(ctx, order)

        return [Slow(clock, old=0) for _ in range(3)]

    @pytest.fixture
    def processes(
        self, target: MemoryTarget, clock: FakeClock, notebook: RecordingMigrations, slow: list[Rewriting]
    ) -> Processes:
        applied(target, "1", "2", "3")
        target.note_application(Application(deploy_id="d", app_version="7", at=timestamp(clock.time())))
        known = [Migration(str(number), "rewrite things", one) for number, one in enumerate(slow, start=1)]
        source = notebook.source(*known, notebook.migration("4", requires=("1", "2", "3"), phase="after"))
        return Processes(target, clock, source, settings={"phase": "after", "awaits_application": True})

    def test_are_each_made_once(self, processes: Processes, slow: list[Rewriting]) -> None:
        """The sample that is due, and all of it before the contract."""
        assert processes.all().applied == ("4",)
        assert [one.orders for one in slow] == [[VerifyOrder(sample=1_000), VerifyOrder()]] * 3

    def test_end_where_they_find_something(self, processes: Processes, slow: list[Rewriting]) -> None:
        for one in slow:
            one.old = 3
        with pytest.raises(RequirementNotMet):
            processes.all()
        assert [one.orders for one in slow] == [[VerifyOrder(sample=1_000)]] * 3


class TestWhatAContractHasTakenAway:
    """What the migration that it required had brought would be brought again."""

    def test_is_not_written_again_after_an_operator_looked(
        self, after: Any, notebook: RecordingMigrations, target: MemoryTarget, clock: FakeClock, contract: Migration
    ) -> None:
        """Who only looks, at what is long over, must not have the next deploy write."""
        applied(target, "1", "3")
        target.save_verification("1", replace(CLEAN, would_change=100))
        rewriting = Rewriting(clock, verify="full")
        after(notebook.source(Migration("1", "rewrite things", rewriting), contract))
        assert rewriting.orders == []

    def test_is_settled_where_another_contract_requires_it(
        self, after: Any, notebook: RecordingMigrations, target: MemoryTarget, clock: FakeClock, contract: Migration
    ) -> None:
        """Whose author says that it is to be there."""
        applied(target, "1", "3")
        rewriting = Rewriting(clock, verify="full")
        another = notebook.migration("4", requires=("1",), phase="after")
        assert after(notebook.source(Migration("1", "rewrite things", rewriting), contract, another)).applied == ("4",)
        assert rewriting.old == 0


class TestWhatIsRequiredByAnotherName:
    def test_is_found_clean_where_what_replaces_it_ran(
        self, after: Any, notebook: RecordingMigrations, target: MemoryTarget, clock: FakeClock, contract: Migration
    ) -> None:
        applied(target, "2")
        soaked = replace(contract, soak="7d", if_not_ready="hold")
        source = notebook.source(notebook.migration("2", replaces=("1",)), soaked)
        assert after(source).held == ("3",)
        clock.turn(8 * DAY)
        assert after(source).applied == ("3",)

    def test_is_there_where_its_parts_ran_in_its_place(
        self, after: Any, run: RunIt, notebook: RecordingMigrations, target: MemoryTarget
    ) -> None:
        """What replaces older ones counts as applied where these are."""
        applied(target, "1")
        squashed = notebook.migration("2", replaces=("1",))
        assert run(notebook.source(squashed, notebook.migration("3", requires=("2",)))).applied == ("3",)
        assert after(
            notebook.source(squashed, notebook.migration("4", requires=("2",), phase="after"), "3")
        ).applied == ("4",)

    def test_whose_file_is_gone_counts_from_the_deploy_after_it(
        self, after: Any, notebook: RecordingMigrations, target: MemoryTarget, contract: Migration
    ) -> None:
        """It was found clean when it ran, and what replaces it never will run here."""
        applied(target, "1")
        target.save_verification("1", CLEAN)
        assert after(notebook.source(notebook.migration("2", replaces=("1",)), contract)).applied == ("3",)


class TestSoakWhereNobodyNotesAnApplication:
    @pytest.fixture
    def soaking(self, notebook: RecordingMigrations) -> Any:
        return notebook.source("1", notebook.migration("3", requires=("1",), soak="7d", if_not_ready="hold"))

    def test_waits_for_what_the_same_run_applies(self, run: RunIt, soaking: Any) -> None:
        """And says nothing of an application that nobody deploys."""
        assert run(soaking).warnings == (
            '3_change_things is held: 1_change_things is applied by the same run, and has to be for some time (soak = "7d").',
        )

    def test_says_what_to_do_where_it_is_not_known_since_when(
        self, run: RunIt, soaking: Any, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As in tables that another tool wrote."""
        applied(target, "1")
        records = tuple(replace(record, finished_at=None) for record in target.records())
        monkeypatch.setattr(target, "records", lambda: records)
        [held] = run(soaking).warnings
        assert (
            held == '3_change_things is held: 1_change_things is applied, and since when was not noted (soak = "7d").'
        )


def test_an_application_that_nobody_notes_any_more_is_none(
    run: RunIt, notebook: RecordingMigrations, target: MemoryTarget, clock: FakeClock
) -> None:
    """Once the stack after the application is taken out, what is required has to be applied, and that is all."""
    target.note_application(Application(deploy_id="d", app_version="7", at=timestamp(clock.time())))
    contract = notebook.migration("3", requires=("1",))
    source = notebook.source(Migration("1", "rewrite things", Rewriting(clock)), contract)
    migrations = source.load()
    assert preview(migrations, target, policy=Policy(phase="before"), awaits_application=False).waits == {}
    assert run(source, phase="before", awaits_application=False).applied == ("1", "3")


def test_an_application_that_a_script_noted_counts(
    run: RunIt, notebook: RecordingMigrations, target: MemoryTarget, clock: FakeClock, contract: Migration
) -> None:
    """Which says nothing of who is going to note the next one."""
    target.note_application(Application(deploy_id="d", app_version="7", at=timestamp(clock.time())))
    source = notebook.source(Migration("1", "rewrite things", Rewriting(clock)), replace(contract, phase="before"))
    with pytest.raises(RequirementNotMet, match="was not found clean"):
        run(source, phase="before")
