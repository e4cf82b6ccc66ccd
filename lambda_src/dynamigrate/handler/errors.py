"""What can go wrong at the front door."""

from __future__ import annotations

from ..errors import MigrationsError


class CodeMismatch(MigrationsError):
    """The function's code is not the code that this deploy is about. Nothing was run."""


class StatusUnknown(MigrationsError):
    """There is something to run, and whether the stack rolls back can't be told. Nothing was run."""


class NothingTakenBack(MigrationsError):
    """A rollback found nothing of its deploy that it could undo. Nothing was done."""


class DeliveredTwice(Exception):
    """Another delivery of this very event is at work, and will answer it."""


class NotSent(Exception):
    """No answer reached CloudFormation. Says why, without the address."""
