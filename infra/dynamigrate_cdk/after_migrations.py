"""The construct that runs migrations once the application is deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Literal

import aws_cdk as cdk
import jsii
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct, IValidation

from dynamigrate.contract import Env
from dynamigrate.contract.choices import Call, LogLevel, OnFailure, OnRollback

from .asset import check_workers_of
from .errors import InvalidProp
from .machinery.undo_on_rollback import prepare
from .migrations import Migrations
from .migrations_phase import MigrationsPhase
from .ordering import root_stack, wait_for
from .props.deploy_orders import repair_for
from .props.key import check_key
from .props.places import check_places, table_props
from .test_events import add_test_events

_LAYOUT: Final = (
    "Lay the stacks out in one direction: data stack (tables, MigrationState) <- migrations stack <- application stack "
    "<- after stack. What runs after the application goes into the last, and nothing of the application waits for it."
)


class AfterMigrations(MigrationsPhase):
    """
    Runs the migrations that say ``phase = "after"``, on every deploy of its stack, once the application is deployed.

    It has a function of its own, with the code of *migrations*, and works on the same history under the same lock, with
    the same tables, params, rules and network. A migration that fails fails the deploy of this stack alone: the
    application is deployed by then, and stays so. At each deploy it takes note of the application that is there now, by
    deploy id, *app_version* and time, and looks over once more what verified backfills did: old code may have written the
    old shape until then. What is found is settled where the backfill says ``verify="full"``, and counted otherwise.

    What the function may do is what that of *migrations* may by itself; what you grant to *migrations* is not granted
    here. Grant it as to any other grantee: ``queue.grant_send_messages(after)``.

    Args:
        migrations: The construct whose folder, state and tables these are. It has one such companion, in another stack
            of the same app and stage, for which its own stack does not wait.
        call: As there, and by default the same. With ``on-change``, a deploy that changes nothing but the application
            does not call this function, which then takes no note of it.
        lock_wait: How long to wait for another run to end; by default as there.
        timeout: For one invocation; by default as there.
        memory_size: Of the function, in MB; by default as there.
        on_failure: What becomes of a deploy whose migration failed; by default as there.
        log_level: The level of the function's log; by default as there.
        run_limit: ``"same"``: as there. None: there is no machine.
        log_group: By default a group of its own, kept for six months, and kept when the stack goes.
        on_rollback: By default as there. What becomes of the data when another resource of this stack fails after the
            migrations passed.
        repair: As there, by default what ``cdk deploy -c repair=...`` says. A path in it is that of *migrations*: there is
            one history. A baseline is given to *migrations*, for all of its folder.

    The stack's output *Warnings* is as there.

    Raises:
        InvalidProp: A prop has a value that can't work, or it is in a place where it can't.
    """

    _layout = _LAYOUT

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002  # what every construct calls it
        *,
        migrations: Migrations,
        call: Call | None = None,
        lock_wait: cdk.Duration | None = None,
        timeout: cdk.Duration | None = None,
        run_limit: cdk.Duration | Literal["same"] | None = "same",
        memory_size: int | None = None,
        log_group: logs.ILogGroup | None = None,
        on_failure: OnFailure | None = None,
        on_rollback: OnRollback | None = None,
        repair: str | None = None,
        log_level: LogLevel | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._check_companion(migrations)
        shared = migrations._shared
        given: dict[str, Any] = {
            "call": call,
            "lock_wait": lock_wait,
            "timeout": timeout,
            "memory_size": memory_size,
            "on_failure": on_failure,
            "on_rollback": on_rollback,
            "log_level": log_level,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        if run_limit != "same":
            changed["run_limit"] = run_limit
        options = replace(shared.options, where=self.node.path, **changed)
        if options.run_limit is None:
            check_workers_of(shared.folder, shared.code.staged.manifest, "after", where=self.node.path)
        repair = repair_for(self, repair, history=migrations)
        if options.on_rollback == "undo":
            prepare(self)
        check_key(self, shared.encryption_key)
        check_places(self, {**table_props(shared.tables), "state": shared.state.table})
        shared = replace(shared, code=shared.code.of(migrations.function))
        self._make(shared, options, phase="after", log_group=log_group, repair=repair)
        wait_for(self.resource, migrations.resource, where=self.node.path, layout=self._layout)
        if migrations._test_events:
            add_test_events(self)
        migrations.after = self
        # What its migrations require counts from there, also before it was noted for the first time.
        migrations._made.set_variable(Env.AWAITS_APPLICATION, "true")
        self._waits = False
        self.node.add_validation(_Ordered(self))

    def execute_after(self, *scopes: IConstruct) -> None:
        """
        Have the migrations run after *scopes*, the application's stacks, are deployed.

        Raises:
            InvalidProp: One of them is in this construct's own stack, so that a migration that fails would roll it back.
            DependencyCycle: One of them waits for these migrations; says how to lay out the stacks.
        """
        own = root_stack(self.node.path, self)
        for scope in scopes:
            if root_stack(self.node.path, scope).node.addr == own.node.addr:
                raise InvalidProp(
                    self.node.path,
                    f"it is in {own.node.path}, the stack of {scope.node.path}: a migration that fails would roll the "
                    "application back.",
                    "Put the AfterMigrations into a stack of its own, after that of the application.",
                )
        super().execute_after(*scopes)
        self._waits = self._waits or bool(scopes)

    def _check_companion(self, migrations: object) -> None:
        """
        Raises:
            InvalidProp: *migrations* is none that this could be the companion of.
        """
        where = self.node.path
        if not isinstance(migrations, Migrations):
            raise InvalidProp(
                where,
                f"migrations is {migrations!r}.",
                "Give the Migrations construct whose phase after the deploy this is.",
            )
        if migrations.after is not None:
            raise InvalidProp(
                where,
                f"migrations is {migrations.node.path}, whose phase after the deploy is {migrations.after.node.path}.",
                "There is one for each Migrations: leave this one out.",
            )
        for what, there, here in (
            ("app", migrations.node.root, self.node.root),
            ("stage", cdk.Stage.of(migrations), cdk.Stage.of(self)),
        ):
            # Not compared by their addresses: all apps have the same.
            if there is not here:
                raise InvalidProp(
                    where,
                    f"migrations is {migrations.node.path}, which is in another {what}: one deploy has both.",
                    f"Put both into one {what}.",
                )
        if root_stack(where, migrations).node.addr == root_stack(where, self).node.addr:
            raise InvalidProp(
                where,
                f"it is in the stack of {migrations.node.path}, which is deployed before the application.",
                "Put the AfterMigrations into a stack of its own, after that of the application.",
            )


@jsii.implements(IValidation)
class _Ordered:
    """Looks once the app is whole, as the application may be made after the construct."""

    def __init__(self, after: AfterMigrations) -> None:
        self._after = after

    def validate(self) -> list[str]:
        if not self._after._waits:
            cdk.Annotations.of(self._after).add_warning_v2(
                "dynamigrate:after",
                "it waits for no application, so CDK may deploy it before the application is. Say "
                ".execute_after(application) with the application's stacks.",
            )
        return []
