"""The program ``dynamigrate``."""

from __future__ import annotations

import typer

app = typer.Typer(name="dynamigrate", no_args_is_help=True)


@app.callback()
def _dynamigrate() -> None:
    """Function migrations for DynamoDB: write, check, try and run them."""


def main() -> None:
    """Run the program."""
    app()
