"""What the tests of whole deploys share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamigrate_local_aws import LocalAws
from tests.acceptance.warm.process import WARM_CDK

_COMPILED = Path(__file__).parent / "warm" / "compiled.cjs"


@pytest.fixture(scope="session", autouse=True)
def _warm_cdk() -> Iterator[None]:
    """Started by the first app that is to run in it; the CDK CLI itself is compiled once, not for each command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NODE_OPTIONS", f'{os.environ.get("NODE_OPTIONS", "")} --require "{_COMPILED}"'.strip())
        yield
    WARM_CDK.end()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where a transform notes its calls."""
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture(scope="session")
def guarded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """
    One more embedded AWS for the session, with IAM enforced. Its stacks are everyone's: name them apart.

    Its state machines wait a tenth of what they say: the twenty seconds until they look again are most of a test.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFN_WAIT_SCALE", "0.1")
        running = LocalAws.start(auth=True, directory=tmp_path_factory.mktemp("guarded-aws"))
    with running as aws:
        aws.bootstrap()
        yield aws
