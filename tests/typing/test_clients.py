"""What type checkers know of ``ctx.dynamodb``: all of boto3's client where its stubs are installed, and no complaint where not."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.typing.checkers import ROOT, copied, mypy, pyright, wrong

FILES = sorted((Path(__file__).parent / "clients").glob("*.py"))
# To pyright a value of DynamoDB may have no "S", whatever the attribute: that is what its stubs say.
_OFF = ("reportUnusedExpression", "reportTypedDictNotRequiredAccess")
_MYPY = "[mypy]\nstrict = true\n"
_STUBS = ("mypy_boto3_dynamodb", "boto3-stubs", "botocore-stubs")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The interpreters of two environments that have the engine and boto3, by what they have beside."""
    made = {}
    for name, more in (("stubs", _STUBS), ("no stubs", ())):
        folder = tmp_path_factory.mktemp("environments") / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        [packages] = folder.glob("lib/python*/site-packages")
        (packages / "dynamigrate").symlink_to(ROOT / "lambda_src/dynamigrate")
        (packages / "dynamigrate_pytest").symlink_to(ROOT / "tools/dynamigrate_pytest")
        installed = importlib.util.find_spec("boto3")
        assert installed is not None
        assert installed.origin is not None
        for package in ("boto3", "botocore", "typing_extensions.py", *more):
            (packages / package).symlink_to(Path(installed.origin).parents[1] / package)
        made[name] = str(folder / "bin/python")
    return made


def test_mypy_knows_the_client_where_there_are_stubs(environments: dict[str, str], tmp_path: Path) -> None:
    """A wrong name, argument or key is an error."""
    found, said = mypy(copied(FILES, tmp_path), _MYPY, python=environments["stubs"], roots=())
    assert found == wrong(FILES, mark="wrong with stubs"), said


def test_pyright_knows_the_client_where_there_are_stubs(environments: dict[str, str], tmp_path: Path) -> None:
    """A wrong name, argument or key is an error."""
    users = copied(FILES, tmp_path)
    found, said = pyright(users, *_OFF, python=environments["stubs"], roots=())
    assert found == wrong(FILES, mark="wrong with stubs"), said


def test_mypy_asks_for_no_stubs(environments: dict[str, str], tmp_path: Path) -> None:
    """Without them a strict check of a migration that calls DynamoDB is clean."""
    found, said = mypy(copied(FILES, tmp_path), _MYPY, python=environments["no stubs"], roots=())
    assert found == set(), said


def test_pyright_asks_for_no_stubs(environments: dict[str, str], tmp_path: Path) -> None:
    """Without them a strict check of a migration that calls DynamoDB is clean, with nothing unknown."""
    found, said = pyright(copied(FILES, tmp_path), python=environments["no stubs"], roots=())
    assert found == set(), said
