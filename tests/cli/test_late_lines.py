"""Lines of a function's log come when they come, and some of them behind the answer."""

import pytest

from dynamigrate_cli.places import LogLine
from dynamigrate_cli.progress import Progress
from dynamigrate_cli.terminal import Terminal


def test_what_is_heard_behind_the_answer_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """In a terminal it began a bar that nobody ended, and the answer's next line stood beside it."""
    begins = LogLine(
        message="20261123090000_add_status begins.", event="migration.started", fields={"migration": "20261123090000"}
    )
    with Progress(Terminal(), "the function of stack Migrations") as progress:
        progress.hear(begins)
    assert capsys.readouterr().err == "20261123090000_add_status begins.\n"
    progress.hear(begins)
    assert capsys.readouterr() == ("", "")
