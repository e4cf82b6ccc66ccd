"""Comments that silence findings, and those that only look as if they did."""

from pathlib import Path

import pytest

from tests.lint.folders import codes, found_in

_SCAN = """\
def do(ctx):
    found = ctx.dynamodb.scan({}
        TableName="t",{}
    )  {}
    return found
"""
_WHY = "# dynamigrate: ignore[DYN109] because it has one item"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_line_of_the_expression_will_do(place: int, tmp_path: Path) -> None:
    """As the formatter moves comments."""
    places = ["", "", ""]
    places[place] = f"  {_WHY}"
    assert codes(tmp_path, _SCAN.format(*places)) == []


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# noqa: E501  # dynamigrate: ignore[DYN109] because it has one item", []),
        ("# dynamigrate: ignore[DYN102, DYN109] because it has one item", ["DYN004"]),
        ("#dynamigrate:ignore [dyn109] BECAUSE of this", []),
        ("# dynamigrate: ignore[DYN109]", ["DYN109", "DYN004"]),
        ("# dynamigrate: ignore[DYN109] as it has one item", ["DYN109", "DYN004"]),
        ("# dynamigrate: ignore because it has one item", ["DYN109", "DYN004"]),
        ("# dynamigrate: ignore[] because it has one item", ["DYN109", "DYN004"]),
        ("# dynamigrate: ignore[first-page-only] because it has one item", ["DYN109", "DYN004"]),
        ("# dynamigrate: ignore[DYN001] because it has one item", ["DYN109", "DYN004"]),
        ("# dynamigrate: ignore[DYN108] because no table is named here", ["DYN109"]),
        ("# dynamigrates ignore things", ["DYN109"]),
    ],
)
def test_a_comment_has_codes_and_a_reason(comment: str, found: list[str], tmp_path: Path) -> None:
    """One whose rule can't be asked, as no tables are known, may be right."""
    assert sorted(codes(tmp_path, _SCAN.format("", "", comment))) == sorted(found)


def test_a_comment_whose_rule_finds_nothing_any_more_is_found(tmp_path: Path) -> None:
    """At the comment; not where that rule was not asked."""
    source = f"def do(ctx):\n    pass  {_WHY}\n"
    [finding] = found_in(tmp_path, source)
    assert (finding.code, finding.line, finding.column) == ("DYN004", 2, 11)
    assert finding.message == "The comment names DYN109, which finds nothing here."
    assert codes(tmp_path, source, ignore=("DYN109",)) == []


def test_a_text_that_reads_like_a_comment_is_none(tmp_path: Path) -> None:
    """In one line, and in several."""
    source = f'def do(ctx):\n    ctx.dynamodb.scan(TableName="{_WHY}")\n    return """\n    {_WHY}\n    """\n'
    assert codes(tmp_path, source) == ["DYN109"]


def test_a_comment_above_is_about_the_next_line_alone(tmp_path: Path) -> None:
    """And one behind code is about that code."""
    scan = '    ctx.dynamodb.scan(TableName="t")\n'
    assert codes(tmp_path, f"def do(ctx):\n    {_WHY}\n{scan}{scan}") == ["DYN109"]
    assert codes(tmp_path, f"def do(ctx):\n    pass  {_WHY}\n{scan}") == ["DYN004", "DYN109"]
