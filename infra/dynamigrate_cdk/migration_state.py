"""Where the history and the lock are kept."""

from __future__ import annotations

import re
from typing import Any, Final

from aws_cdk import Reference, RemovalPolicy, Stack, Token, Tokenization
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from dynamigrate.contract import DEFAULT_LOCK_ID, ItemKey, ItemKind

from .errors import InvalidProp

# One prop was replaced by the other, which CDK does not have before 2.180; the older one has warned since.
_POINT_IN_TIME_RECOVERY: Final[dict[str, Any]] = (
    {
        "point_in_time_recovery_specification": dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        )
    }
    if hasattr(dynamodb, "PointInTimeRecoverySpecification")
    else {"point_in_time_recovery": True}
)
_TABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)


class MigrationState(Construct):
    """
    Two tables: one with an item for each migration that ran, one for the lock and for the history of runs.

    Put it in a stack other than that of `Migrations`, beside the application's own tables: whoever deletes these two
    makes the next deploy run every migration again. So they are on-demand tables with point-in-time recovery, and
    neither their deletion nor that of the stack takes them away.

    Args:
        lock_id: The key of the lock's item.
        removal_policy: What becomes of the tables when they leave the stack. For tests and demos: ``DESTROY``, with
            ``deletion_protection=False``.
        deletion_protection: Whether DynamoDB refuses to delete them, whoever asks.
        encryption_key: A key of your own; by default DynamoDB's is used. The stack needs a Region with it.

    Attributes:
        table: The table of the migrations.
        lock_table: The table of the lock.
    """

    table: dynamodb.ITableV2
    lock_table: dynamodb.ITableV2
    lock_id: str
    encryption_key: kms.IKey | None

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        lock_id: str = DEFAULT_LOCK_ID,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        deletion_protection: bool = True,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, id)
        if not isinstance(lock_id, str) or not lock_id or ItemKind.begins(lock_id):
            raise InvalidProp(
                self.node.path,
                f"lock_id is {lock_id!r}.",
                "Give a string that is not empty and does not begin with run#, segment# or deploy#, as other items of the "
                "table do.",
            )
        self.lock_id = lock_id
        self.encryption_key = encryption_key
        self._user: Construct | None = None
        self.table, self.lock_table = self._tables(
            removal_policy=removal_policy, deletion_protection=deletion_protection
        )

    @classmethod
    def from_table_names(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        migrations_table_name: str,
        lock_table_name: str,
        lock_id: str = DEFAULT_LOCK_ID,
        encryption_key: kms.IKey | None = None,
    ) -> MigrationState:
        """
        The state in tables that exist, such as those that the Go driver made. They are used as they are, and never
        changed.

        Args:
            migrations_table_name: Of the table with an item for each migration.
            lock_table_name: Of the table with the lock, and with the history of runs.
            lock_id: The key of the lock's item.
            encryption_key: The tables' key, if it is a customer managed one: the function needs a grant on it.

        Raises:
            InvalidProp: A name is no table's name, or both are the same.
        """

        class ExistingTables(MigrationState):
            def _tables(self, **_: object) -> tuple[dynamodb.ITableV2, dynamodb.ITableV2]:
                _check_names(
                    self.node.path, migrations_table_name=migrations_table_name, lock_table_name=lock_table_name
                )
                return (
                    dynamodb.TableV2.from_table_name(self, "Migrations", migrations_table_name),
                    dynamodb.TableV2.from_table_name(self, "Lock", lock_table_name),
                )

        return ExistingTables(scope, id, lock_id=lock_id, encryption_key=encryption_key)

    def claim(self, user: Construct) -> None:
        """
        Take note of *user*, the one construct whose history this is.

        Raises:
            InvalidProp: It is another's already.
        """
        if self._user is not None:
            raise InvalidProp(
                user.node.path,
                f"state is {self.node.path}, which has the history of {self._user.node.path}: in one history, each "
                "would find the other's migrations missing.",
                "Give each Migrations a MigrationState of its own.",
            )
        self._user = user

    def _tables(
        self, *, removal_policy: RemovalPolicy, deletion_protection: bool
    ) -> tuple[dynamodb.ITableV2, dynamodb.ITableV2]:
        """The table of the migrations, and that of the lock."""
        key = self.encryption_key
        if key is not None and Token.is_unresolved(Stack.of(self).region):
            raise InvalidProp(
                self.node.path,
                "it has an encryption_key, and its stack no region, which a TableV2 with a key needs.",
                "Give the stack one: Stack(..., env=Environment(region=...)), or leave the key out.",
            )
        migrations, lock = (
            dynamodb.TableV2(
                self,
                name,
                partition_key=dynamodb.Attribute(name=ItemKey.OURS.value, type=dynamodb.AttributeType.STRING),
                billing=dynamodb.Billing.on_demand(),
                **_POINT_IN_TIME_RECOVERY,
                encryption=dynamodb.TableEncryptionV2.customer_managed_key(key) if key else None,
                deletion_protection=deletion_protection,
                removal_policy=removal_policy,
            )
            for name in ("Migrations", "Lock")
        )
        return migrations, lock


def _check_names(path: str, *, migrations_table_name: str, lock_table_name: str) -> None:
    """
    Make sure that these are the names of two tables that can keep the state.

    Raises:
        InvalidProp: One is no table's name, or both are the same.
    """
    for prop, name in (("migrations_table_name", migrations_table_name), ("lock_table_name", lock_table_name)):
        if not isinstance(name, str) or not (_TABLE_NAME.fullmatch(name) or Token.is_unresolved(name)):
            raise InvalidProp(
                path,
                f"{prop} is {name!r}.",
                "A table's name has 3 to 255 letters, digits, underscores, dots and dashes.",
            )
        if _is_strongly_consistent(name):
            raise InvalidProp(
                path,
                f"{prop} is that of a global table of strong consistency (MRSC), which takes no transactions, and every "
                "change of the state is one.",
                "Keep the state in tables of one Region; a MigrationState makes such.",
            )
    if migrations_table_name == lock_table_name:
        raise InvalidProp(
            path, f"both tables are {lock_table_name!r}.", "The lock needs a table of its own; name the other one."
        )


def _is_strongly_consistent(table_name: str) -> bool:
    """Whether it is a table of strong consistency, as far as that is known: of tables of this app."""
    token = Tokenization.reverse_string(table_name).first_token if Token.is_unresolved(table_name) else None
    if token is None or not Reference.is_reference(token):
        return False
    # Of a token that is a reference, jsii makes a Reference. Older releases of CDK know no such tables.
    return getattr(getattr(token, "target", None), "multi_region_consistency", None) == "STRONG"
