"""What came of a command that ran migrations."""

from __future__ import annotations

from ..places import Answer
from ..terminal import Terminal
from ..wording import Wording
from .quantities import duration


def show_outcome(terminal: Terminal, wording: Wording, answer: Answer) -> None:
    """What was done, how long it took, and what is left."""
    took = f" in {duration(answer['seconds'])}" if "seconds" in answer else ""
    done = [
        f"{name} {', '.join(answer[key])}"
        for key, name in (("undone", "Undone"), ("applied", "Applied"))
        if answer.get(key)
    ]
    if answer.get("goes_on"):
        terminal.say(wording.text(str(answer["goes_on"])))
    elif done:
        terminal.say(f"{'; '.join(done)}{took}.", "applied")
    else:
        terminal.say("There was nothing to do.")
    for key, words in (
        ("running", "Go on in a run of their own"),
        ("held", "Held, as they are not ready"),
    ):
        if answer.get(key):
            terminal.say(f"{words}: {', '.join(answer[key])}.", key)
    if rest := [one for one in answer.get("pending", ()) if one not in answer.get("held", ())]:
        terminal.say(f"Still pending: {', '.join(rest)}.", "pending")
    for warning in answer.get("warnings", ()):
        terminal.tell(wording.text(warning), "warning")
    if answer.get("next"):
        terminal.say(f"Next: {wording.next_step(answer['next'])}", "command", whole=True)
