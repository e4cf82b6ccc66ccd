"""What an assertion says that fails."""

from textwrap import dedent

import pytest


def words(text: str) -> str:
    """As it stands in a message, whatever the indentation here."""
    return dedent(text).strip("\n")


def failure_of(call: object, *arguments: object) -> str:
    """The message of the assertion that fails."""
    with pytest.raises(AssertionError) as failed:
        call(*arguments)  # type: ignore[operator]
    return str(failed.value)
