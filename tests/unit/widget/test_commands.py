"""The commands that the widget shows, in both forms."""

import json
import re

from dynamigrate.widget.commands import command

REPAIR = {"action": "repair", "migration": "20261123090000", "as": "pending", "confirm": True}


def test_a_command_can_be_pasted_as_it_is() -> None:
    """Its JSON is the event."""
    html = command(REPAIR, "OrderMigrations/Migrations")
    [pasted] = re.findall(r"<code>(\{.*?\})</code>", html)
    assert json.loads(pasted.replace("&quot;", '"')) == REPAIR


def test_a_command_can_be_typed_as_it_is() -> None:
    """With the options that find the history again: one of several in its stack."""
    html = command(REPAIR, "Shop/Orders/History")
    [typed] = [re.sub("<.*?>", "", one) for one in re.findall(r"<code>(.*?)</code>", html)][1:]
    assert typed == "dynamigrate repair 20261123090000 --as pending --stack Shop --construct Orders/History"


def test_a_next_step_that_is_no_command_is_a_sentence() -> None:
    """As after a rollback."""
    assert "<p" in command("Deploy the code that has it again.", "")
    assert command(None, "") == command({"no": "action"}, "") == command(17, "") == ""
