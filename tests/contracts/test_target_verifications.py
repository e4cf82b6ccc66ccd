"""What every target promises of looks over the data, of what was found, and of the application that is deployed."""

from typing import Any

import pytest

from dynamigrate.errors import LockLost, MigrationNotFound
from dynamigrate.records import Application
from dynamigrate.verification import Verification
from tests.contracts.conftest import TargetScene
from tests.unit.fakes import applied

CLEAN = Verification(at="2026-11-23T09:00:00.000Z", mode="full", checked=10, total=10, would_change=0)
UNCLEAN = Verification(
    at="2026-11-24T09:00:00.000Z",
    mode="sample",
    checked=1000,
    total=2_000_000,
    would_change=3,
    failed=1,
    unsettled=2,
    keys=('{"orderId": "o-ä"}',),
    run_id="r-1",
    app_version="7",
)
SINCE = "2026-11-23T10:00:00.000Z"


def _record(target: Any) -> Any:
    [record] = target.records()
    return record


class TestVerification:
    """What was found when the data was looked at again."""

    def test_is_there_once_it_was_kept(self, scene: TargetScene) -> None:
        """As it was, to another process too, and that of the last look."""
        applied(scene.target, "1")
        assert _record(scene.target).verified is None
        scene.target.save_verification("1", CLEAN)
        scene.target.save_verification("01", UNCLEAN)
        assert _record(scene.another()).verified == UNCLEAN

    def test_may_be_of_one_under_way_and_stays_when_that_is_done(self, target: Any) -> None:
        """A backfill looks over its work before it is recorded as applied."""
        target.add("1")
        target.save_verification("1", CLEAN)
        target.finish_migration("1")
        assert (_record(target).dirty, _record(target).verified) == (False, CLEAN)

    @pytest.mark.parametrize("keep", ["save_verification", "note_clean", "save_cost"])
    def test_of_what_is_unknown_is_an_error(self, target: Any, keep: str) -> None:
        """And nothing is written."""
        value: Any = {"save_verification": CLEAN, "note_clean": SINCE, "save_cost": {"dollars": 1.0}}[keep]
        with pytest.raises(MigrationNotFound):
            getattr(target, keep)("1", value)
        assert target.records() == ()

    @pytest.mark.parametrize("keep", ["save_verification", "note_clean", "save_cost", "note_application"])
    def test_is_not_kept_by_a_run_whose_lock_is_lost(self, scene: TargetScene, keep: str) -> None:
        """Whoever has it now may know better."""
        applied(scene.target, "1")
        calls: dict[str, tuple[Any, ...]] = {
            "save_verification": ("1", CLEAN),
            "note_clean": ("1", SINCE),
            "save_cost": ("1", {"dollars": 1.0}),
            "note_application": (Application(deploy_id="d", app_version="7", at=SINCE),),
        }
        with scene.target.lock():
            scene.free_by_force()
            with pytest.raises(LockLost):
                getattr(scene.target, keep)(*calls[keep])
        record = _record(scene.another())
        assert (record.verified, record.clean_since, dict(record.cost)) == (None, None, {})
        assert scene.another().application() is None


class TestCleanSince:
    """Since when nothing of a migration is left to be done."""

    def test_stays_while_it_is_found_clean(self, scene: TargetScene) -> None:
        """A later look that finds nothing does not begin the time anew."""
        applied(scene.target, "1")
        scene.target.note_clean("1", SINCE)
        scene.target.save_verification("1", CLEAN)
        assert _record(scene.another()).clean_since == SINCE

    def test_is_taken_away_by_a_look_that_finds_something(self, scene: TargetScene) -> None:
        """In the same write."""
        applied(scene.target, "1")
        scene.target.note_clean("1", SINCE)
        scene.target.save_verification("1", UNCLEAN)
        assert _record(scene.another()).clean_since is None

    def test_goes_with_an_undo(self, target: Any) -> None:
        """What is done again has to be looked at again."""
        applied(target, "1")
        target.save_verification("1", CLEAN)
        target.note_clean("1", SINCE)
        target.save_cost("1", {"dollars": 1.5})
        target.start_migration("1")
        assert (_record(target).clean_since, _record(target).verified, dict(_record(target).cost)) == (None, None, {})


def test_what_it_cost_stays_with_a_migration(scene: TargetScene) -> None:
    """Numbers as they were; what is no number is left out."""
    scene.target.add("1")
    scene.target.save_cost("1", {"dollars": 1.25, "estimated_items": 10**9, "odd": float("nan")})
    scene.target.finish_migration("1")
    assert dict(_record(scene.another()).cost) == {"dollars": 1.25, "estimated_items": 10**9}


def test_cursors_of_a_look_are_no_segments_of_the_migration(scene: TargetScene) -> None:
    """Each is kept, found and forgotten by itself, whether the migration is dirty or not."""
    applied(scene.target, "1")
    scene.target.save_segments("1", {0: "segment"})
    scene.target.save_cursors("01", {0: "cursor", 3: {"after": None}})
    scene.target.save_cursors("1", {3: {"after": "a"}})
    assert scene.another().cursors("1") == {0: "cursor", 3: {"after": "a"}}
    scene.target.clear_cursors("1")
    assert (scene.another().cursors("1"), scene.another().segments("1")) == ({}, {0: "segment"})


def test_the_application_is_the_one_that_was_noted_last(scene: TargetScene) -> None:
    """None before; it is no migration and no run."""
    assert scene.target.application() is None
    for version in ("7", "8"):
        scene.target.note_application(Application(deploy_id=f"deploy-{version}", app_version=version, at=SINCE))
    assert scene.another().application() == Application(deploy_id="deploy-8", app_version="8", at=SINCE)
    assert (scene.target.records(), scene.target.runs()) == ((), ())


def test_a_migration_is_recorded_with_its_phase(scene: TargetScene) -> None:
    """What ran after the application was deployed has an order of its own, when its code is gone too."""
    from dynamigrate.records import Details

    scene.target.add("1", Details(phase="after"))
    scene.target.add("2", Details(phase="before"))
    scene.target.add("3")
    assert [record.phase for record in scene.another().records()] == ["after", "before", "before"]
