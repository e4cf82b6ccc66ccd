"""The page of the items names every attribute that the two tables may have, and no other."""

import re

import pytest

from dynamigrate.contract import (
    ApplicationAttr,
    DeployAttr,
    ItemKind,
    LockAttr,
    MigrationAttr,
    RunAttr,
)
from tests.docs.blocks import PROJECT

_PAGE = (PROJECT / "docs/reference/items.md").read_text(encoding="utf-8")
_PARTS = dict(re.findall(r"^#{2,3} (.+)\n((?:(?!^##).*\n?)*)", _PAGE, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "attributes"),
    [
        ("The migrations' table", set(MigrationAttr)),
        ("The lock", set(LockAttr)),
        ("Runs", set(RunAttr)),
        ("Segments", {MigrationAttr.CHECKPOINT, LockAttr.OWNER}),
        ("Deploys", set(DeployAttr)),
        ("The application", set(ApplicationAttr)),
    ],
)
def test_each_kind_of_item_has_all_of_its_attributes(heading: str, attributes: set[str]) -> None:
    """As the contract names them, with a type of DynamoDB's each, and once."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+(?: of \w)?) \| \S", _PARTS[heading], re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(attributes)
    assert {kind for _, kind in rows} <= {"S", "N", "BOOL", "M", "L of S"}


def test_every_kind_of_item_is_told() -> None:
    """By what its id begins with."""
    assert {kind for kind in ItemKind if f"`{kind}" not in _PAGE} == set()
