"""Folders of migrations that can't be deployed, each refused at synth with what, where, and what to do next."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest

from dynamigrate.errors import (
    InvalidMigration,
    InvalidMigrationName,
    MigrationAlreadyExists,
    MigrationsError,
    NoMigrationsAvailable,
)
from dynamigrate_cdk import InvalidProp, Migrations, SynthError

MakeFolder = Callable[..., Path]
GOOD = "def do(ctx):\n    pass\n"

BAD: dict[str, tuple[dict[str, str], type[Exception], str]] = {
    "no migration": (
        {"_helper.py": "", "README.md": ""},
        NoMigrationsAvailable,
        r"no migration in FOLDER\. Add a file named <digits>_<words>\.py",
    ),
    "a name that does not fit": (
        {"create_users.py": GOOD},
        InvalidMigrationName,
        r"'create_users\.py' is not the name of a migration\. Name the file <digits>_<words>\.py",
    ),
    "one id twice": (
        {"1_one.py": GOOD, "01_other.py": GOOD},
        MigrationAlreadyExists,
        r"01_other\.py and 1_one\.py in FOLDER have the same id, 1\. Give the newer one an id of its own",
    ),
    "a syntax error": (
        {"1_one.py": "def do(ctx):\n    pass\n    )\n"},
        InvalidMigration,
        r"FOLDER/1_one\.py:3 is not valid Python: unmatched '\)'\. Correct the file",
    ),
    "no do": (
        {"1_one.py": "def undo(ctx):\n    pass\n"},
        InvalidMigration,
        r"FOLDER/1_one\.py does not define do\. Add a function do\(ctx\)",
    ),
    "a do that is none": (
        {"1_one.py": "do = 5\n"},
        InvalidMigration,
        r"FOLDER/1_one\.py:1: do is 5, which can't be called\. Make it a function",
    ),
    "a helper with a syntax error": (
        {"1_one.py": GOOD, "_money.py": "def cents(:\n"},
        SynthError,
        r"FOLDER/_money\.py:1 is not valid Python: .*\. Correct the file and deploy again\.",
    ),
    "a helper that is not there": (
        {"1_one.py": "from ._money import cents\n" + GOOD},
        SynthError,
        r"FOLDER/1_one\.py:1 imports from \._money, which is not in FOLDER\. Only that folder is deployed",
    ),
    "a helper outside": (
        {"1_one.py": "from ..shared import cents\n" + GOOD},
        SynthError,
        r"FOLDER/1_one\.py:1 imports from \.\.shared, which is not in FOLDER",
    ),
}


@pytest.mark.parametrize(("files", "error", "message"), BAD.values(), ids=BAD.keys())
def test_a_folder_with_a_mistake_is_refused(
    stack: cdk.Stack, make_folder: MakeFolder, files: dict[str, str], error: type[Exception], message: str
) -> None:
    """Nothing of it is run for that."""
    folder = make_folder(files)
    with pytest.raises(error, match=message.replace("FOLDER", re.escape(str(folder)))) as raised:
        Migrations(stack, "Migrations", migrations=folder)
    assert isinstance(raised.value, (MigrationsError, SynthError))


def test_a_folder_that_is_not_there_is_named_in_full(
    stack: cdk.Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path starts where CDK is run, which may not be where one thinks."""
    monkeypatch.chdir(tmp_path)
    message = f"{tmp_path}/migrations is no folder. Name the folder that holds the migrations."
    with pytest.raises(NoMigrationsAvailable, match=re.escape(message)):
        Migrations(stack, "Migrations", migrations="migrations")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("dynamigrate", "is what the function's own code is called"),
        ("aws_lambda_powertools", "is what the function's own code is called"),
        ("jmespath", "is what the function's own code is called"),
        ("typing_extensions", "is what the function's own code is called"),
        ("boto3", "is a package of the Lambda runtime"),
        ("botocore", "is a package of the Lambda runtime"),
        ("json", "is a module of Python's standard library"),
    ],
)
def test_a_folders_name_may_hide_nothing(stack: cdk.Stack, make_folder: MakeFolder, name: str, why: str) -> None:
    """Of two modules with one name the function would find one."""
    folder = make_folder(name=name)
    message = f"Shop/Migrations: the folder of migrations, {folder}, is named '{name}', which {why}"
    with pytest.raises(InvalidProp, match=re.escape(message) + ".*Rename the folder, to migrations for example"):
        Migrations(stack, "Migrations", migrations=folder)


def test_code_that_lambda_would_not_take_is_refused(
    stack: cdk.Stack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before an hour's upload of it fails."""
    monkeypatch.setattr("dynamigrate_cdk.asset.staging._LIMIT", 1000)
    with pytest.raises(InvalidProp, match=r"the function's code has [\d,]+ bytes, and Lambda takes 1,000\. Move what"):
        Migrations(stack, "Migrations", migrations=folder)


def test_nothing_of_a_folder_is_imported_at_synth(stack: cdk.Stack, make_folder: MakeFolder) -> None:
    """Synth runs on build machines, which have no business in the data."""
    folder = make_folder({"1_one.py": "import sys\nsys.exit('imported')\n" + GOOD})
    before = set(sys.modules)
    Migrations(stack, "Migrations", migrations=folder)
    assert not [name for name in set(sys.modules) - before if "1_one" in name]
