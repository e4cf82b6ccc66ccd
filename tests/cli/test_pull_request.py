"""The comment of a pull request, as GitHub gets it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate_cli.pull_request import MARK, comment

ORDERS: dict[str, Any] = {
    "ok": True,
    "warnings": ["20261101090000_old was changed since it was applied."],
    "actions": [
        {
            "action": "do",
            "migration": "20261123090000",
            "description": "add cents",
            "cost": {"dollars": 1.25, "minutes": 12.4, "note": "It takes about 12 minutes."},
            "dry_run": {
                "tables": {
                    "Data-Orders-1": {
                        "items_read": 2_000_000,
                        "items_written": 1_900_000,
                        "items_deleted": 0,
                        "read_units": 60_000,
                        "write_units": 1_900_000,
                    }
                },
                "read_units": 60_000,
                "write_units": 1_900_000,
                "dollars": 1.25,
                "minutes": 12.4,
                "seconds": 1.2,
                "sample": {
                    "read": 200,
                    "would_change": 37,
                    "failed": 1,
                    "items": [
                        {
                            "key": {"orderId": "o-9"},
                            "outcome": "failed",
                            "error": {"type": "KeyError", "message": "'price'", "where": "add_cents.py:7"},
                        },
                        {
                            "key": {"orderId": "o-1"},
                            "outcome": "update",
                            "changes": [
                                {"path": "total.cents", "after": 1200},
                                {"path": "total.euros", "before": 12},
                                {
                                    "path": "tags",
                                    "before": ["a"],
                                    "after": ["a"],
                                    "types": ["a list", "a set of texts"],
                                },
                            ],
                            "more_changes": 3,
                        },
                        {
                            "key": "#4bba405257b7",
                            "outcome": "put",
                            "table": "Data-Archive-2",
                            "changes": [{"path": "note", "after": "two\nlines"}],
                        },
                    ],
                },
                "unknown": [
                    "It reads Data-Orders-1, which 1_one would have changed before it: there it would find that."
                ],
            },
        },
        {
            "action": "do",
            "migration": "20261124090000",
            "description": "make archive",
            "requires": ["20261120090000"],
            "dry_run": {
                "tables": {},
                "others": [
                    {"service": "dynamodb", "operation": "CreateTable", "table": "archive", "count": 1},
                    {"service": "s3", "operation": "PutObject", "count": 12},
                ],
                "read_units": 0,
                "write_units": 0,
                "dollars": 0,
                "seconds": 0.1,
                "error": {"type": "KeyError", "message": "'region'", "where": "make_archive.py:9"},
            },
        },
    ],
    "held": [{"migration": "20261125090000", "waits_for": ["20261123090000 is not verified clean yet"]}],
    "pending": ["20261123090000", "20261124090000", "20261125090000"],
    "checks": [
        {
            "migration": "20261123090000",
            "passed": False,
            "seconds": 0.1,
            "error": {"type": "ValueError", "message": "3 orders below 0", "where": "add_cents.py:3"},
        }
    ],
}

GOLDEN = """\
<!-- dynamigrate: plan -->

## Migrations: 2 actions

|  | migration | would write | cost | time |
| --- | --- | --- | --- | --- |
| do | `20261123090000` add cents | `Data-Orders-1`: 1,900,000 items written | $1.25 | about 12 minutes |
| do | `20261124090000` make archive | dynamodb `CreateTable` of `archive`<br>s3 `PutObject`, 12 times<br>**fails: KeyError** | $0.00 |  |

**Errors**

- `20261124090000`: KeyError: 'region' (`make_archive.py:9`)

**Checks that fail**

- `20261123090000`: ValueError: 3 orders below 0 (`add_cents.py:3`)

**Not known from here**

- `20261123090000`: It reads Data-Orders-1, which 1\\_one would have changed before it: there it would find that.

**Not ready**

- `20261124090000`: requires `20261120090000`
- `20261125090000`: 20261123090000 is not verified clean yet

**Warnings**

- 20261101090000\\_old was changed since it was applied.

<details>
<summary>20261123090000 add cents: 37 of 200 items would change, transform fails for 1</summary>

```diff
@@ failed {"orderId": "o-9"} @@
! KeyError: 'price'
@@ update {"orderId": "o-1"} @@
+ total.cents: 1200
- total.euros: 12
- tags: ["a"] (a list)
+ tags: ["a"] (a set of texts)
  and 3 more changes
@@ put #4bba405257b7 of Data-Archive-2 @@
+ note: "two\\nlines"
```

</details>

_From a dry run: nothing was written._
"""


def test_a_plan_with_a_dry_run_is_told_whole() -> None:
    """A table of what it does, what a reviewer has to know, and the diffs, folded."""
    assert comment(ORDERS) == GOLDEN


def test_a_plan_without_one_has_what_it_costs() -> None:
    """And no more than that."""
    actions = [{name: value for name, value in one.items() if name != "dry_run"} for one in ORDERS["actions"][:1]]
    assert comment({"ok": True, "actions": actions}) == (
        f"{MARK}\n\n## Migrations: 1 action\n\n"
        "|  | migration | cost | time |\n| --- | --- | --- | --- |\n"
        "| do | `20261123090000` add cents | $1.25 | about 12 minutes |\n"
    )


def test_nothing_to_do_is_said() -> None:
    """In one line, so that the comment from before is replaced."""
    assert comment({"ok": True, "actions": []}) == f"{MARK}\n\n## Migrations: nothing to do\n"


def test_a_plan_that_can_not_be_is_told() -> None:
    """With what to do next."""
    error = {"type": "StaleMigration", "message": "2_b is older than 3_c.", "next": "Give it a newer id."}
    assert comment({"ok": False, "error": error}, title="orders") == (
        f"{MARK}\n\n## orders: the plan failed\n\n**StaleMigration**: 2\\_b is older than 3\\_c.\n\nGive it a newer id.\n"
    )


HOSTILE = "a|b `c` @team <b>x</b> </details> [l](http://x) *y* #1\n| new | row |"


def _hostile(text: str) -> dict[str, Any]:
    return {
        "ok": True,
        "warnings": [text],
        "actions": [
            {
                "action": "do",
                "migration": "1",
                "description": text,
                "requires": [text],
                "dry_run": {
                    "tables": {text: {"items_written": 1}},
                    "others": [{"service": text, "operation": text, "table": text, "count": 2}],
                    "sample": {
                        "read": 1,
                        "would_change": 1,
                        "failed": 0,
                        "items": [
                            {
                                "key": {text: text},
                                "outcome": "update",
                                "table": text,
                                "changes": [{"path": text, "before": text, "after": [text]}],
                                "error": {"type": text, "message": text},
                            }
                        ],
                    },
                    "unknown": [text],
                    "error": {"type": text, "message": text, "where": text},
                },
            }
        ],
    }


def _outside_of_code(markdown: str) -> str:
    """What is read as Markdown: without blocks and spans of code, and what stands in a tag of HTML."""
    markdown = re.sub(r"(?<=<summary>).*(?=</summary>)", "", markdown)
    without = re.sub(r"^(`{3,})diff\n.*?^\1$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", without)


def test_nothing_in_a_value_is_markdown() -> None:
    """No cell ends early, nobody is mentioned, no tag is opened or closed, nothing is linked."""
    made = comment(_hostile(HOSTILE))
    read = _outside_of_code(made)
    assert not re.search(r"@\w", read)
    assert "<b>" not in read
    assert read.count("</details>") == read.count("<details>") == 1
    assert not re.search(r"(?<!\\)\]\(", read)
    (row,) = [line for line in made.splitlines() if line.startswith("| do ")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    (summary,) = [line for line in made.splitlines() if line.startswith("<summary>")]
    assert summary.count("<") == 2
    assert "| new | row |" not in made.splitlines()


@given(st.text())
def test_whatever_a_value_is_the_table_has_its_cells(text: str) -> None:
    """And there is one block of details, whose fence nothing in it ends."""
    made = comment(_hostile(text))
    lines = made.split("\n")
    (row,) = [line for line in lines if line.startswith("| do ")]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 6
    opened = next(line for line in lines if line.endswith("diff") and line.startswith("```"))
    assert lines.count(opened.removesuffix("diff")) == 1
    assert lines.count("<details>") == lines.count("</details>") == 1


def test_it_fits_into_one_comment() -> None:
    """Of many diffs the last are left out, and that is said."""
    item = {"key": "#1", "outcome": "update", "changes": [{"path": f"a{n}", "after": "x" * 100} for n in range(20)]}
    actions = [
        {
            "action": "do",
            "migration": str(number),
            "description": "large",
            "dry_run": {"tables": {}, "sample": {"read": 20, "would_change": 20, "failed": 0, "items": [item] * 5}},
        }
        for number in range(10)
    ]
    made = comment({"ok": True, "actions": actions})
    assert len(made) < 65_536
    assert made.count("<details>") == 5
    assert "_5 more diffs did not fit here._" in made


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [
        (None, "not known"),
        (0, "$0.00"),
        (0.00001, "less than $0.001"),
        (0.0012, "$0.0012"),
        (0.5, "$0.50"),
        (1234.5, "$1,234.50"),
    ],
)
def test_dollars_are_shown_with_as_many_digits_as_they_need(dollars: float | None, shown: str) -> None:
    """What is not known is not shown as nothing."""
    found = {"tables": {}} if dollars is None else {"tables": {}, "dollars": dollars}
    made = comment({"ok": True, "actions": [{"action": "do", "migration": "1", "description": "x", "dry_run": found}]})
    assert f"| nothing | {shown} |" in made
