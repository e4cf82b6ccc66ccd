"""What can be clicked: elements that CloudWatch ties to a call of a function, with the rights of whoever clicks."""

from __future__ import annotations

import json
from html import escape

from .markup import Html, element, joined


def pause_or_resume(endpoint: str, migration: str, called: str, *, paused: bool) -> Html:
    """
    A button that holds up the backfill that is under way, or has it go on.

    Args:
        endpoint: The ARN of the function that migrates.
        migration: The id of a detached one; empty: of the run that holds the lock.
        called: How the migration is called in the question.
    """
    action = "resume" if paused else "pause"
    event = {"action": action, **({"migration": migration} if migration else {})}
    question = (
        f"Have the backfill of {called} go on?"
        if paused
        else f"Have the backfill of {called} wait until somebody resumes it? What waits for it waits as long."
    )
    return joined(
        element("a", action.capitalize(), css="btn", role="button"),
        # It acts on the element before it, as the CloudWatch user guide has it ("Interactivity in the custom widget").
        element(
            "cwdb-action",
            Html(escape(json.dumps(event), quote=False)),
            action="call",
            display="popup",
            confirmation=question,
            endpoint=endpoint,
        ),
    )
