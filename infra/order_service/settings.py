"""What `cdk deploy -c name=value` can say to this app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from aws_cdk import RemovalPolicy
from constructs import Construct

_MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "lambda_src" / "migrations"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Attributes:
        prefix: Of the stacks' names, so that several copies fit into one account.
        migrations: The folder of migrations.
        destroyable: Whether `cdk destroy` takes the data along: for demos and tests.
        deploy_id: None: new on every synth.
        app_version: What the deploy calls itself.
        timeout: Of one invocation of the migrations' function, in seconds; None: what the construct gives it.
    """

    prefix: str
    migrations: Path
    destroyable: bool
    deploy_id: str | None
    app_version: str | None
    timeout: int | None

    @classmethod
    def from_context(cls, app: Construct) -> Self:
        """
        Raises:
            ValueError: ``destroyable`` is neither true nor false, or ``timeout`` is no number of seconds.
        """

        def text(name: str) -> str | None:
            value: Any = app.node.try_get_context(name)
            return None if value is None or value == "" else str(value)

        destroyable = (text("destroyable") or "false").lower()
        if destroyable not in ("true", "false"):
            raise ValueError(f"destroyable is {destroyable!r}. Give -c destroyable=true, or leave it out.")
        timeout = text("timeout")
        if timeout is not None and not timeout.isdecimal():
            raise ValueError(f"timeout is {timeout!r}. Give seconds, -c timeout=900, or leave it out.")
        return cls(
            prefix=text("prefix") or "Order",
            migrations=Path(text("migrations") or _MIGRATIONS),
            destroyable=destroyable == "true",
            deploy_id=text("deploy_id"),
            app_version=text("app_version"),
            timeout=None if timeout is None else int(timeout),
        )

    @property
    def removal_policy(self) -> RemovalPolicy:
        return RemovalPolicy.DESTROY if self.destroyable else RemovalPolicy.RETAIN
