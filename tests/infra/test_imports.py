"""What migrations import, read at synth: what the function will not have is an error, what may be missing is none."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match

from dynamigrate_cdk import Migrations, SynthError
from dynamigrate_cdk.asset import Platform, Staged, stage

MakeFolder = Callable[..., Path]
OTHER = "3.14" if sys.version_info[:2] != (3, 14) else "3.13"
GOOD = "def do(ctx):\n    pass\n"


def staged(folder: Path, tmp_path: Path, *, python: str = OTHER, elsewhere: str = "") -> Staged:
    platform = Platform(python=python, architecture="arm64")
    return stage(folder, tmp_path / "code.zip", where="Shop/Migrations", platform=platform, elsewhere=elsewhere)


MISSING: dict[str, str] = {
    "at the top": "import pandas\n",
    "a part of it": "import pandas.io.json\n",
    "from it": "from pandas import DataFrame\n",
    "under another name": "import json, pandas as pd\n",
    "in a function": "def load():\n    import pandas\n",
    "in a method": "class A:\n    def load(self):\n        import pandas\n",
    "in an async function": "async def load():\n    import pandas\n",
    "in a loop": "for _ in ():\n    import pandas\n",
    "in a with": "with open('x') as x:\n    import pandas\n",
    "in a match": "match 1:\n    case 1:\n        import pandas\n",
    "in an if": "if do:\n    pass\nelif 1:\n    import pandas\nelse:\n    pass\n",
    "in a try that catches something else": "try:\n    import pandas\nexcept ValueError:\n    pass\n",
    "in a try that tells it in other words": "try:\n    import pandas\nexcept ImportError:\n    raise SystemExit('!')\n",
    "in a finally": "try:\n    pass\nfinally:\n    import pandas\n",
    "in place of one that is not there": "try:\n    import polars\nexcept ImportError:\n    import pandas\n",
    "after one that is there": "try:\n    import json\nexcept ImportError:\n    pass\nelse:\n    import pandas\n",
    "where types are not checked": "if not TYPE_CHECKING:\n    import pandas\n",
}


@pytest.mark.parametrize("code", MISSING.values(), ids=MISSING.keys())
def test_what_the_function_will_not_have_is_an_error(make_folder: MakeFolder, tmp_path: Path, code: str) -> None:
    """With the line, and what to do."""
    folder = make_folder({"1_one.py": f"{GOOD}\n\n{code}"})
    line = next(number for number, text in enumerate(f"{GOOD}\n\n{code}".splitlines(), 1) if "pandas" in text)
    message = (
        rf"{re.escape(str(folder))}/1_one\.py:{line}: pandas\S* is neither in Python, nor in the runtime, nor in the "
        rf"function's code\.\nPin packages with == in {re.escape(str(folder))}/requirements\.txt, or have a layer"
    )
    with pytest.raises(SynthError, match=message):
        staged(folder, tmp_path)


FINE: dict[str, str] = {
    "Python's own": "import json, os.path, zoneinfo, tomllib, __future__\n",
    "the runtime's": "import boto3, botocore.exceptions, dateutil.tz, urllib3, six.moves, jmespath, s3transfer\n",
    "the engine's": "import dynamigrate.backfill\nfrom aws_lambda_powertools import Logger\nimport typing_extensions\n",
    "for types": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy_boto3_dynamodb\n",
    "for types, by module": "import typing as t\nif t.TYPE_CHECKING:\n    import mypy_boto3_dynamodb\n",
    "optional": "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n",
    "optional, by its subclass": "try:\n    import orjson\nexcept ModuleNotFoundError:\n    pass\n",
    "optional, by a longer name": "import builtins\ntry:\n    import orjson\nexcept builtins.ImportError:\n    pass\n",
    "optional, one of several": "try:\n    import orjson\nexcept (ValueError, ImportError):\n    pass\n",
    "optional, whatever happens": "try:\n    import orjson\nexcept:\n    pass\n",
    "optional, in other words": "import contextlib\nwith contextlib.suppress(ImportError):\n    import orjson\n",
    "one that stands in": "try:\n    import orjson as json\nexcept ImportError:\n    import json\n",
    "none is needed in its place": "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n",
    "for what it needs": "try:\n    import orjson\nexcept ImportError:\n    pass\nelse:\n    import pandas\n",
    "for another Python": "import sys\nif sys.version_info < (3, 11):\n    import tomli\n",
    "for another system": "import sys\nif sys.platform == 'win32':\n    import win32api\n",
    "as a program": "if __name__ == '__main__':\n    import typer\n",
    "a helper that may be missing": "try:\n    from ._fast import add\nexcept ImportError:\n    add = None\n",
    "a helper of another system": "import sys\nif sys.platform == 'win32':\n    from ._windows import add\n",
    "by name": "def load():\n    import importlib\n    importlib.import_module('pandas')\n",
}


@pytest.mark.parametrize("code", FINE.values(), ids=FINE.keys())
def test_what_is_there_or_may_be_missing_is_none(make_folder: MakeFolder, tmp_path: Path, code: str) -> None:
    """Nor a warning."""
    assert staged(make_folder({"1_one.py": f"{GOOD}\n\n{code}"}), tmp_path).warnings == ()


def test_all_that_is_missing_is_told_at_once(make_folder: MakeFolder, tmp_path: Path) -> None:
    """In all files that the migrations lead to, and in no other."""
    folder = make_folder(
        {
            "1_one.py": f"import pandas\nfrom . import _helper\n{GOOD}",
            "2_two.py": f"from migrations._deep.inner import rate\n{GOOD}",
            "_helper.py": "import polars\n",
            "_deep/__init__.py": "",
            "_deep/inner.py": "from ..  import _other\nrate = 1\n",
            "_other.py": "import numpy\n",
            "_unused.py": "import typer\n",
        }
    )
    with pytest.raises(SynthError) as raised:
        staged(folder, tmp_path)
    found = re.findall(r"^    \S+/migrations/(\S+): (\w+) is neither", str(raised.value), re.MULTILINE)
    assert sorted(found) == [("1_one.py:1", "pandas"), ("_helper.py:1", "polars"), ("_other.py:1", "numpy")]


@pytest.mark.parametrize(
    ("code", "python", "why"),
    [
        (
            "import _money\n",
            OTHER,
            r"_money lies in the folder, which is a package: write `from \._money import \.\.\.`",
        ),
        ("import cgi\n", "3.14", r"cgi is not in Python 3\.14 on Linux"),
        ("import distutils.util\n", "3.12", r"distutils\.util is not in Python 3\.12 on Linux"),
        ("import winreg\n", "3.13", r"winreg is not in Python 3\.13 on Linux"),
        (
            "from aws_lambda_powertools.utilities import parser\n",
            OTHER,
            r"aws_lambda_powertools\.utilities is a part of Powertools that is not packed; pin aws-lambda-powertools",
        ),
        (
            "from shop.migrations._money import cents\n",
            OTHER,
            r"shop\.migrations\._money is the folder by a path that the function does not have: .* or as migrations\.",
        ),
        ("import dynamigrate_cdk\n", OTHER, "dynamigrate_cdk is neither"),
    ],
)
def test_what_is_near_says_what_was_meant(
    make_folder: MakeFolder, tmp_path: Path, code: str, python: str, why: str
) -> None:
    """A helper of the folder, and what Python once had, or has elsewhere."""
    folder = make_folder({"1_one.py": f"{code}{GOOD}", "_money.py": ""})
    with pytest.raises(SynthError, match=why):
        staged(folder, tmp_path, python=python)


def test_what_an_older_python_still_has_is_there(make_folder: MakeFolder, tmp_path: Path) -> None:
    """It is the function's Python that counts."""
    folder = make_folder({"1_one.py": f"import cgi, imp\n{GOOD}"})
    assert staged(folder, tmp_path, python="3.11").warnings == ()


def test_a_chain_of_any_length_is_read(make_folder: MakeFolder, tmp_path: Path) -> None:
    """A thousand branches are a thousand levels in Python's own eyes."""
    chain = "import sys\nif sys.argv:\n    pass\n" + "elif sys.argv:\n    pass\n" * 900
    folder = make_folder(
        {"1_one.py": f"from . import _chain\n{GOOD}", "_chain.py": f"{chain}else:\n    import pandas\n"}
    )
    with pytest.raises(SynthError, match=r"_chain\.py:1805: pandas is neither"):
        staged(folder, tmp_path)


PATH = "import sys\nfrom pathlib import Path\n"


@pytest.mark.parametrize(
    "change",
    [
        "sys.path.insert(0, str(Path(__file__).parent / '_vendor'))\n",
        "sys.path.append('_vendor')\n",
        "sys.path[:0] = ['_vendor']\n",
        "sys.path += ['_vendor']\n",
        "sys.path = ['_vendor', *sys.path]\n",
        "import site\nsite.addsitedir('_vendor')\n",
        "import sys as system\nsystem.path.append('_vendor')\n",
        "from sys import path\npath.append('_vendor')\n",
    ],
)
def test_a_changed_path_leads_into_the_folder(make_folder: MakeFolder, tmp_path: Path, change: str) -> None:
    """What lies there is there; what lies nowhere may come from elsewhere, and is a warning."""
    folder = make_folder(
        {
            "1_one.py": f"{PATH}{change}{GOOD}    import fastjson, slowjson, compiled\n    import pandas\n",
            "_vendor/fastjson/__init__.py": "import never_looked_at\n",
            "_vendor/slowjson.py": "",
            f"_vendor/compiled.cpython-{OTHER.replace('.', '')}-aarch64-linux-gnu.so": "",
        }
    )
    (warning,) = staged(folder, tmp_path).warnings
    assert re.search(
        r"1_one\.py:\d+ imports pandas, which is not in the function's code: a change of sys\.path", warning
    )


def test_reading_the_path_changes_nothing(make_folder: MakeFolder, tmp_path: Path) -> None:
    """Nor does another path."""
    code = f"import os, sys\nprint(sys.path, os.path.join('a'))\n{GOOD}    import pandas\n"
    with pytest.raises(SynthError, match="pandas is neither"):
        staged(make_folder({"1_one.py": code}), tmp_path)


def test_an_import_that_a_layer_may_have_is_a_warning(stack: cdk.Stack, make_folder: MakeFolder) -> None:
    """What is in a layer is not known at synth."""
    folder = make_folder({"1_one.py": f"import pandas\n{GOOD}"})
    layer = lambda_.LayerVersion.from_layer_version_arn(
        stack, "Layer", "arn:aws:lambda:eu-west-1:111122223333:layer:pandas:7"
    )
    Migrations(stack, "Migrations", migrations=folder, layers=[layer])
    Annotations.from_stack(stack).has_warning(
        "/Shop/Migrations",
        Match.string_like_regexp(
            r"1_one\.py:1 imports pandas, which is not in the function's code: a layer must bring it"
        ),
    )
