"""What the tests of the constructs share: folders of migrations, and one app, synthesized once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

# Before jsii starts its Node process, which prints a page about a Node that is out of support.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from dynamigrate_cdk import Migrations, MigrationState
from dynamigrate_cdk.asset import bytecode, staging
from tests.infra.synthesized import Resources, Shop, table

MakeFolder = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def _no_byte_code() -> Iterator[None]:
    """Of migrations: it takes a process for each synth, and few tests look at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "compiled_tree", lambda root, strictly: root)
        yield


@pytest.fixture(scope="module")
def byte_code() -> Iterator[None]:
    """For the files whose tests do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "compiled_tree", bytecode.compiled_tree)
        yield


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory: pytest.TempPathFactory) -> MakeFolder:
    """Makes a folder of files, by name and content; one migration unless told otherwise."""

    def make(files: dict[str, str] | None = None, *, name: str = "migrations") -> Path:
        folder = tmp_path_factory.mktemp("folder") / name
        folder.mkdir()
        if files is None:
            files = {"20261101090000_first.py": "def do(ctx):\n    pass\n"}
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return folder

    return make


@pytest.fixture(scope="session")
def folder(make_folder: MakeFolder) -> Path:
    """One good migration."""
    return make_folder()


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack in an app of its own."""
    return cdk.Stack(cdk.App(), "Shop")


@pytest.fixture
def regional_stack() -> cdk.Stack:
    """One that knows its region, as TableV2 asks of tables with a key of their own."""
    return cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(region="eu-west-1"))


@pytest.fixture(scope="session")
def shop(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Synthesized once for all."""
    output = tmp_path_factory.mktemp("cdk.out")
    app = cdk.App(outdir=str(output))
    data = cdk.Stack(app, "Data")
    orders = table(data, "Orders")
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    secret = dynamodb.Table(
        data,
        "Secret",
        partition_key=key,
        sort_key=dynamodb.Attribute(name="at", type=dynamodb.AttributeType.STRING),
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=kms.Key(data, "Key"),
    )
    secret.add_local_secondary_index(
        index_name="by-size", sort_key=dynamodb.Attribute(name="size", type=dynamodb.AttributeType.NUMBER)
    )
    state = MigrationState(data, "State")

    migrating = cdk.Stack(app, "Migrating")
    migrations = Migrations(
        migrating,
        "Migrations",
        migrations=folder,
        state=state,
        tables={
            "orders": orders,
            "secret": secret,
            "imported": dynamodb.TableV2.from_table_name(migrating, "Imported", "imported"),
        },
        params={"currency": "EUR"},
        deploy_id="build-7",
        app_version="1.2.3",
    )
    # Both come after the construct, and count all the same.
    orders.add_global_secondary_index(
        index_name="by-customer",
        partition_key=dynamodb.Attribute(name="customer", type=dynamodb.AttributeType.STRING),
    )
    iam.Grant.add_to_principal(
        grantee=migrations, actions=["sqs:SendMessage"], resource_arns=["arn:aws:sqs:eu-west-1:111122223333:late"]
    )
    application = cdk.Stack(app, "Application")
    cdk.CfnWaitConditionHandle(application, "Something")
    migrations.execute_before(application)
    cdk.Tags.of(migrations).add("team", "orders")
    return Shop(
        app=app,
        data_stack=data,
        migrations_stack=migrating,
        application_stack=application,
        migrations=migrations,
        data=Resources.of(data),
        migrating=Resources.of(migrating),
        output=output,
    )
