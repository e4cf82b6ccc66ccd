"""What stands at the top: whose history it is, and ways to go on."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch

from ..console import Console
from ..migrations_phase import MigrationsPhase
from .services import Services


def heading(migrations: MigrationsPhase, history: str, console: Console, services: Services) -> cloudwatch.TextWidget:
    """The history's name, and links to what there is of log, function and state machines."""
    links = {"Log": console.log(migrations.log_group), "Function": console.function(migrations.function)}
    for name, machine in (
        ("Long runs", migrations.state_machine),
        ("Detached runs", migrations.detached_state_machine),
    ):
        if machine is not None:
            links[name] = console.machine(machine)
    buttons = " ".join(f"[button:{name}]({address})" for name, address in links.items())
    return cloudwatch.TextWidget(
        markdown=f"## {history}\n\n{buttons}{services.in_heading(console.stack)}",
        width=24,
        height=2,
        background=cloudwatch.TextWidgetBackground.TRANSPARENT,
    )
