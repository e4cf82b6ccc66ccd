"""What the construct library raises at synth, before anything is deployed."""

from __future__ import annotations


class SynthError(Exception):
    """
    The base of this library's own errors.

    Mistakes in the migrations themselves are the engine's errors, as in a run: `dynamigrate.InvalidMigrationName`
    and its siblings.
    """


class InvalidProp(SynthError, ValueError):
    """A prop has a value that can't work. The message says which construct and prop, and what would work."""

    def __init__(self, where: str, what: str, next_step: str) -> None:
        super().__init__(f"{where}: {what} {next_step}")


class DependencyCycle(SynthError):
    """Two scopes would wait for each other. The message says how to lay out the stacks."""


class VendoringFailed(SynthError):
    """What the function needs beside the engine could not be installed."""
