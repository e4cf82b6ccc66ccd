"""An app with migrations before the application's deploy and after it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from dynamigrate_cdk import AfterMigrations, Migrations, MigrationState
from tests.infra.synthesized import Resources, table

PLAIN = "def do(ctx):\n    pass\n"
DETACHED = "detached = True\ndef do(ctx):\n    ctx.checkpoint.save({})\n"
AFTER = f'phase = "after"\n{PLAIN}'


class Four:
    """An app of four stacks, as DESIGN has them."""

    def __init__(self, folder: Path, *, app: cdk.App | None = None, **props: Any) -> None:
        self.app = app or cdk.App()
        self.data, self.migrating, self.application, self.after_stack = (
            cdk.Stack(self.app, name) for name in ("Data", "Migrating", "Application", "After")
        )
        self.orders = table(self.data, "Orders")
        self.migrations = Migrations(
            self.migrating,
            "Migrations",
            **{
                "migrations": folder,
                "state": MigrationState(self.data, "State"),
                "tables": {"orders": self.orders},
                "params": {"currency": "EUR"},
                "app_version": "1.2.3",
                **props,
            },
        )
        cdk.CfnWaitConditionHandle(self.application, "Something")
        self.migrations.execute_before(self.application)

    def after(self, **props: Any) -> AfterMigrations:
        made = AfterMigrations(self.after_stack, "After", **{"migrations": self.migrations, **props})
        made.execute_after(self.application)
        return made


@dataclass(frozen=True)
class Synthesized:
    four: Four
    before: Resources
    after: Resources

    def functions(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return function(self.before), function(self.after)

    def resources(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return resource(self.before), resource(self.after)


def synthesized(folder: Path, props: dict[str, Any] | None = None, **of_after: Any) -> Synthesized:
    four = Four(folder, **props or {})
    four.after(**of_after)
    return Synthesized(four, Resources.of(four.migrating), Resources.of(four.after_stack))


def function(resources: Resources) -> dict[str, Any]:
    """Properties of the one function that runs migrations."""
    [found] = [
        one["Properties"]
        for one in resources.template["Resources"].values()
        if one["Type"] == "AWS::Lambda::Function" and one["Properties"]["Handler"].startswith("dynamigrate.")
    ]
    return dict(found)


def resource(resources: Resources) -> dict[str, Any]:
    return dict(resources.only("Custom::DynamoDBMigrations"))


def variables(made: dict[str, Any]) -> dict[str, Any]:
    return dict(made["Environment"]["Variables"])
