"""A stack whose function has seconds, and whose runs may take minutes, in an AWS that enforces IAM."""

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.backfills.things import NOTHING
from tests.acceptance.long_runs.slices import Slices
from tests.acceptance.sibling import guarded_app


@pytest.fixture(scope="module")
def slices(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Slices:
    """The stack that the file names, deployed with a migration that does nothing; its `TIMEOUT` is the function's."""
    slices = Slices(guarded_aws, tmp_path_factory.mktemp("slices"), request.module.STACK, app=guarded_app())
    slices.timeout = getattr(request.module, "TIMEOUT", slices.timeout)
    slices.write("1_nothing", NOTHING)
    passed = slices.deploy()
    assert passed.ok, passed.output
    return slices
