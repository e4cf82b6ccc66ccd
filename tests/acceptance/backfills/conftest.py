"""A stack whose table is rewritten, in an AWS that enforces IAM, for the tests of each file."""

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.backfills.things import NOTHING, Things
from tests.acceptance.sibling import guarded_app


@pytest.fixture(scope="module")
def things(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Things:
    """The stack that the file names, deployed with a migration that does nothing."""
    things = Things(guarded_aws, tmp_path_factory.mktemp("things"), request.module.STACK, app=guarded_app())
    things.write("1_nothing", NOTHING)
    passed = things.deploy()
    assert passed.ok, passed.output
    return things
