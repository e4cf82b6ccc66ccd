"""The command ``config``: what each setting is, and where it was given."""

from __future__ import annotations

import json
from typing import Any, Final

import typer

from .command import command
from .given import Given
from .session import Session

_UNSET = "not set"
# What AWS's own settings give where nothing else does.
_AWS_OWN = "AWS's own settings"

_HEADING: Final = "To look"


def register(app: typer.Typer) -> None:
    """Add it to *app*."""

    @command(
        app,
        "config",
        rich_help_panel=_HEADING,
        examples="dynamigrate config\ndynamigrate config --json --stack Migrations",
    )
    def config(session: Session) -> None:
        """Show each setting, and where it was given."""
        given = {key: _effective(session, key, one) for key, one in session.settings.given.items()}
        if session.settings["json"]:
            told: dict[str, Any] = {key: {"value": one.value, "from": one.origin} for key, one in given.items()}
            session.terminal.print(json.dumps({"ok": True, "settings": told}, ensure_ascii=False))
            return
        from .render.table import Table

        table = Table(("SETTING", "FROM", "VALUE"))
        for key, one in given.items():
            table.add(key, one.origin, _shown(one.value))
        table.show(session.terminal)


def _effective(session: Session, key: str, given: Given) -> Given:
    """With what AWS's own settings say, where ours are silent."""
    if key == "endpoint-url":
        endpoint, origin = session.aws.endpoint
        return Given(endpoint, origin, given.rank) if endpoint else given
    if given.value is not None or key not in {"region", "profile"}:
        return given
    aws = session.aws.session
    found = aws.region_name if key == "region" else aws.profile_name
    return Given(found, _AWS_OWN, given.rank) if found and found != "default" else given


def _shown(value: object) -> str:
    if value is None:
        return _UNSET
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
