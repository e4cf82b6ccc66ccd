"""Where migrations after the deploy can be, and what is said where they can't."""

import re
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from dynamigrate_cdk import AfterMigrations, DependencyCycle, InvalidProp
from tests.infra.conftest import MakeFolder
from tests.infra.four import AFTER, PLAIN, Four


@pytest.fixture(scope="module")
def after_folder(make_folder: MakeFolder) -> Path:
    """A migration of each phase."""
    return make_folder({"1_fill.py": PLAIN, "2_drop.py": AFTER})


def test_a_file_of_that_phase_without_the_construct_fails_the_synth(after_folder: Path) -> None:
    """Nothing would ever run it; the words say what to add."""
    four = Four(after_folder)
    with pytest.raises(RuntimeError, match="Validation failed") as caught:
        four.app.synth()
    said = str(caught.value)
    assert "[Migrating/Migrations] 2_drop.py: its phase is after, and nothing would run it" in said
    assert 'AfterMigrations(after_stack, "After", migrations=...)' in said
    assert "1_fill.py" not in said


def test_a_folder_without_such_a_file_may_have_the_construct(folder: Path) -> None:
    """It notes the application, and looks at the data again."""
    four = Four(folder)
    four.after()
    four.app.synth()


def test_without_an_application_to_wait_for_there_is_a_warning(after_folder: Path) -> None:
    """It names the call; where it was made there is none."""
    four = Four(after_folder)
    AfterMigrations(four.after_stack, "After", migrations=four.migrations)
    four.app.synth()
    match = assertions.Match.string_like_regexp("it waits for no application.*execute_after\\(application\\)")
    assertions.Annotations.from_stack(four.after_stack).has_warning("/After/After", match)
    other = Four(after_folder)
    other.after()
    other.app.synth()
    assertions.Annotations.from_stack(other.after_stack).has_no_warning("*", match)


def _of_no_migrations(four: Four) -> None:
    AfterMigrations(four.after_stack, "After", migrations=four.migrating)  # type: ignore[arg-type]


def _in_another_app(four: Four) -> None:
    AfterMigrations(cdk.Stack(cdk.App(), "After"), "After", migrations=four.migrations)


def _in_another_stage(four: Four) -> None:
    AfterMigrations(cdk.Stack(cdk.Stage(four.app, "Prod"), "After"), "After", migrations=four.migrations)


def _a_second_one(four: Four) -> None:
    four.after()
    AfterMigrations(four.after_stack, "Again", migrations=four.migrations)


def _in_the_stack_of_the_migrations(four: Four) -> None:
    AfterMigrations(four.migrating, "After", migrations=four.migrations)


def _nested_in_the_stack_of_the_migrations(four: Four) -> None:
    AfterMigrations(cdk.NestedStack(four.migrating, "Nested"), "After", migrations=four.migrations)


def _in_the_stack_of_the_application(four: Four) -> None:
    after = AfterMigrations(four.application, "After", migrations=four.migrations)
    after.execute_after(four.application.node.find_child("Something"))


def _with_an_unknown_choice(four: Four) -> None:
    four.after(on_failure="rewind")


REFUSED: dict[str, tuple[Callable[[Four], None], str]] = {
    "no migrations": (_of_no_migrations, r"After/After: migrations is .*Stack.*Give the Migrations construct"),
    "another app": (_in_another_app, r"After/After: migrations is Migrating/Migrations, which is in another app"),
    "another stage": (
        _in_another_stage,
        r"Prod/After/After: .* which is in another stage: .* Put both into one stage\.",
    ),
    "a second one": (
        _a_second_one,
        r"After/Again: migrations is Migrating/Migrations, whose phase after the deploy is After/After\. .*leave this",
    ),
    "the migrations' stack": (
        _in_the_stack_of_the_migrations,
        r"Migrating/After: it is in the stack of Migrating/Migrations, .* into a stack of its own",
    ),
    "a stack nested there": (_nested_in_the_stack_of_the_migrations, r"it is in the stack of Migrating/Migrations"),
    "the application's stack": (
        _in_the_stack_of_the_application,
        r"Application/After: it is in Application, the stack of Application/Something: .* would roll the application back",
    ),
    "an unknown choice": (_with_an_unknown_choice, r"After/After: on_failure is 'rewind'\. Give one of"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_where_it_can_not_be_is_refused(after_folder: Path, make: Callable[[Four], None], message: str) -> None:
    """With what, where, and what to do."""
    with pytest.raises(InvalidProp, match=message):
        make(Four(after_folder))


def test_workers_beside_each_other_need_a_machine_of_its_own(make_folder: MakeFolder) -> None:
    """Of its own phase: the other function has one."""
    fleet = "from dynamigrate import Backfill\n{}do = Backfill(table='things', transform=print, workers=4)\n"
    four = Four(make_folder({"1_fill.py": fleet.format(""), "2_drop.py": fleet.format('phase = "after"\n')}))
    with pytest.raises(
        InvalidProp, match=r"After/After: run_limit is None, and .*2_drop\.py:3 has a Backfill with workers=4"
    ):
        four.after(run_limit=None)
    other = Four(make_folder({"1_fill.py": fleet.format(""), "2_drop.py": AFTER}))
    other.after(run_limit=None)


def test_an_application_that_waits_for_it_is_a_cycle(after_folder: Path) -> None:
    """With the layout of the four stacks."""
    four = Four(after_folder)
    after = AfterMigrations(four.after_stack, "After", migrations=four.migrations)
    four.application.add_stack_dependency(four.after_stack)
    with pytest.raises(DependencyCycle, match=re.escape("<- application stack <- after stack.")):
        after.execute_after(four.application)
