"""All rules over a folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dynamigrate.contract.names import id_key, parse_file_name

from .errors import LintError
from .finding import Finding
from .folder import Folder
from .git_base import base_of
from .registry import RULES, UNREADABLE, VAIN_COMMENT
from .rule import Hit, Rule, Surroundings
from .settings import Settings
from .silence import silences
from .vain_comments import vain


def lint(
    folder: Path | str,
    *,
    settings: Settings | None = None,
    against: str | None = None,
    tables: Mapping[str, object] | None = None,
    rules: Sequence[Rule] = RULES,
) -> tuple[Finding, ...]:
    """
    What the rules find in *folder*, by file and line; nothing in it is run.

    A file that can't be read is a finding, and the others are judged all the same.

    Args:
        settings: Which rules, and how strict.
        against: A revision of git with which the ids are compared, such as ``main``.
        tables: The names in `ctx.tables`; None: they are not known, and not looked at.
        rules: Those that are asked, of which the settings choose.

    Raises:
        LintError: There is no such folder, or nothing to compare it with.
    """
    path, settings = Path(folder), settings or Settings()
    if not path.is_dir():
        raise LintError(f"{path} is no folder.", "Name the folder that holds the migrations.")
    base = base_of(path, against) if against is not None else None
    return judge(Folder.read(path), Surroundings(settings, base, tables), rules)


def judge(folder: Folder, around: Surroundings, rules: Sequence[Rule] = RULES) -> tuple[Finding, ...]:
    """The same of a folder that was read."""
    comments = {module.path: silences(module.source) for module in folder.modules.values()}
    used = set[tuple[Path, int, str]]()
    found: dict[tuple[Path, int, int, str], Finding] = {}
    for rule in rules:
        for finding in _found(rule, folder, around):
            silent = [one for one in comments.get(finding.path, ()) if rule.silenceable and one.covers(finding)]
            used |= {(finding.path, one.line, finding.code) for one in silent}
            if not silent and _is_wanted(finding, rule, around.settings):
                # A function that several migrations call is found by way of each.
                found.setdefault((finding.path, finding.line, finding.column, finding.code), finding)
    if VAIN_COMMENT in rules:
        for path, listed in comments.items():
            if around.settings.wants(VAIN_COMMENT.code, path.name):
                for one in vain(path, listed, used, around):
                    found[one.path, one.line, one.column, one.code] = one
    return tuple(sorted(found.values()))


def _found(rule: Rule, folder: Folder, around: Surroundings) -> Iterator[Finding]:
    try:
        for hit in rule.judge(folder, around):
            yield _finding(rule, hit)
    except RecursionError:
        hit = Hit(None, None, "has code that is nested too deeply to be judged.", "Write it flatter.", folder.path)
        yield _finding(UNREADABLE, hit)


def _finding(rule: Rule, hit: Hit) -> Finding:
    path = hit.module.path if hit.module is not None else hit.path
    return Finding(
        path=path or Path(),
        line=getattr(hit.node, "lineno", hit.line),
        column=getattr(hit.node, "col_offset", 0) + 1,
        code=rule.code,
        message=hit.message,
        fix=hit.fix or rule.fix,
        end_line=_end(hit),
    )


def _end(hit: Hit) -> int:
    """Of what has a body of its own, a comment stands at its head."""
    node = hit.node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ExceptHandler | ast.With):
        return node.body[0].lineno - 1 if node.body[0].lineno > node.lineno else node.lineno
    end = getattr(node, "end_lineno", None)
    return end if isinstance(end, int) else int(getattr(node, "lineno", hit.line))


def _is_wanted(finding: Finding, rule: Rule, settings: Settings) -> bool:
    if not settings.wants(rule.code, finding.path.name):
        return False
    if not settings.since or not rule.silenceable:
        return True
    try:
        migration_id, _ = parse_file_name(finding.path.name)
    except ValueError:  # a helper, which newer migrations may use
        return True
    return id_key(migration_id) >= id_key(settings.since)
