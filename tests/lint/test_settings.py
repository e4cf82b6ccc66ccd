"""The settings in ``pyproject.toml``: which rules, and what is said of wrong ones."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_lint import InvalidLintSetting, Settings, lint_paths, read_settings
from tests.lint.folders import NAME, codes, write

_BOTH = "import boto3\n\nclient = boto3.client('s3')\n\n\ndef do(ctx):\n    print(ctx.dynamodb.scan())\n"


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, ["DYN107", "DYN109"]),
        ({"select": ("DYN109",)}, ["DYN109"]),
        ({"select": ("DYN1",), "ignore": ("DYN107",)}, ["DYN109"]),
        ({"select": ("DYN109",), "ignore": ("DYN1",)}, ["DYN109"]),
        ({"ignore": ("DYN1",)}, []),
        ({"select": ("DYN2",)}, []),
        ({"select": ("DYN107",), "ignore": ("DYN107",)}, []),
        ({"per_file_ignores": {"*_documented.py": ("DYN107",)}}, ["DYN109"]),
        ({"per_file_ignores": {"*_other.py": ("DYN107",)}}, ["DYN107", "DYN109"]),
    ],
)
def test_the_longer_code_decides(settings: dict[str, Any], found: list[str], tmp_path: Path) -> None:
    """And where both are as long, what is ignored is."""
    assert codes(tmp_path, _BOTH, **settings) == found


def test_the_nearest_file_with_a_table_is_read(tmp_path: Path) -> None:
    """One without it is passed over; names may have hyphens, and ctx.tables are there too."""
    folder = write(tmp_path / "app/migrations", {NAME: _BOTH})
    (tmp_path / "pyproject.toml").write_text(
        "[tool.dynamigrate.tables]\norders = 'Data-Orders-1'\n"
        "[tool.dynamigrate.lint]\nrequire-undo = true\nsince = '20260101'\n"
        "[tool.dynamigrate.lint.per-file-ignores]\n'*.py' = 'DYN107'\n"
    )
    (tmp_path / "app/pyproject.toml").write_text("[tool.other]\n")
    settings, table = read_settings(folder)
    assert settings == Settings(require_undo=True, since="20260101", per_file_ignores={"*.py": ("DYN107",)})
    assert table["tables"] == {"orders": "Data-Orders-1"}
    assert [one.code for one in lint_paths([folder])] == ["DYN105", "DYN109"]
    assert [one.code for one in lint_paths([folder], select=["DYN1"], ignore=["DYN105"])] == ["DYN109"]


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("selects = []", "has 'selects'.", "Use select, ignore, require_undo, since, per_file_ignores."),
        ("select = 7", "select of [tool.dynamigrate.lint] in {} is 7.", 'Make it a list of codes: ["DYN101", "DYN2"].'),
        ("ignore = ['E501']", "has 'E501', which no code begins with.", "There are DYN001, DYN002"),
        ("ignore = ['DYN9']", "has 'DYN9', which no code begins with.", "There are DYN001"),
        ("require_undo = 'yes'", "is 'yes'.", "Make it true or false."),
        ("since = 20260101", "is 20260101.", 'Make it the id of a migration: since = "20261123090000".'),
        ("per_file_ignores = []", "is [].", 'Make it a table: {"*_seed.py" = ["DYN103"]}.'),
        ("per_file_ignores = {a = 1}", "for 'a', is 1.", "Make it a list of codes"),
        ("select = [", "can't be read: ", "Correct the file."),
    ],
)
def test_a_wrong_setting_says_what_where_and_what_to_do(text: str, message: str, fix: str, tmp_path: Path) -> None:
    """It is no finding: nothing was judged."""
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.dynamigrate.lint]\n{text}\n")
    with pytest.raises(InvalidLintSetting) as caught:
        read_settings(tmp_path)
    assert message.format(path) in caught.value.message
    assert str(path) in caught.value.message
    assert fix in caught.value.next_step


def test_a_table_that_is_none_is_said(tmp_path: Path) -> None:
    """With its name, and what it is instead."""
    (tmp_path / "pyproject.toml").write_text("[tool.dynamigrate]\nlint = true\n")
    with pytest.raises(InvalidLintSetting, match=r"\[tool\.dynamigrate\.lint\] in .* is True\. Make it a table"):
        read_settings(tmp_path)


def test_the_settings_of_the_documentation_are_settings(tmp_path: Path) -> None:
    """Each that there is, as the page shows them."""
    page = (Path(__file__).parents[2] / "docs/reference/lint.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```text\n(\[tool\..*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(block)
    settings, table = read_settings(tmp_path)
    assert table["tables"] == {"orders": "Data-Orders-1"}
    assert settings == Settings(
        select=("DYN",),
        ignore=("DYN103",),
        require_undo=True,
        since="20261101000000",
        per_file_ignores={"*_seed_*.py": ("DYN103",)},
    )
    assert set(table["lint"]) == {one.name for one in fields(Settings)}


def test_the_hook_runs_what_there_is() -> None:
    """For files in folders of migrations, at any depth, and no others."""
    hook = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    given = dict(re.findall(r"^[- ] (\w+): (.*)$", hook, re.MULTILINE))
    assert given["entry"] == "python -m dynamigrate_lint"
    pattern = re.compile(given["files"])
    assert pattern.search("migrations/20261123090000_a.py")
    assert pattern.search("app/migrations/_helpers/items.py")
    assert not pattern.search("app/premigrations/a.py")
    assert not pattern.search("migrations/README.md")
