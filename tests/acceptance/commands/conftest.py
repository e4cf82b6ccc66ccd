"""One deployed function for the tests of all commands."""

import pytest

from demo.service import OrderService
from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import PROJECT
from tests.acceptance.commands.console import CHECK, CHECK_CODE, LASTING, LASTING_CODE, Console
from tests.acceptance.sibling import DIRECTLY
from tests.acceptance.warm.process import WARM_CDK


@pytest.fixture(scope="session")
def deployed(aws: LocalAws) -> Console:
    """The order service with two migrations more, deployed once for all."""
    aws.bootstrap()
    service = OrderService(aws, prefix="Console", app=WARM_CDK.command(PROJECT / "app.py"), options=DIRECTLY)
    service.write_migration(f"{CHECK}_check_orders", CHECK_CODE)
    service.write_migration(f"{LASTING}_close_the_books", LASTING_CODE)
    result = service.deploy("Data", "Migrations", context={"app_version": "1.4", "deploy_id": "build-7"})
    assert result.ok, result.output
    return Console(aws, service)


@pytest.fixture
def console(deployed: Console) -> Console:
    """With an empty history."""
    deployed.begin()
    return deployed
