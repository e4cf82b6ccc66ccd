"""What can be wrong with a command before it does anything."""

from __future__ import annotations

from ..errors import MigrationsError


class UnknownAction(MigrationsError):
    """The event is no command. Nothing was done."""


class InvalidArgument(MigrationsError, ValueError):
    """A command can't be carried out as it was asked for. Nothing was done."""


class ConfirmationNeeded(MigrationsError):
    """The command undoes or overrides something, and was not confirmed. Nothing was done."""
