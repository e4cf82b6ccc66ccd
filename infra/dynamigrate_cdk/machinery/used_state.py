"""The state that a function uses: a `MigrationState`, or tables that the function makes itself."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from dynamigrate.contract import DEFAULT_LOCK_ID

from ..errors import InvalidProp
from ..migration_state import MigrationState
from .permissions import state_table_names


@dataclass(frozen=True, kw_only=True)
class UsedState:
    """
    Where a function keeps its state.

    Attributes:
        encryption_key: The customer managed key of the tables, or None.
        made_by_function: Whether the function makes the tables when it is first called, as there is no
            `MigrationState`.
    """

    table: dynamodb.ITableV2
    lock_table: dynamodb.ITableV2
    lock_id: str = DEFAULT_LOCK_ID
    encryption_key: kms.IKey | None = None
    made_by_function: bool = False

    @classmethod
    def given(cls, migrations: Construct, state: MigrationState | None) -> UsedState:
        """
        The state of *migrations*, which has it for itself from now on; where none is given, a warning says what that means.

        Raises:
            InvalidProp: It is no state, or another construct's.
        """
        if state is None:
            cdk.Annotations.of(migrations).add_warning_v2(
                "dynamigrate:state",
                "no state is given, so the function makes its two tables itself, outside of any stack, under names from "
                "the stack's and this construct's: whoever renames either begins an empty history, and everything runs "
                "again. Give state=MigrationState(...), in a stack of its own.",
            )
            return cls.by_function(migrations)
        if not isinstance(state, MigrationState):
            raise InvalidProp(
                migrations.node.path,
                f"state is {state!r}.",
                "Give a MigrationState, or MigrationState.from_table_names(...) for tables that exist.",
            )
        state.claim(migrations)
        return cls.of(state)

    @classmethod
    def of(cls, state: MigrationState) -> UsedState:
        """The state in the tables of a `MigrationState`."""
        return cls(
            table=state.table,
            lock_table=state.lock_table,
            lock_id=state.lock_id,
            encryption_key=state.encryption_key,
        )

    @classmethod
    def by_function(cls, scope: Construct) -> UsedState:
        """State that the function makes, in tables whose names come from *scope*'s stack and path."""
        table, lock = state_table_names(scope)
        return cls(
            table=dynamodb.TableV2.from_table_name(scope, "Table", table),
            lock_table=dynamodb.TableV2.from_table_name(scope, "LockTable", lock),
            made_by_function=True,
        )
