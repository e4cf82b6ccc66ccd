"""The commands as test events that are shared in the Lambda console."""

from __future__ import annotations

import json
from typing import Any, Final

from aws_cdk import aws_eventschemas as eventschemas

from dynamigrate.contract.console_events import console_events

from .migrations_phase import MigrationsPhase

# "Creating shareable test events" in Lambda's developer guide: the registry that the console makes for the first one, and
# reads those of a function from a schema that has the function's name in its own. The SAM CLI (`sam remote test-event`)
# writes the same.
_REGISTRY: Final = "lambda-testevent-schemas"


def add_test_events(migrations: MigrationsPhase) -> None:
    """Make one schema, whose examples are the events; nothing waits for it."""
    eventschemas.CfnSchema(
        migrations,
        "TestEvents",
        registry_name=_REGISTRY,
        schema_name=f"_{migrations.function.function_name}-schema",
        type="OpenApi3",
        description=f"Test events: the commands of {migrations.node.path}"[:256],
        content=json.dumps(_document(), separators=(",", ":")),
    )


def _document() -> dict[str, Any]:
    """OpenAPI 3, with each event as an example."""
    event = {"type": "object", "required": ["action"], "properties": {"action": {"type": "string"}}}
    return {
        "openapi": "3.0.0",
        "info": {"version": "1.0.0", "title": "Event"},
        "paths": {},
        "components": {
            "schemas": {"Event": event},
            "examples": {name: {"value": value} for name, value in console_events().items()},
        },
    }
