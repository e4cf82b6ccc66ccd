"""Commands as whoever has no command line shows them. That the command line takes them is asserted by tests/cli/test_wording.py."""

import pytest

from dynamigrate.commands.command_line import command_line, options_of


@pytest.mark.parametrize(
    ("history", "options"),
    [
        ("OrderMigrations/Migrations", ("--stack", "OrderMigrations")),
        ("Shop/Orders/History", ("--stack", "Shop", "--construct", "Orders/History")),
        ("Shop", ("--stack", "Shop")),
        ("", ()),
    ],
)
def test_a_history_is_found_by_its_name(history: str, options: tuple[str, ...]) -> None:
    """By the stack, and by the construct where that has another name than usual."""
    assert options_of(history) == options


def test_a_terminal_asks_for_the_confirmation_that_an_event_has() -> None:
    """Unless it is told that nobody is there to be asked."""
    event = {"action": "undo", "confirm": True}
    assert command_line(event) == "dynamigrate down"
    assert command_line(event, confirmed=True) == "dynamigrate down --yes"


def test_what_is_in_an_event_is_one_word_for_a_shell() -> None:
    """Whatever it is: an event may come from another account's function."""
    assert command_line({"action": "to", "migration": "1; rm -rf"}) == "dynamigrate to '1; rm -rf'"
