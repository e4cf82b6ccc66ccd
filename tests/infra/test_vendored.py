"""The function's dependencies: installed once, kept whole, and never from anywhere but the lock."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dynamigrate_cdk import VendoringFailed
from dynamigrate_cdk.asset import installed, installer
from dynamigrate_cdk.asset import vendored as module
from dynamigrate_cdk.asset.cache import CACHE_VARIABLE, cache_folder
from dynamigrate_cdk.asset.requirements import Pin
from dynamigrate_cdk.asset.tree import files
from dynamigrate_cdk.asset.vendored import LOCK, vendored

# Stands in for pip: puts a few files where pip would put them.
FAKE_PIP = """
import pathlib, sys
root = pathlib.Path(sys.argv[sys.argv.index("--target") + 1])
for name in [
    "aws_lambda_powertools/__init__.py",
    "aws_lambda_powertools/event_handler/large.py",
    "aws_lambda_powertools/utilities/__init__.py",
    "aws_lambda_powertools/utilities/typing/__init__.py",
    "aws_lambda_powertools/utilities/parser/__init__.py",
    "aws_lambda_powertools/__pycache__/x.pyc",
    "aws_lambda_powertools-3.dist-info/METADATA",
    "aws_lambda_powertools-3.dist-info/RECORD",
    "aws_lambda_powertools-3.dist-info/licenses/LICENSE",
    "bin/jp.py",
]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name)
with open(root.parents[2] / "calls", "a") as calls:
    listed = pathlib.Path(sys.argv[sys.argv.index("-r") + 1]).read_text()
    print(*sys.argv[1:], *listed.split(), file=calls)
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, nothing installed that could be copied, and a stand-in for pip."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(module, "copy_installed", lambda pins, target: list(pins))
    monkeypatch.setattr(installer, "_installer", lambda: [sys.executable, "-c", FAKE_PIP])
    return tmp_path / "cache"


def calls(cache: Path) -> list[str]:
    return (cache / "calls").read_text().splitlines()


def test_only_what_is_used_is_kept(cache: Path) -> None:
    """Neither the installer's notes, which differ from machine to machine, nor the larger part of Powertools."""
    assert list(files(vendored())) == [
        "aws_lambda_powertools-3.dist-info/METADATA",
        "aws_lambda_powertools-3.dist-info/licenses/LICENSE",
        "aws_lambda_powertools/__init__.py",
        "aws_lambda_powertools/utilities/__init__.py",
        "aws_lambda_powertools/utilities/typing/__init__.py",
    ]


def test_it_is_installed_once(cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The second synth needs no network, and says nothing."""
    first = vendored()
    assert "installing the function's dependencies, once, into" in capfd.readouterr().err
    assert vendored() == first
    assert len(calls(cache)) == 1
    assert capfd.readouterr().err == ""


def test_the_installer_is_held_to_the_lock(cache: Path) -> None:
    """Hashes, no dependencies of dependencies, no code that runs while it installs."""
    vendored()
    (call,) = calls(cache)
    for option in ("--require-hashes", "--no-deps", "--only-binary :all:"):
        assert option in call
    hashes = re.findall(r"--hash=(\S+)", LOCK.read_text())
    assert re.findall(r"--hash=(\S+)", call) == hashes


def test_the_lock_pins_all_by_hash() -> None:
    """Every requirement is exact and has one hash: a pure Python wheel."""
    lock = LOCK.read_text()
    pins = re.findall(r"^([\w-]+)==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}$", lock, re.MULTILINE)
    assert pins == ["aws-lambda-powertools", "jmespath", "typing_extensions"]
    assert lock.count("--hash") == len(pins)


@pytest.mark.parametrize("damage", ["change", "delete", "add"])
def test_a_damaged_copy_is_replaced(cache: Path, damage: str) -> None:
    """As a cleaner of temporary files leaves it."""
    victim = vendored() / "aws_lambda_powertools" / ("new.py" if damage == "add" else "__init__.py")
    if damage == "delete":
        victim.unlink()
    else:
        victim.write_text("import nothing")
    before = sorted(files(vendored()))
    assert "aws_lambda_powertools/__init__.py" in before
    assert "aws_lambda_powertools/new.py" not in before
    assert len(calls(cache)) == 2


def test_nothing_half_made_stays(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed installation leaves the cache as it was, and says why and what to do."""
    program = "import sys; sys.exit('ERROR: no matching distribution')"
    monkeypatch.setattr(installer, "_installer", lambda: [sys.executable, "-c", program])
    with pytest.raises(VendoringFailed) as raised:
        vendored()
    message = str(raised.value)
    assert "could not be installed (exit code 1):\n    ERROR: no matching distribution\n" in message
    assert f"copy {cache} from a machine that has it, or set {CACHE_VARIABLE} to a copy" in message
    assert list(cache.iterdir()) == []


def test_two_synths_at_once_both_get_it(cache: Path) -> None:
    """Whoever comes second keeps what the first has made."""
    script = (
        "import sys\n"
        "from dynamigrate_cdk.asset import installer, vendored as module\n"
        "module.copy_installed = lambda pins, target: list(pins)\n"
        f"installer._installer = lambda: [sys.executable, '-c', {FAKE_PIP!r}]\n"
        "print(module.vendored())\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert {output for output, _ in outputs} == {f"{vendored()}\n"}
    assert [path.name for path in cache.iterdir() if path.name.startswith("making-")] == []


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable that names another."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "cache"))
    with pytest.raises(VendoringFailed, match=rf"can't be kept in .*Set {CACHE_VARIABLE} to a folder"):
        vendored()


def test_uv_installs_without_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Environments that uv makes have no pip; without either, the error says how to get one."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installer._installer() == [str(uv), "pip", "install", "--python", sys.executable]
    monkeypatch.setenv("PATH", "")
    with pytest.raises(VendoringFailed, match=r"has no pip, and there is no uv on the PATH\. Run .* -m ensurepip"):
        installer._installer()


def test_the_cache_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Never the source tree, nor the folder of the app."""
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "dynamigrate"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "dynamigrate"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "dynamigrate"


def test_what_is_installed_beside_the_construct_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The very versions, so that the first synth on a machine asks no index, and says nothing."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "empty"))
    monkeypatch.setattr(installer, "_installer", lambda: pytest.fail("an index is asked"))
    copied = vendored()
    assert "aws_lambda_powertools/logging/logger.py" in files(copied)
    assert capfd.readouterr().err == ""


RECORD = "six_pack/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\nsix_pack-1.0.dist-info/WHEEL,,\n"
PURE = "Root-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.mark.parametrize(
    ("change", "copied"),
    [
        ({}, True),
        ({"six_pack/__init__.py": "edited = True"}, False),
        ({"six_pack-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: six-pack\nVersion: 1.1\n"}, False),
        ({"six_pack-1.0.dist-info/WHEEL": "Root-Is-Purelib: false\nTag: cp311-cp311-linux_x86_64\n"}, False),
        ({"six_pack-1.0.dist-info/direct_url.json": "{}"}, False),
        ({"six_pack-1.0.dist-info/RECORD": RECORD + "six_pack/gone.py,sha256=x,0\n"}, False),
        ({"six_pack-1.0.dist-info/RECORD": ""}, False),
    ],
    ids=["as it came", "edited", "another version", "compiled", "from a folder", "a file is gone", "no record"],
)
def test_only_an_untouched_package_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], copied: bool
) -> None:
    """What was edited, built elsewhere or is another version comes from the index."""
    site = {
        "six_pack/__init__.py": "",
        "six_pack-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: six-pack\nVersion: 1.0\n",
        "six_pack-1.0.dist-info/WHEEL": PURE,
        "six_pack-1.0.dist-info/RECORD": RECORD,
    }
    for name, text in {**site, **change}.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path / "site")
    pin = Pin(name="six-pack", version="1.0")
    missing = installed.copy_installed([pin], tmp_path / "target")
    assert (missing == []) is copied
    assert (tmp_path / "target" / "six_pack").is_dir() is copied
