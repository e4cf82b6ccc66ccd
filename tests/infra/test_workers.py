"""Backfills with workers beside each other, as far as the files say so: what can't work is told at synth."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from dynamigrate.backfill import options
from dynamigrate.errors import InvalidSetting
from dynamigrate_cdk import InvalidProp, Migrations, SynthError

MakeFolder = Callable[..., Path]
FILE = "20261101090000_words.py"


def migration(call: str) -> str:
    return f"from dynamigrate import Backfill\n\n\ndef change(item):\n    return item\n\n\ndo = {call}\n"


@pytest.fixture
def synthesize(make_folder: MakeFolder) -> Callable[..., Path]:
    """Synthesizes a folder with one migration, or the files that are given; returns it."""

    def make(files: str | dict[str, str], **props: Any) -> Path:
        folder = make_folder({FILE: migration(files)} if isinstance(files, str) else files)
        Migrations(cdk.Stack(cdk.App(), "Shop"), "Migrations", migrations=folder, **props)
        return folder

    return make


def refused(synthesize: Callable[..., Path], error: type[SynthError], files: str | dict[str, str], **props: Any) -> str:
    """What is said, with the folder as FOLDER."""
    with pytest.raises(error) as raised:
        synthesize(files, **props)
    return re.sub(r"/\S*/folder\d*/migrations", "FOLDER", str(raised.value))


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("Backfill(table='orders', transform=change, workers=8)", "8"),
        ("Backfill(table='orders', transform=change, workers=8, segments=8)", "8"),
        ("Backfill(table='orders', transform=change, workers=2 * TWO)", "2 * TWO"),
        (f"Backfill(table='orders', transform=change, workers={' + '.join(['n'] * 20)})", "..."),
        ("dynamigrate.Backfill(table='orders', transform=change, workers=8)", "8"),
        ("partial(Backfill, table='orders', workers=8)", "8"),
        ("lambda ctx: Backfill(table='orders', transform=change, workers=8)(ctx)", "8"),
    ],
)
def test_workers_without_a_machine_are_refused(synthesize: Callable[..., Path], call: str, shown: str) -> None:
    """The first deploy with something to do would fail, and not each has. A number that is not written out may be any."""
    assert refused(synthesize, InvalidProp, call, run_limit=None) == (
        f"Shop/Migrations: run_limit is None, and FOLDER/{FILE}:8 has a Backfill with workers={shown}: workers beside each "
        "other are called by the state machine, which run_limit=None leaves out. "
        "Give run_limit a duration, or leave it out; or take out workers=, and one function does it all."
    )
    synthesize(call)


def test_they_are_found_by_another_name_and_in_a_helper(synthesize: Callable[..., Path]) -> None:
    """Wherever the call is, it is the one that has to be changed."""
    files = {
        FILE: "from ._orders import words as do\n",
        "_orders.py": "from dynamigrate import Backfill as Fill\nwords = Fill(\n    table='orders',\n    workers=8,\n)\n",
    }
    assert "FOLDER/_orders.py:4 has a Backfill with workers=8" in refused(
        synthesize, InvalidProp, files, run_limit=None
    )


@pytest.mark.parametrize(
    "call",
    [
        "Backfill(table='orders', transform=change)",
        "Backfill(table='orders', transform=change, workers=1)",
        "Pool(workers=8)",
        "Backfill(table='orders', transform=change, threads=8, **options)",
    ],
)
def test_one_worker_needs_no_machine(synthesize: Callable[..., Path], call: str) -> None:
    """Nor do the workers of something else; what only a run would tell is left to that."""
    synthesize(call, run_limit=None)


def test_what_is_not_deployed_may_say_anything(synthesize: Callable[..., Path]) -> None:
    """Such as tests of the migrations."""
    files = {FILE: migration("Backfill(table='orders', transform=change)"), "tests/test_it.py": "Backfill(workers=0)\n"}
    synthesize(files, run_limit=None)


def as_the_backfill_says(workers: object, segments: int | None = None) -> str:
    with pytest.raises(InvalidSetting) as raised:
        options.check_workers(workers, segments)
    return f"FOLDER/{FILE}:8: {raised.value}"


@pytest.mark.parametrize("run_limit", [{}, {"run_limit": None}])
@pytest.mark.parametrize("workers", [0, -2, 257, None, True, 2.5, "8", [8]])
def test_a_number_that_can_not_be_is_refused(
    synthesize: Callable[..., Path], workers: object, run_limit: dict[str, None]
) -> None:
    """With or without a machine, and in the words of the backfill itself."""
    call = f"Backfill(table='orders', transform=change, workers={workers!r})"
    assert refused(synthesize, SynthError, call, **run_limit) == as_the_backfill_says(workers)


def test_more_workers_than_segments_are_refused(synthesize: Callable[..., Path]) -> None:
    """As far as both are written out; as many are fine, and so is the greatest number there may be."""
    for workers, segments in ((4, "4"), (4, "5"), (4, "SEGMENTS"), (options.MOST_WORKERS, "None")):
        synthesize(f"Backfill(table='orders', transform=change, segments={segments}, workers={workers})")
    call = "Backfill(table='orders', transform=change, segments=4, workers=7)"
    assert refused(synthesize, SynthError, call) == as_the_backfill_says(7, 4)
