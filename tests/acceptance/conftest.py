"""What the tests of whole deploys share."""

from collections.abc import Iterator

import pytest

from tests.acceptance.warm.process import WARM_CDK


@pytest.fixture(scope="session", autouse=True)
def _warm_cdk() -> Iterator[None]:
    """Started by the first app that is to run in it."""
    yield
    WARM_CDK.end()
