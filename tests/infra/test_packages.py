"""Third-party packages of migrations: in the asset as pinned, for the function's platform, or refused."""

import hashlib
import importlib.metadata
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from dynamigrate_cdk import Migrations, SynthError, VendoringFailed
from dynamigrate_cdk.asset import Platform, Staged, installer, stage
from dynamigrate_cdk.asset.cache import CACHE_VARIABLE
from dynamigrate_cdk.asset.packages import ENGINE_NEEDS
from dynamigrate_cdk.asset.tree import files
from dynamigrate_cdk.asset.vendored import vendored
from tests.infra.wheels import make_wheel

MakeFolder = Callable[..., Path]
# Not the Python that runs the tests: nothing is compiled for it, which takes the longest.
OTHER = "3.14" if sys.version_info[:2] != (3, 14) else "3.13"
ARM = Platform(python=OTHER, architecture="arm64")
CP = f"cp{OTHER.replace('.', '')}"
GOOD = "def do(ctx):\n    pass\n"


class Workshop:
    """A folder of migrations, and one of wheels."""

    def __init__(self, root: Path) -> None:
        self.wheels = root / "wheels"
        self.wheels.mkdir()
        self.folder = root / "migrations"
        self.folder.mkdir()
        self.root = root
        self.write("1_one.py", GOOD)
        self._number = 0

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def require(self, *lines: str) -> None:
        self.write("requirements.txt", "\n".join(["--no-index", "--find-links ../wheels", *lines, ""]))

    def stage(self, platform: Platform = ARM) -> Staged:
        self._number += 1
        asset = self.root / f"asset{self._number}"
        asset.mkdir()
        return stage(self.folder, asset, where="Shop/Migrations", platform=platform)


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """With a cache of its own, in which the engine's dependencies are already."""
    known = vendored().parent
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copytree(known, cache / known.name)
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    return Workshop(tmp_path)


def test_what_is_pinned_goes_into_the_asset(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    """At its top level, with its license, and without what the installer notes."""
    make_wheel(workshop.wheels, "six-pack", "1.2")
    workshop.require("six_pack==1.2")
    workshop.write("1_one.py", f"import six_pack\n{GOOD}")
    staged = workshop.stage()
    assert {name for name in files(staged.root) if name.startswith("six_pack")} == {
        "six_pack/__init__.py",
        "six_pack-1.2.dist-info/METADATA",
        "six_pack-1.2.dist-info/licenses/LICENSE",
    }
    assert staged.packages == 1
    said = capfd.readouterr().err
    assert f"requirements.txt asks for, for Python {OTHER} on Linux, arm64, once, into" in said
    assert workshop.stage().digest == staged.digest
    assert capfd.readouterr().err == ""


def test_a_changed_pin_changes_the_digest(workshop: Workshop) -> None:
    """So that the deploy calls the function."""
    for version in ("1.0", "1.1"):
        make_wheel(workshop.wheels, "six-pack", version)
    workshop.require("six-pack==1.0")
    before = workshop.stage().digest
    workshop.require("six-pack==1.1")
    assert workshop.stage().digest != before


def test_a_wheel_that_changed_is_installed_anew(workshop: Workshop) -> None:
    """One that was built again under the same version."""
    make_wheel(workshop.wheels, "six-pack")
    workshop.require("six-pack==1.0")
    before = workshop.stage().digest
    make_wheel(workshop.wheels, "six-pack", files={"six_pack/__init__.py": "NEW = True\n"})
    assert workshop.stage().digest != before


def test_the_wheel_for_the_functions_platform_is_taken(workshop: Workshop) -> None:
    """Whatever this machine is: the processor, the version of Python, and no newer C library than Lambda has."""
    tags = {
        "arm": f"{CP}-{CP}-manylinux_2_28_aarch64",
        "x86": f"{CP}-{CP}-manylinux2014_x86_64",
        "too new": f"{CP}-{CP}-manylinux_2_39_aarch64",
        "musl": f"{CP}-{CP}-musllinux_1_2_aarch64",
        "mac": f"{CP}-{CP}-macosx_11_0_arm64",
        "old": "cp39-cp39-manylinux2014_aarch64",
    }
    for name, tag in tags.items():
        make_wheel(workshop.wheels, "fast", files={"fast.py": f"FOR = {name!r}\n"}, tag=tag)
    workshop.require("fast==1.0")
    assert "'arm'" in (workshop.stage().root / "fast.py").read_text()
    x86 = workshop.stage(Platform(python=OTHER, architecture="x86_64"))
    assert "'x86'" in (x86.root / "fast.py").read_text()


def test_a_wheel_of_the_stable_interface_is_taken(workshop: Workshop) -> None:
    """Made for an older Python, as cryptography's."""
    make_wheel(workshop.wheels, "fast", tag="cp39-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64")
    workshop.require("fast==1.0")
    assert (workshop.stage().root / "fast").is_dir()


def test_a_wheel_for_another_platform_is_an_error(workshop: Workshop) -> None:
    """Which says what there is, and what the function has."""
    wheel = make_wheel(workshop.wheels, "fast", tag=f"{CP}-{CP}-manylinux2014_x86_64")
    workshop.require("fast==1.0")
    message = rf"requirements\.txt:3 asks for fast==1\.0, and {re.escape(str(wheel))} is for another platform"
    with pytest.raises(SynthError, match=rf"{message}.*has Python {OTHER} on Linux, arm64.*the other architecture"):
        workshop.stage()


def test_what_cannot_be_had_is_told(workshop: Workshop) -> None:
    """No wheel at all, or a source distribution alone: nothing is built, and nothing stays behind."""
    (workshop.wheels / "slow-1.0.tar.gz").write_bytes(b"")
    workshop.require("slow==1.0")
    with pytest.raises(VendoringFailed, match=rf"There is no wheel of slow==1\.0 for Python {OTHER} on Linux, arm64"):
        workshop.stage()
    assert not list((workshop.root / "cache").glob("packages-*"))


def test_another_file_than_the_pinned_one_is_not_taken(workshop: Workshop) -> None:
    """By its hash."""
    wheel = make_wheel(workshop.wheels, "six-pack")
    workshop.require(f"six-pack==1.0 --hash=sha256:{'0' * 64}")
    with pytest.raises(VendoringFailed, match=r"is not the file whose hash is pinned\. Find out why"):
        workshop.stage()
    workshop.require(f"six-pack==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    assert workshop.stage().packages == 1


def test_what_is_installed_here_needs_no_index(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pure Python in the very version; with a hash it must be the very file, so it is fetched."""
    site = workshop.root / "site"
    with zipfile.ZipFile(make_wheel(workshop.wheels, "six-pack")) as archive:
        archive.extractall(site)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(installer, "_installer", lambda: [sys.executable, "-c", "import sys; sys.exit('asked')"])
    workshop.write("requirements.txt", "six-pack==1.0\n")
    staged = workshop.stage()
    assert [name for name in files(staged.root) if name.startswith("six_pack")] == [
        "six_pack-1.0.dist-info/METADATA",
        "six_pack-1.0.dist-info/licenses/LICENSE",
        "six_pack/__init__.py",
    ]
    workshop.write("requirements.txt", f"six-pack==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(VendoringFailed, match="asked"):
        workshop.stage()


def test_credentials_are_not_shown(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the error, and not on the command line, which every user of the machine can see."""
    program = "import sys; sys.exit('no ' + ' '.join(sys.argv) + open(sys.argv[-1]).read())"
    monkeypatch.setattr(installer, "_installer", lambda: [sys.executable, "-c", program])
    workshop.write("requirements.txt", "--index-url https://me:secret@h/simple\nx==1\n")
    with pytest.raises(VendoringFailed, match=r"--index-url https://\*\*\*\*@h/simple") as raised:
        workshop.stage()
    assert "secret" not in str(raised.value)
    assert "--index-url" not in str(raised.value).partition("requirements.txt")[0]


def test_what_a_package_needs_must_be_pinned_too(workshop: Workshop) -> None:
    """For the function's platform, with the extras that are asked for; what the runtime has need not."""
    needs = [
        "other>=2",
        "boto3",
        "win; sys_platform == 'win32'",
        "arm; platform_machine == 'aarch64'",
        "more[most]; extra == 'all'",
        "never; extra == 'none'",
    ]
    make_wheel(workshop.wheels, "six-pack", requires=needs, extras=["all", "none"])
    make_wheel(workshop.wheels, "more", requires=["deep; extra == 'most'"], extras=["most"])
    workshop.require("six-pack[all]==1.0", "more==1.0")
    missing = r"requirements\.txt does not list arm \(six-pack 1\.0 needs it\), deep \(more 1\.0 needs it\), other>=2 "
    with pytest.raises(SynthError, match=missing + r"\(six-pack 1\.0 needs it\)\. Pin these too.*pip-compile"):
        workshop.stage()


def test_pins_must_go_together(workshop: Workshop) -> None:
    """Nothing was resolved, so it is checked."""
    make_wheel(workshop.wheels, "six-pack", requires=["other>=2"])
    make_wheel(workshop.wheels, "other", "1.5")
    workshop.require("six-pack==1.0", "other==1.5")
    with pytest.raises(SynthError, match=r"six-pack 1\.0 needs other>=2, and 1\.5 is pinned\. Pin versions that go"):
        workshop.stage()


@pytest.mark.parametrize(
    ("pin", "message"),
    [
        (
            "aws-lambda-powertools==2.0",
            r"dynamigrate, which .* needs aws-lambda-powertools<4,>=3\.4, and 2\.0 is pinned",
        ),
        ("typing-extensions==3.0", r"aws-lambda-powertools 3\S+ needs typing-extensions<5\S*, and 3\.0 is pinned"),
        ("boto3==1.20", r"needs boto3<2,>=1\.34, and 1\.20 is pinned"),
        ("boto3==1.40", r"does not list botocore \(it must go with the others of the SDK\), s3transfer"),
        ("dynamigrate==0.0.1", r"asks for dynamigrate==0\.0\.1, and the function gets .* Take the line out"),
    ],
)
def test_what_the_engine_needs_stays_as_it_needs_it(workshop: Workshop, pin: str, message: str) -> None:
    """A pin that breaks it is refused at synth, not by the first deploy."""
    name, _, version = pin.partition("==")
    make_wheel(workshop.wheels, name, version)
    workshop.require(pin)
    with pytest.raises(SynthError, match=message):
        workshop.stage()


def test_a_pin_takes_the_place_of_what_the_asset_has(workshop: Workshop) -> None:
    """One copy of each package: the user's, where it suits the engine."""
    make_wheel(workshop.wheels, "typing_extensions", "4.99", files={"typing_extensions.py": "MINE = True\n"})
    for name in ("boto3", "botocore", "s3transfer"):
        make_wheel(workshop.wheels, name, "1.99")
    workshop.require("typing-extensions==4.99", "boto3==1.99", "botocore==1.99", "s3transfer==1.99")
    root = workshop.stage().root
    assert (root / "typing_extensions.py").read_text() == "MINE = True\n"
    assert [path.name for path in root.glob("typing_extensions-*")] == ["typing_extensions-4.99.dist-info"]
    assert (root / "boto3").is_dir()


@pytest.mark.parametrize(
    ("module", "what"),
    [
        ("migrations", "is what the folder of migrations is called"),
        ("dynamigrate", "is what the function's own code is called"),
        ("jmespath", "is what the function's own code is called"),
        ("enum", "is a module of Python's standard library"),
        ("awslambdaric", "is what Lambda's runtime itself is called"),
    ],
)
def test_no_package_hides_another_module(workshop: Workshop, module: str, what: str) -> None:
    """Of two with one name the function would find one."""
    make_wheel(workshop.wheels, "six-pack", files={f"{module}.py": ""})
    workshop.require("six-pack==1.0")
    with pytest.raises(SynthError, match=rf"requirements\.txt brings a module named {module}, which {what}"):
        workshop.stage()


def test_the_engine_itself_may_be_listed(workshop: Workshop) -> None:
    """In a file that the tests of the migrations use too: the asset has that version already."""
    version = importlib.metadata.version("dynamigrate")
    workshop.require(f"dynamigrate=={version}")
    assert workshop.stage().packages == 0


def test_wheels_in_the_folder_are_no_part_of_the_asset(workshop: Workshop) -> None:
    """Where they are installed from; those for other platforms may lie beside them."""
    for tag in (f"{CP}-{CP}-manylinux2014_x86_64", f"{CP}-{CP}-manylinux2014_aarch64"):
        make_wheel(workshop.folder / "wheels", "fast", tag=tag)
    workshop.write("requirements.txt", "--no-index\n--find-links wheels\nfast==1.0\n")
    root = workshop.stage().root
    assert (root / "fast").is_dir()
    assert not list(root.rglob("*.whl"))


def test_what_does_not_compile_in_a_package_is_left_as_it_is(workshop: Workshop) -> None:
    """Templates, and code for another Python, are in many."""
    make_wheel(workshop.wheels, "six-pack", files={"six_pack/__init__.py": "", "six_pack/old.py": "print 'old'\n"})
    workshop.require("six-pack==1.0")
    here = Platform(python=f"{sys.version_info.major}.{sys.version_info.minor}", architecture="arm64")
    staged = workshop.stage(here)
    assert staged.compiled
    assert list((staged.root / "six_pack" / "__pycache__").glob("__init__*.pyc"))
    assert not list((staged.root / "six_pack" / "__pycache__").glob("old*.pyc"))


def test_packages_are_compiled_once(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large ones take longer to compile than all else in a synth; the second takes what the first made."""
    make_wheel(workshop.wheels, "six-pack", files={"six_pack.py": "VERSION = 1\n"})
    workshop.require("six-pack==1.0")
    here = Platform(python=f"{sys.version_info.major}.{sys.version_info.minor}", architecture="arm64")
    first = workshop.stage(here)
    monkeypatch.setattr("dynamigrate_cdk.asset.packages.compile_tree", lambda root: pytest.fail("compiled again"))
    second = workshop.stage(here)
    assert list((second.root / "__pycache__").glob("six_pack.*.pyc"))
    assert second.digest == first.digest


def test_too_much_of_it_names_the_largest(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's limit is for all together."""
    make_wheel(workshop.wheels, "whale", files={"whale.py": "#" * 9_000_000})
    workshop.require("whale==1.0")
    monkeypatch.setattr("dynamigrate_cdk.asset.staging._LIMIT", 8_000_000)
    with pytest.raises(SynthError, match=r"Lambda takes 8,000,000\..* The largest: whale\.py \(9\.0 MB\), "):
        workshop.stage()


def test_the_construct_takes_another_file(workshop: Workshop, stack: cdk.Stack) -> None:
    """For the architecture and the runtime that it is given, and says how many it packs."""
    make_wheel(workshop.wheels, "fast", tag=f"{CP}-{CP}-manylinux2014_x86_64")
    pinned = workshop.root / "pinned.txt"
    pinned.write_text("--no-index\n--find-links wheels\nfast==1.0\n")
    migrations = Migrations(
        stack,
        "Migrations",
        migrations=workshop.folder,
        requirements=pinned,
        runtime=lambda_.Runtime(f"python{OTHER}", lambda_.RuntimeFamily.PYTHON),
        architecture=lambda_.Architecture.X86_64,
    )
    assert any("third-party packages: 1," in str(one.data) for one in migrations.node.metadata)


def test_the_engines_needs_are_those_of_its_package() -> None:
    """Both say what it works with."""
    said = {text.partition(";")[0].strip() for text in importlib.metadata.requires("dynamigrate") or ()}
    assert set(ENGINE_NEEDS) <= said


FAKE_UV = """#!{python}
import pathlib, sys
listed = pathlib.Path(sys.argv[sys.argv.index("-r") + 1]).read_text()
pathlib.Path({calls!r}).write_text("\\n".join([*sys.argv[1:], listed]))
root = pathlib.Path(sys.argv[sys.argv.index("--target") + 1])
(root / "six_pack-1.0.dist-info").mkdir(parents=True)
(root / "six_pack-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\\nName: six-pack\\nVersion: 1.0\\n")
(root / "six_pack.py").write_text("")
"""


@pytest.mark.parametrize(
    ("python", "architecture", "expected"),
    [("3.13", "arm64", "aarch64-manylinux_2_34"), ("3.11", "x86_64", "x86_64-manylinux_2_17")],
)
def test_uv_installs_for_the_same_platform(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, python: str, architecture: str, expected: str
) -> None:
    """Where there is no pip; in uv's words, which has no line for hosts that are trusted."""
    calls = workshop.root / "calls"
    uv = workshop.root / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable, calls=str(calls)))
    uv.chmod(0o755)
    monkeypatch.setattr(installer, "_installer", lambda: [str(uv), "pip", "install", "--python", sys.executable])
    workshop.write("requirements.txt", "--index-url https://h/simple\n--trusted-host h\nsix-pack==1.0\n")
    assert workshop.stage(Platform(python=python, architecture=architecture)).packages == 1
    call = calls.read_text()
    for option in (f"--python-platform\n{expected}", f"--python-version\n{python}", "--allow-insecure-host\nh"):
        assert option in call
    assert call.endswith("\n--index-url https://h/simple\nsix-pack==1.0\n")
    assert "--trusted-host" not in call
