"""The tables of history and lock: made with care, taken over, or left to the function."""

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms

from dynamigrate.contract import Env
from dynamigrate_cdk import InvalidProp, Migrations, MigrationState
from tests.infra.synthesized import Resources, Shop
from tests.infra.test_migrations_template import FUNCTION


def test_nothing_takes_the_tables_away_by_accident(shop: Shop) -> None:
    """Without them the next deploy would run everything again."""
    state = {name: one for name, one in shop.data.template["Resources"].items() if name.startswith("State")}
    assert state.keys() == {"StateMigrations93BF0146", "StateLockBC5D895C"}
    for one in state.values():
        assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("Retain", "Retain")
        properties = one["Properties"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["AttributeDefinitions"] == [{"AttributeName": "ID", "AttributeType": "S"}]
        assert properties["KeySchema"] == [{"AttributeName": "ID", "KeyType": "HASH"}]
        assert "TableName" not in properties
        (replica,) = properties["Replicas"]
        assert replica["DeletionProtectionEnabled"] is True
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_tests_and_demos_can_relax_it(regional_stack: cdk.Stack) -> None:
    """Removal and protection are props, and so is a key of one's own."""
    MigrationState(
        regional_stack,
        "State",
        removal_policy=cdk.RemovalPolicy.DESTROY,
        deletion_protection=False,
        encryption_key=kms.Key(regional_stack, "Key"),
    )
    template = assertions.Template.from_stack(regional_stack)
    template.all_resources("AWS::DynamoDB::GlobalTable", {"DeletionPolicy": "Delete"})
    template.all_resources_properties(
        "AWS::DynamoDB::GlobalTable", {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"}}
    )


def test_a_key_of_its_own_needs_a_region(stack: cdk.Stack) -> None:
    """CDK says so too, but late, and without saying of what."""
    with pytest.raises(InvalidProp, match=r"Shop/State: it has an encryption_key, and its stack no region.*env="):
        MigrationState(stack, "State", encryption_key=kms.Key(stack, "Key"))


def test_tables_that_exist_are_used_by_name(stack: cdk.Stack, folder: Path) -> None:
    """Such as the Go driver's: nothing is made, and nothing may be."""
    state = MigrationState.from_table_names(
        stack, "State", migrations_table_name="_migrations", lock_table_name="_migrations-lock", lock_id="orders"
    )
    Migrations(stack, "Migrations", migrations=folder, state=state)
    resources = Resources.of(stack)
    assert "AWS::DynamoDB::GlobalTable" not in resources.ids().values()
    variables = resources[FUNCTION]["Properties"]["Environment"]["Variables"]
    assert (variables[Env.MIGRATIONS_TABLE], variables[Env.LOCK_TABLE]) == ("_migrations", "_migrations-lock")
    assert variables[Env.LOCK_ID] == "orders"
    assert "dynamodb:CreateTable" not in str(resources.statements())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("no", "ab.c"), "migrations_table_name is 'no'. A table's name has 3 to 255 letters"),
        (("one", "two/three"), "lock_table_name is 'two/three'."),
        (("one", "one"), "both tables are 'one'. The lock needs a table of its own"),
    ],
)
def test_names_that_no_table_can_have(stack: cdk.Stack, names: tuple[str, str], message: str) -> None:
    """Refused at synth."""
    with pytest.raises(InvalidProp, match=re.escape(f"Shop/State: {message}")):
        MigrationState.from_table_names(stack, "State", migrations_table_name=names[0], lock_table_name=names[1])


@pytest.mark.parametrize("strong", [True, False])
def test_a_strongly_consistent_global_table_keeps_no_state(strong: bool) -> None:
    """It takes no transactions; where the app itself makes it, that is known at synth. One of eventual consistency may."""
    stack = cdk.Stack(cdk.App(), "Shop", env=cdk.Environment(region="us-east-1"))
    consistency = dynamodb.MultiRegionConsistency.STRONG if strong else dynamodb.MultiRegionConsistency.EVENTUAL
    table = dynamodb.TableV2(
        stack,
        "Everywhere",
        partition_key=dynamodb.Attribute(name="ID", type=dynamodb.AttributeType.STRING),
        multi_region_consistency=consistency,
        replicas=[dynamodb.ReplicaTableProps(region=region) for region in ("us-east-2", "us-west-2")],
    )

    def state() -> MigrationState:
        return MigrationState.from_table_names(
            stack, "State", migrations_table_name="migrations", lock_table_name=table.table_name
        )

    if not strong:
        assert state().lock_table is not None
        return
    with pytest.raises(InvalidProp, match=r"lock_table_name is that of a global table of strong consistency \(MRSC\)"):
        state()


@pytest.mark.parametrize("lock_id", ["", "run#1", "segment#1", "deploy#1", 7])
def test_a_lock_id_that_other_items_have(stack: cdk.Stack, lock_id: str) -> None:
    """It would be taken for one of them."""
    with pytest.raises(InvalidProp, match=r"lock_id is .*does not begin with run#, segment# or deploy#"):
        MigrationState(stack, "State", lock_id=lock_id)


def test_one_history_is_not_for_two(stack: cdk.Stack, folder: Path) -> None:
    """Each would find the other's migrations missing."""
    state = MigrationState(stack, "State")
    Migrations(stack, "One", migrations=folder, state=state)
    with pytest.raises(
        InvalidProp, match=r"Shop/Two: state is Shop/State, which has the history of Shop/One.*of its own"
    ):
        Migrations(stack, "Two", migrations=folder, state=state)


def test_a_state_that_is_none(stack: cdk.Stack, folder: Path) -> None:
    """A table alone, for example."""
    with pytest.raises(InvalidProp, match=r"state is '_migrations'. Give a MigrationState"):
        Migrations(stack, "Migrations", migrations=folder, state="_migrations")  # type: ignore[arg-type]


def names_of(app: cdk.App, stack_id: str, *path: str, folder: Path, stack_name: str | None = None) -> tuple[str, str]:
    scope: cdk.Stack | cdk.NestedStack = cdk.Stack(app, stack_id, stack_name=stack_name)
    for nested in path[:-1]:
        scope = cdk.NestedStack(scope, nested)
    migrations = Migrations(scope, path[-1], migrations=folder)
    return migrations.table.table_name, migrations.lock_table.table_name


def test_names_without_a_state_are_fixed_and_nobody_elses(folder: Path) -> None:
    """The same on every deploy; another stack, another construct, another nesting: other names."""
    shop = names_of(cdk.App(), "Shop", "Migrations", folder=folder)
    assert shop == ("Shop-Migrations-a725fb9c-migrations", "Shop-Migrations-a725fb9c-migrations-lock")
    app = cdk.App()
    others = [
        names_of(app, "Till", "Migrations", folder=folder),
        names_of(app, "Shop", "Other", folder=folder),
        names_of(app, "Shop-Migrations", "Migrations", folder=folder),
        names_of(app, "Nested", "Migrations", "Migrations", folder=folder, stack_name="Shop-1"),
        names_of(app, "Long" * 25, "Migrations" * 20, folder=folder),
    ]
    names = [name for pair in [shop, *others] for name in pair]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", name) for name in names)


def test_a_renamed_stack_id_keeps_its_history_where_the_stacks_name_stays(folder: Path) -> None:
    """What counts is the name in the account, not the one in the app."""
    one = names_of(cdk.App(), "One", "Migrations", folder=folder, stack_name="shop")
    other = names_of(cdk.App(), "Other", "Migrations", folder=folder, stack_name="shop")
    assert one == other
