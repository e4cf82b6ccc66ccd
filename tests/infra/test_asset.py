"""The function's code: exactly what it needs, the same from anywhere, and able to run."""

import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zipfile import ZipFile

import aws_cdk as cdk
import pytest

import dynamigrate
from dynamigrate.contract import Property
from dynamigrate.contract.manifest import MANIFEST_NAME, Manifest, read_folder
from dynamigrate_cdk import Migrations, VendoringFailed
from dynamigrate_cdk.asset import Platform, Staged, bytecode, stage
from dynamigrate_cdk.asset.bytecode import compile_tree
from dynamigrate_cdk.asset.cache import CACHE_VARIABLE, cache_folder, kept
from dynamigrate_cdk.asset.tree import digest, files
from dynamigrate_cdk.asset.vendored import vendored
from tests.infra.synthesized import Shop
from tests.infra.test_migrations_template import FUNCTION
from tests.infra.unzipped import unzipped

pytestmark = pytest.mark.usefixtures("byte_code")

MakeFolder = Callable[..., Path]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
ENGINE = Path(dynamigrate.__file__).parent

FOLDER = {
    "20261101090000_first.py": "from ._money import cents\n\n\ndef do(ctx):\n    cents(ctx)\n",
    "20261102090000_second.py": "def do(ctx):\n    pass\n\n\ndef undo(ctx):\n    pass\n",
    "_money.py": "def cents(ctx):\n    return {'EUR', 'USD', 'GBP'}\n",
    "_rates/table.json": "{}",
    "tests/test_first.py": "assert False",
    "_rates/tests/test_rates.py": "assert False",
    "__pycache__/left.cpython-311.pyc": "",
    ".env": "SECRET=1",
    "_manifest.json": "{}",
}


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def staged(folder: Path, root: Path, python: str = HERE) -> Staged:
    root.mkdir(parents=True)
    return stage(
        folder, root / "code.zip", where="Shop/Migrations", platform=Platform(python=python, architecture="arm64")
    )


@pytest.fixture(scope="module")
def root(code: Staged) -> Path:
    """Its files."""
    return unzipped(code.archive)


@pytest.fixture(scope="module")
def code(make_folder: MakeFolder, tmp_path_factory: pytest.TempPathFactory) -> Staged:
    """The code for a folder with all sorts of files in it."""
    return staged(make_folder(FOLDER), tmp_path_factory.mktemp("code") / "asset")


def test_it_holds_exactly_engine_dependencies_and_migrations(root: Path) -> None:
    """No tests, no caches, no dot files, nothing of the construct library, and no older manifest."""
    sources = {name for name in files(root) if not name.endswith(".pyc")}
    engine = {
        f"dynamigrate/{path.relative_to(ENGINE).as_posix()}"
        for path in ENGINE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    migrations = {
        "migrations/20261101090000_first.py",
        "migrations/20261102090000_second.py",
        "migrations/_manifest.json",
        "migrations/_money.py",
        "migrations/_rates/table.json",
    }
    assert sources == engine | migrations | set(files(vendored()))
    assert {name.partition("/")[0] for name in sources} == {
        "aws_lambda_powertools",
        "aws_lambda_powertools-3.37.0.dist-info",
        "dynamigrate",
        "jmespath",
        "jmespath-1.1.0.dist-info",
        "migrations",
        "typing_extensions-4.16.0.dist-info",
        "typing_extensions.py",
    }


def test_each_source_has_its_compiled_file_and_no_other(root: Path) -> None:
    """For the runtime's version; they are not checked against a zip's times."""
    tag = sys.implementation.cache_tag
    compiled = {name for name in files(root) if name.endswith(".pyc")}
    assert compiled == {
        (Path(name).parent / "__pycache__" / f"{Path(name).stem}.{tag}.pyc").as_posix()
        for name in files(root)
        if name.endswith(".py")
    }
    for name in compiled:
        head = (root / name).read_bytes()[:8]
        assert head[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(head[4:], "little") == 0b01, "by hash, and unchecked"


def test_nothing_is_compiled_for_another_python(make_folder: MakeFolder, tmp_path: Path) -> None:
    """It would not be read, and be twice the size."""
    other = "3.14" if HERE != "3.14" else "3.13"
    code = staged(make_folder(FOLDER), tmp_path / "asset", python=other)
    assert not code.compiled
    assert not [name for name in files(unzipped(code.archive)) if name.endswith(".pyc")]


def test_it_is_small(code: Staged) -> None:
    """Under 3 MB zipped the console shows the code, and a cold start has little to fetch."""
    assert code.archive.stat().st_size < 2_700_000
    assert code.size < 6_000_000


def test_the_manifest_says_what_the_folder_has(code: Staged, root: Path, make_folder: MakeFolder) -> None:
    """It stands in for reading the files at a cold start, and carries the digest of all the rest."""
    manifest = Manifest.from_json((root / "migrations" / MANIFEST_NAME).read_text())
    assert manifest.migrations == read_folder(make_folder(FOLDER)).migrations
    assert manifest == code.manifest
    (root / "migrations" / MANIFEST_NAME).unlink()
    assert manifest.digest == digest(root)


def test_the_resource_and_the_asset_have_one_digest(shop: Shop) -> None:
    """So that the function can tell that its code was swapped without a deploy."""
    key = shop.migrating[FUNCTION]["Properties"]["Code"]["S3Key"]
    note = json.loads(ZipFile(shop.output / f"asset.{key}").read(f"migrations/{MANIFEST_NAME}"))
    properties = shop.migrating.only("Custom::DynamoDBMigrations")
    assert properties[Property.SOURCE_DIGEST.value] == note["digest"] != ""


def test_it_is_uploaded_as_it_is(shop: Shop) -> None:
    """So that no deploy has to zip a thousand files before it can begin."""
    functions = [logical_id for logical_id, kind in shop.migrating.ids().items() if kind == "AWS::Lambda::Function"]
    keys = {shop.migrating[one]["Properties"]["Code"]["S3Key"] for one in functions}
    manifest = json.loads((shop.output / f"{shop.migrations_stack.stack_name}.assets.json").read_text())
    packaging = {f"{name}.zip": one["source"]["packaging"] for name, one in manifest["files"].items()}
    assert {packaging[key] for key in keys} == {"file"}


def test_the_code_is_there_when_synth_is_over_without_cdks_copy(folder: Path, tmp_path: Path) -> None:
    """With `cdk --no-staging` the command line reads it where it was made."""
    for _ in range(2):
        app = cdk.App(outdir=str(tmp_path), context={"aws:cdk:disable-asset-staging": True})
        Migrations(cdk.Stack(app, "Shop"), "Migrations", migrations=folder)
        app.synth()
        manifest = json.loads((tmp_path / "Shop.assets.json").read_text())
        paths = [tmp_path / one["source"]["path"] for one in manifest["files"].values()]
        zipped = [name for path in paths if path.suffix == ".zip" for name in ZipFile(path).namelist()]
        assert {f"migrations/{MANIFEST_NAME}", "responder/index.py"} <= {*zipped}


def test_the_same_sources_give_the_same_bytes_anywhere(
    code: Staged, make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another folder, on another day, by a user with another umask, environment and working folder."""
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.chdir(tmp_path)
    dependencies = vendored().parent
    with umask(0o077):
        # With nothing that an earlier synth compiled or zipped.
        shutil.copytree(dependencies, tmp_path / "cache" / dependencies.name)
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
        folder = make_folder(FOLDER)
        for path in folder.rglob("*"):
            os.utime(path, (1, 1))
        other = staged(folder, tmp_path / "deeper" / "and deeper" / "asset")
    assert other.archive.read_bytes() == code.archive.read_bytes()
    assert other.digest == code.digest


def test_every_change_of_a_source_changes_the_digest(code: Staged, make_folder: MakeFolder, tmp_path: Path) -> None:
    """Even one that no checksum of a migration would see."""
    changed = FOLDER | {"_rates/table.json": "{ }"}
    assert staged(make_folder(changed), tmp_path / "asset").digest != code.digest


def test_everyone_may_read_it(make_folder: MakeFolder, tmp_path: Path) -> None:
    """The function's user is not the one who deployed."""
    with umask(0o077):
        archive = ZipFile(staged(make_folder(FOLDER), tmp_path / "asset").archive)
    assert {one.external_attr >> 16 for one in archive.infolist()} == {stat.S_IFREG | 0o644}


PROGRAM = """
import importlib, pathlib, sys
asset, runtime = sys.argv[1:]
sys.path[:0] = [asset]
sys.path.append(runtime)
sys.dont_write_bytecode = True
for path in sorted(pathlib.Path(asset, "dynamigrate").rglob("*.py")):
    parts = path.relative_to(asset).with_suffix("").parts
    importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
from aws_lambda_powertools import Logger, Metrics
Logger(service="test").info("it runs")
from dynamigrate import FolderSource
first, second = FolderSource(pathlib.Path(asset, "migrations")).load()
first.do(None), second.do(None)
"""


def test_it_runs_with_nothing_but_the_runtimes_boto3(root: Path, tmp_path: Path) -> None:
    """Every module of the engine, Powertools' Logger and Metrics, and the migrations with their helper."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in ("boto3", "botocore", "s3transfer", "dateutil", "six", "urllib3"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (runtime / source.name).symlink_to(source)
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-W", "error", "-c", PROGRAM, str(root), str(runtime)],
        env={"PATH": os.defpath, "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "it runs" in done.stdout


def test_migrations_are_compiled_once(make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A synth whose folder is as it was takes what an earlier one made; one whose folder changed does not."""
    compiled: list[Path] = []

    def noted(root: Path, *, strictly: tuple[str, ...]) -> None:
        compiled.append(root)
        compile_tree(root, strictly=strictly)

    monkeypatch.setattr(bytecode, "compile_tree", noted)
    before = {*cache_folder().glob("compiled-*")}
    only_here = FOLDER | {"_money.py": f"PLACE = {str(tmp_path)!r}\n{FOLDER['_money.py']}"}
    first, second = (staged(make_folder(only_here), tmp_path / name) for name in ("first", "second"))
    assert len(compiled) == 1
    assert first.archive.read_bytes() == second.archive.read_bytes()
    staged(make_folder(only_here | {"_money.py": f"{only_here['_money.py']}\n"}), tmp_path / "third")
    assert len(compiled) == 2
    new = {*cache_folder().glob("compiled-*")} - before
    assert {stat.S_IMODE(place.stat().st_mode) for place in new} == {0o700}, "migrations may be nobody else's to read"


def test_a_cache_that_can_only_be_read_will_do(
    code: Staged, make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image of a build has the engine in one, and no migrations."""
    cache = tmp_path / "cache"
    for name in ("vendored-*", "base-*"):
        for place in cache_folder().glob(name):
            shutil.copytree(place, cache / place.name)
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))

    def refused(**place: Any) -> str:
        if place["dir"] == cache:
            raise PermissionError(13, "Permission denied")
        return str(mkdtemp(**place))

    monkeypatch.setattr("dynamigrate_cdk.asset.cache.mkdtemp", refused)
    with pytest.raises(VendoringFailed, match="can't be kept in"):
        kept("another", Path.mkdir)
    assert staged(make_folder(FOLDER), tmp_path / "other").archive.read_bytes() == code.archive.read_bytes()
