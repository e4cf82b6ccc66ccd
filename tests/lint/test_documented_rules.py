"""Each rule has its section in the documentation, whose examples it finds, or leaves alone."""

import re
from pathlib import Path

import pytest

from dynamigrate.contract.names import id_key
from dynamigrate_lint import RULES, Finding, Rule, Settings, lint
from dynamigrate_lint.folder import Folder
from dynamigrate_lint.git_base import Base
from dynamigrate_lint.lint import judge
from dynamigrate_lint.rule import Surroundings
from tests.docs.blocks import Block, blocks
from tests.lint.folders import NAME, write

PAGE = (Path(__file__).parents[2] / "docs/reference/lint.md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^### (DYN\d{3})\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^(Found|Not found):\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MIGRATION = re.compile(r"^(def do|do = )", re.MULTILINE)
SECTIONS = dict(_SECTION.findall(PAGE))
# Two files of one id: the other one of them.
_BESIDE = {"DYN002": {"20261123090000_add_status.py": "def do(ctx): pass\n"}}
_GOOD_NAMES = {"DYN002": "20261124080000_add_country.py"}
_AROUND = Surroundings(
    settings=Settings(require_undo=True),
    base=Base("main", frozenset({id_key("20261122090000")}), "20261125090000"),
    tables={"orders": "Data-Orders-1"},
)

rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def examples(rule: Rule) -> dict[str, str]:
    return dict(_BLOCK.findall(SECTIONS[rule.code]))


def judged(folder: Path, rule: Rule, source: str, name: str = NAME) -> list[Finding]:
    """What *rule* finds in *source*, with the settings that it needs."""
    write(folder, {name: source, **_BESIDE.get(rule.code, {})})
    return [one for one in judge(Folder.read(folder), _AROUND) if one.code == rule.code]


def test_there_is_a_section_for_each_rule_and_for_nothing_else() -> None:
    """In the order of their codes."""
    assert list(SECTIONS) == [rule.code for rule in RULES]


@rules
def test_a_rule_says_its_name_why_and_what_to_do(rule: Rule) -> None:
    """In sentences, in the section under its name, and whether the construct warns of it."""
    assert f"**{rule.name}.**" in SECTIONS[rule.code]
    assert ("*At synth.*" in SECTIONS[rule.code].replace("\n", " ")) is rule.at_synth
    assert ("No comment silences it." in SECTIONS[rule.code].replace("\n", " ")) is not rule.silenceable
    for text in (rule.reason, rule.fix):
        assert text[0].isupper()
    assert rule.reason.endswith(".")
    assert rule.page == f"docs/reference/lint.md#{rule.code.lower()}"


@rules
def test_what_is_shown_as_found_is_found(rule: Rule, tmp_path: Path) -> None:
    """With a line, what is wrong, and what to do."""
    [finding] = judged(tmp_path, rule, examples(rule)["Found"])
    assert finding.path == tmp_path / NAME
    assert 1 <= finding.line <= examples(rule)["Found"].count("\n")
    assert finding.message.endswith(".")
    assert finding.fix


@rules
def test_what_is_shown_as_not_found_is_not(rule: Rule, tmp_path: Path) -> None:
    """By this rule, nor by another one that knows neither a base nor settings."""
    name = _GOOD_NAMES.get(rule.code, NAME)
    assert judged(tmp_path, rule, examples(rule)["Not found"], name) == []
    assert judge(Folder.read(tmp_path), Surroundings(Settings(), None, {"orders": "", "plans": ""})) == ()


@rules
@pytest.mark.parametrize("place", ["behind", "above"])
def test_a_comment_with_a_reason_silences_it_and_one_without_does_not(rule: Rule, place: str, tmp_path: Path) -> None:
    """On the line, or on one of its own above; what keeps a folder from being deployed is always told."""
    source = examples(rule)["Found"]
    [finding] = judged(tmp_path, rule, source)
    if rule.code == "DYN004":
        return
    for reason, silences in (("because it is an example", True), ("", False), ("because", False)):
        comment = f"# dynamigrate: ignore[{rule.code}] {reason}".rstrip()
        changed = _commented(source, finding.line, comment, place)
        assert (judged(tmp_path, rule, changed) == []) is (silences and rule.silenceable)
        told = [one.code for one in judge(Folder.read(tmp_path), _AROUND)]
        assert ("DYN004" in told) is not (silences and rule.silenceable)


def _commented(source: str, line: int, comment: str, place: str) -> str:
    lines = source.splitlines()
    if place == "behind":
        lines[line - 1] += f"  {comment}"
    elif line == 1:  # nothing is above it
        lines.insert(0, comment)
    else:
        lines.insert(line - 1, comment)
    return "\n".join([*lines, ""])


@pytest.mark.parametrize(
    "block", [one for one in blocks("python") if _MIGRATION.search(one.text)], ids=lambda one: one.where
)
def test_other_pages_show_nothing_that_synth_would_warn_of(block: Block, tmp_path: Path) -> None:
    """A file that requires another one can't be read without it, and is judged all the same."""
    found = lint(write(tmp_path, {NAME: block.text}), rules=[rule for rule in RULES if rule.at_synth])
    assert [(one.line, one.code, one.message) for one in found] == []
