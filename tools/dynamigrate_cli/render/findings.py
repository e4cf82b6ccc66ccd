"""What lint has found: by file in a terminal, a line each in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from dynamigrate_lint import Finding
from dynamigrate_lint.report import plain_lines, rule_of, summary

from ..terminal import Terminal


def show_findings(terminal: Terminal, findings: Sequence[Finding]) -> None:
    if not terminal.is_terminal:
        for line in plain_lines(findings):
            terminal.print(line)
        terminal.tell(summary(findings))
        return
    for path, found in groupby(findings, key=lambda one: one.place):
        terminal.say(path, "heading")
        for one in found:
            _show(terminal, one)
        terminal.print()
    terminal.say(summary(findings), "error" if findings else "applied")


def _show(terminal: Terminal, finding: Finding) -> None:
    from rich.text import Text

    # An editor's terminal opens the place that is named so.
    place = f"{finding.place}:{finding.line}:{finding.column}"
    name = rule_of(finding.code).name
    terminal.say(Text.assemble((place, "quiet"), " ", (finding.code, "pending"), " ", name), whole=True, indent=2)
    terminal.say(finding.message, indent=4)
    terminal.say(finding.fix, "quiet", indent=4)
