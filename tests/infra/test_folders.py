"""Folders of migrations that can't be deployed, each refused at synth with what, where, and what to do next."""

import os
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
from dynamigrate_cdk.asset import Platform, stage
from tests.infra.unzipped import unzipped

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
    "a helper that is not there, imported when it is called": (
        {"1_one.py": "def do(ctx):\n    from ._money import cents\n"},
        SynthError,
        r"FOLDER/1_one\.py:2 imports from \._money, which is not in FOLDER",
    ),
    "a helper that is not there, by name": (
        {"1_one.py": "from . import _money\n" + GOOD},
        SynthError,
        r"FOLDER/1_one\.py:1 imports from \._money, which is not in FOLDER",
    ),
    "a helper in capitals": (
        {"1_one.py": "from ._Money import cents\n" + GOOD, "_money.py": "cents = 1\n"},
        SynthError,
        r"FOLDER/1_one\.py:1 imports from \._Money, which is not in FOLDER",
    ),
    "a helper of a helper package that is not there": (
        {"1_one.py": "from ._money import cents\n" + GOOD, "_money/__init__.py": "from .rates import cents\n"},
        SynthError,
        r"FOLDER/_money/__init__\.py:1 imports from \.rates, which is not in FOLDER",
    ),
    "a helper among tests": (
        {"1_one.py": "from .tests.factories import order\n" + GOOD, "tests/factories.py": "order = 1\n"},
        SynthError,
        r"FOLDER/1_one\.py:1 imports from tests/factories, which is not deployed: folders named tests or test are left out",
    ),
    "a helper package among tests, by name": (
        {"1_one.py": "from ._lib import test\n" + GOOD, "_lib/test/__init__.py": ""},
        SynthError,
        r"FOLDER/1_one\.py:1 imports from _lib/test, which is not deployed",
    ),
    "a migration in a subfolder": (
        {"1_one.py": GOOD, "2026/2_two.py": GOOD},
        InvalidMigration,
        r"FOLDER/2026/2_two\.py looks like a migration and would not run: it is in a subfolder\. Move it to FOLDER; or",
    ),
    "a package beside a migration of its name": (
        {"1_one.py": GOOD, "1_one/__init__.py": GOOD},
        InvalidMigration,
        r"FOLDER/1_one is a package, and is named like a migration",
    ),
    "a suffix in capitals": (
        {"1_one.py": GOOD, "2_two.PY": GOOD},
        InvalidMigrationName,
        r"'2_two\.PY' is not the name of a migration",
    ),
    "a do that would not run": (
        {"1_one.py": "async def do(ctx):\n    pass\n"},
        InvalidMigration,
        r"FOLDER/1_one\.py:1: do is asynchronous \(async def\), and a call would not run it\. Make it a function",
    ),
    "a do without an argument": (
        {"1_one.py": "def do():\n    pass\n"},
        InvalidMigration,
        r"FOLDER/1_one\.py:1: do is a function that takes no argument, and is called with one, the context",
    ),
}

FINE: dict[str, dict[str, str]] = {
    "an import that may fail": {"1_one.py": "try:\n    from ._fast import x\nexcept ImportError:\n    x = 1\n" + GOOD},
    "an import for types": {
        "1_one.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .tests.types import T\n" + GOOD,
        "tests/types.py": "T = int\n",
    },
    "a vendored extension module": {
        "1_one.py": "from ._vendor import fastjson\n" + GOOD,
        "_vendor/fastjson/__init__.py": "from .core import *\nfrom . import more\nfrom .any import x\n",
        f"_vendor/fastjson/core.cpython-{sys.version_info.major}{sys.version_info.minor}-aarch64-linux-gnu.so": "",
        "_vendor/fastjson/more.abi3.so": "",
        "_vendor/fastjson/any.so": "",
    },
    "names of an __init__": {"1_one.py": "from . import RATE\n" + GOOD, "__init__.py": "RATE = 1\n"},
    "tests of the migrations": {
        "1_one.py": GOOD,
        "tests/__init__.py": "",
        "tests/test_one.py": "from .factories import order\n",
    },
    "other tools' files": {"1_one.py": GOOD, "vendored/0001_initial.py": "class Migration:\n    pass\n"},
    "long code": {
        "1_one.py": "X = " + " + ".join(["'a'"] * 1200) + "\n" + GOOD,
        "_h.py": "X = " + " + ".join("1" * 1200),
    },
}


@pytest.mark.parametrize("files", FINE.values(), ids=FINE.keys())
def test_a_folder_without_a_mistake_is_taken(stack: cdk.Stack, make_folder: MakeFolder, files: dict[str, str]) -> None:
    """Nothing is missing in it but what may be."""
    Migrations(stack, "Migrations", migrations=make_folder(files))


def test_links_to_files_are_deployed_as_files(stack: cdk.Stack, make_folder: MakeFolder, tmp_path: Path) -> None:
    """In the folder and below; those of editors, which lead nowhere, stay behind."""
    shared = make_folder({"_shared.py": "X = 1\n", "deep/__init__.py": "from .. import _shared\n"}, name="shared")
    folder = make_folder({"1_one.py": "from ._shared import X\nfrom ._deep import _shared\n" + GOOD})
    (folder / "_shared.py").symlink_to(shared / "_shared.py")
    (folder / "_deep").symlink_to(shared / "deep")
    (folder / ".#1_one.py").symlink_to("somebody@host.1:1")
    platform = Platform(python="3.14", architecture="arm64")
    staged = unzipped(stage(folder, tmp_path / "code.zip", where="Shop", platform=platform).archive) / "migrations"
    assert (staged / "_shared.py").read_text() == "X = 1\n"
    assert not [path for path in staged.rglob("*") if path.is_symlink() or path.name.startswith(".")]


@pytest.mark.parametrize("name", ["_helper.py", "data.csv", "_deep/rates.json"])
def test_a_link_that_leads_nowhere_is_refused(stack: cdk.Stack, make_folder: MakeFolder, name: str) -> None:
    """A helper's and a datum's too: copying would fail in words of its own."""
    folder = make_folder()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to("gone")
    with pytest.raises(SynthError, match=rf"{name} is a link that leads nowhere \(to gone\), and can't be deployed\."):
        Migrations(stack, "Migrations", migrations=folder)


@pytest.mark.parametrize("name", ["_helper.py", "data.csv"])
def test_a_file_that_can_not_be_read_is_named(
    stack: cdk.Stack, make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Not by an error about copying."""
    folder = make_folder({"1_one.py": GOOD, name: ""})
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != name)
    with pytest.raises(SynthError, match=rf"{name} can't be read\. Allow this user to read it, or remove it\."):
        Migrations(stack, "Migrations", migrations=folder)


def test_a_link_to_what_it_is_in_is_refused(stack: cdk.Stack, make_folder: MakeFolder) -> None:
    """Copying it would never end."""
    folder = make_folder()
    (folder / "data").mkdir()
    (folder / "data" / "up").symlink_to(folder)
    with pytest.raises(SynthError, match=r"data/up leads back to .*, which it is in\. Remove the link\."):
        Migrations(stack, "Migrations", migrations=folder)


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
    message = (
        f"Shop/Migrations: migrations is 'migrations', and {tmp_path}/migrations is not there: a relative folder is looked for "
        f"from where the app is started, here {tmp_path}. Give it from the app's own file: "
        'migrations=Path(__file__).parent / "migrations".'
    )
    with pytest.raises(InvalidProp, match=re.escape(message)):
        Migrations(stack, "Migrations", migrations="migrations")


def test_a_file_is_no_folder(stack: cdk.Stack, tmp_path: Path) -> None:
    """Nor is a link that leads nowhere."""
    (tmp_path / "migrations").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(InvalidProp, match=r"migrations', which is no folder\. Give it from the app's own file"):
        Migrations(stack, "File", migrations=tmp_path / "migrations")
    with pytest.raises(InvalidProp, match=r"gone', which is not there|link', which is not there"):
        Migrations(stack, "Link", migrations=tmp_path / "link")


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


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="file systems there have no such names")
def test_a_name_that_no_zip_file_can_have_is_refused(stack: cdk.Stack, make_folder: MakeFolder) -> None:
    """It says which, in bytes, since there is no text for it."""
    folder = make_folder()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).touch()
    with pytest.raises(SynthError, match=r"b'.*/caf\\xe9\.csv' has a name that is not UTF-8, .*Rename it"):
        Migrations(stack, "Migrations", migrations=folder)
