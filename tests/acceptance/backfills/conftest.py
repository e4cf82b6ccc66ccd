"""An AWS that enforces IAM, with a stack whose table is rewritten, for the tests of each file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.acceptance.backfills.things import NOTHING, Things
from tests.acceptance.sibling import guarded_app


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    """Deployed, with a migration that does nothing."""
    folder = tmp_path_factory.mktemp("things")
    with LocalAws.start(auth=True, directory=folder / "aws") as aws:
        things = Things(aws, folder, "Things", app=guarded_app())
        things.write("1_nothing", NOTHING)
        passed = things.deploy()
        assert passed.ok, passed.output
        yield things


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where a transform notes its calls."""
    path = tmp_path / "notes"
    path.touch()
    return path
