"""What is pinned for migrations is in the asset, in the very version, and nothing else is."""

import hashlib
import sys

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from dynamigrate_cdk import Migrations, SynthError, VendoringFailed
from dynamigrate_cdk.asset import Platform
from dynamigrate_cdk.asset.tree import files
from tests.infra.packages.project import CP, GOOD, OTHER, Project
from tests.infra.unzipped import unzipped
from tests.infra.wheels import make_wheel

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("byte_code")]


def test_a_pinned_package_goes_into_the_asset(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """At its top level, with its license, and without what the installer notes."""
    make_wheel(project.wheels, "six-pack", "1.2")
    project.require("six_pack==1.2")
    project.write("1_one.py", f"import six_pack\n{GOOD}")
    staged = project.stage()
    assert {name for name in files(unzipped(staged.archive)) if name.startswith("six_pack")} == {
        "six_pack/__init__.py",
        "six_pack-1.2.dist-info/METADATA",
        "six_pack-1.2.dist-info/licenses/LICENSE",
    }
    assert staged.packages == 1
    said = capfd.readouterr().err
    assert f"requirements.txt asks for, for Python {OTHER} on Linux, arm64, once, into" in said
    assert project.stage().digest == staged.digest
    assert capfd.readouterr().err == ""


def test_a_changed_pin_changes_the_digest(project: Project) -> None:
    """So that the deploy calls the function."""
    for version in ("1.0", "1.1"):
        make_wheel(project.wheels, "six-pack", version)
    project.require("six-pack==1.0")
    before = project.stage().digest
    project.require("six-pack==1.1")
    assert project.stage().digest != before


def test_a_wheel_that_changed_is_installed_anew(project: Project) -> None:
    """One that was built again under the same version."""
    make_wheel(project.wheels, "six-pack")
    project.require("six-pack==1.0")
    before = project.stage().digest
    make_wheel(project.wheels, "six-pack", files={"six_pack/__init__.py": "NEW = True\n"})
    assert project.stage().digest != before


def test_another_file_than_the_pinned_one_is_not_taken(project: Project) -> None:
    """By its hash."""
    wheel = make_wheel(project.wheels, "six-pack")
    project.require(f"six-pack==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(VendoringFailed, match=r"is not the file whose hash is pinned\. Find out why"):
        project.stage()
    project.require(f"six-pack==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    assert project.stage().packages == 1


def test_a_pin_takes_the_place_of_what_the_asset_has(project: Project) -> None:
    """One copy of each package: the user's, where it suits the engine."""
    make_wheel(project.wheels, "typing_extensions", "4.99", files={"typing_extensions.py": "MINE = True\n"})
    for name in ("boto3", "botocore", "s3transfer"):
        make_wheel(project.wheels, name, "1.99")
    project.require("typing-extensions==4.99", "boto3==1.99", "botocore==1.99", "s3transfer==1.99")
    root = project.unzipped()
    assert (root / "typing_extensions.py").read_text() == "MINE = True\n"
    assert [path.name for path in root.glob("typing_extensions-*")] == ["typing_extensions-4.99.dist-info"]
    assert (root / "boto3").is_dir()


def test_wheels_in_the_folder_are_no_part_of_the_asset(project: Project) -> None:
    """Where they are installed from; those for other platforms may lie beside them."""
    for tag in (f"{CP}-{CP}-manylinux2014_x86_64", f"{CP}-{CP}-manylinux2014_aarch64"):
        make_wheel(project.folder / "wheels", "fast", tag=tag)
    project.write("requirements.txt", "--no-index\n--find-links wheels\nfast==1.0\n")
    root = project.unzipped()
    assert (root / "fast").is_dir()
    assert not list(root.rglob("*.whl"))


def test_a_file_of_a_package_that_does_not_compile_is_left_as_it_is(project: Project) -> None:
    """Templates, and code for another Python, are in many."""
    make_wheel(project.wheels, "six-pack", files={"six_pack/__init__.py": "", "six_pack/old.py": "print 'old'\n"})
    project.require("six-pack==1.0")
    here = Platform(python=f"{sys.version_info.major}.{sys.version_info.minor}", architecture="arm64")
    staged = project.stage(here)
    assert staged.compiled
    compiled = unzipped(staged.archive) / "six_pack" / "__pycache__"
    assert list(compiled.glob("__init__*.pyc"))
    assert not list(compiled.glob("old*.pyc"))


def test_packages_are_compiled_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large ones take longer to compile than all else in a synth; the second takes what the first made."""
    make_wheel(project.wheels, "six-pack", files={"six_pack.py": "VERSION = 1\n"})
    project.require("six-pack==1.0")
    here = Platform(python=f"{sys.version_info.major}.{sys.version_info.minor}", architecture="arm64")
    first = project.stage(here)
    monkeypatch.setattr("dynamigrate_cdk.asset.packages.compile_tree", lambda root: pytest.fail("compiled again"))
    second = project.stage(here)
    assert list((unzipped(second.archive) / "__pycache__").glob("six_pack.*.pyc"))
    assert second.digest == first.digest


def test_too_much_of_it_names_the_largest(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's limit is for all together."""
    make_wheel(project.wheels, "whale", files={"whale.py": "#" * 9_000_000})
    project.require("whale==1.0")
    monkeypatch.setattr("dynamigrate_cdk.asset.staging._LIMIT", 8_000_000)
    with pytest.raises(SynthError, match=r"Lambda takes 8,000,000\..* The largest: whale\.py \(9\.0 MB\), "):
        project.stage()


def test_the_construct_takes_another_file(project: Project, stack: cdk.Stack) -> None:
    """For the architecture and the runtime that it is given, and says how many it packs."""
    make_wheel(project.wheels, "fast", tag=f"{CP}-{CP}-manylinux2014_x86_64")
    pinned = project.root / "pinned.txt"
    pinned.write_text("--no-index\n--find-links wheels\nfast==1.0\n")
    migrations = Migrations(
        stack,
        "Migrations",
        migrations=project.folder,
        requirements=pinned,
        runtime=lambda_.Runtime(f"python{OTHER}", lambda_.RuntimeFamily.PYTHON),
        architecture=lambda_.Architecture.X86_64,
    )
    assert any("third-party packages: 1," in str(one.data) for one in migrations.node.metadata)
