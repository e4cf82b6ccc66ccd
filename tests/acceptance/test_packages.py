"""Third-party packages of migrations, on their way from a pin to the function that imports them."""

import pytest

from demo.service import OrderService
from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import PROJECT
from tests.acceptance.sibling import DIRECTLY
from tests.acceptance.warm.process import WARM_CDK
from tests.infra.wheels import make_wheel

pytestmark = pytest.mark.acceptance

_MIGRATION = """
from vat import RATE
from vat.money import cents

def do(ctx):
    ctx.dynamodb.put_item(
        TableName=ctx.tables["orders"],
        Item={"orderId": {"S": "vat"}, "totalCents": {"N": str(cents(RATE))}},
    )
"""


@pytest.fixture(scope="module")
def service(aws: LocalAws) -> OrderService:
    """The order service, of which one migration imports a package that is pinned beside it."""
    aws.bootstrap()
    service = OrderService(aws, prefix="Packages", app=WARM_CDK.command(PROJECT / "app.py"), options=DIRECTLY)
    wheels = aws.directory / "wheels"
    for version, rate in (("1.0", "19"), ("1.1", "20")):
        files = {"vat/__init__.py": f"RATE = {rate}\n", "vat/money.py": "def cents(euros):\n    return euros * 100\n"}
        make_wheel(wheels, "vat", version, files=files)
    (service.migrations / "requirements.txt").write_text(f"--no-index\n--find-links {wheels}\nvat==1.1\n")
    service.write_migration("20261120090000_vat", _MIGRATION)
    deployed = service.deploy("Data", "Migrations")
    assert deployed.ok, deployed.output
    return service


def test_a_migration_imports_what_is_pinned(service: OrderService) -> None:
    """The version that the file says, with its submodules."""
    assert service.order("vat")["totalCents"] == "2000"


def test_an_import_that_is_nowhere_ends_the_synth(service: OrderService) -> None:
    """Before anything is deployed, with the line and what to do."""
    before = service.stack_states()
    service.write_migration("20261121090000_pandas", "import pandas_of_nobody\n\n\ndef do(ctx):\n    pass\n")
    failed = service.deploy("Migrations")
    assert not failed.ok
    said = " ".join(failed.output.split())
    assert "20261121090000_pandas.py:1: pandas_of_nobody is neither in Python, nor in the runtime" in said
    assert "Pin packages with == in" in said
    assert service.stack_states() == before
