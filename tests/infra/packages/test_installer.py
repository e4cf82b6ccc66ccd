"""Packages are fetched by pip or uv, or copied from what is installed here."""

import sys
import zipfile

import pytest

from dynamigrate_cdk import VendoringFailed
from dynamigrate_cdk.asset import Platform, installer
from dynamigrate_cdk.asset.tree import files
from tests.infra.packages.project import OTHER, Project
from tests.infra.unzipped import unzipped
from tests.infra.wheels import make_wheel


def test_a_package_that_cannot_be_had_is_told(project: Project) -> None:
    """No wheel at all, or a source distribution alone: nothing is built, and nothing stays behind."""
    (project.wheels / "slow-1.0.tar.gz").write_bytes(b"")
    project.require("slow==1.0")
    with pytest.raises(VendoringFailed, match=rf"There is no wheel of slow==1\.0 for Python {OTHER} on Linux, arm64"):
        project.stage()
    assert not list((project.root / "cache").glob("packages-*"))


def test_a_package_that_is_installed_here_needs_no_index(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pure Python in the very version; with a hash it must be the very file, so it is fetched."""
    site = project.root / "site"
    with zipfile.ZipFile(make_wheel(project.wheels, "six-pack")) as archive:
        archive.extractall(site)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(installer, "_installer", lambda: [sys.executable, "-c", "import sys; sys.exit('asked')"])
    project.write("requirements.txt", "six-pack==1.0\n")
    staged = project.stage()
    assert [name for name in files(unzipped(staged.archive)) if name.startswith("six_pack")] == [
        "six_pack-1.0.dist-info/METADATA",
        "six_pack-1.0.dist-info/licenses/LICENSE",
        "six_pack/__init__.py",
    ]
    project.write("requirements.txt", f"six-pack==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(VendoringFailed, match="asked"):
        project.stage()


def test_credentials_are_not_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the error, and not on the command line, which every user of the machine can see."""
    program = "import sys; sys.exit('no ' + ' '.join(sys.argv) + open(sys.argv[-1]).read())"
    monkeypatch.setattr(installer, "_installer", lambda: [sys.executable, "-c", program])
    project.write("requirements.txt", "--index-url https://me:secret@h/simple\nx==1\n")
    with pytest.raises(VendoringFailed, match=r"--index-url https://\*\*\*\*@h/simple") as raised:
        project.stage()
    assert "secret" not in str(raised.value)
    assert "--index-url" not in str(raised.value).partition("requirements.txt")[0]


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
    project: Project, monkeypatch: pytest.MonkeyPatch, python: str, architecture: str, expected: str
) -> None:
    """Where there is no pip; in uv's words, which has no line for hosts that are trusted."""
    calls = project.root / "calls"
    uv = project.root / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable, calls=str(calls)))
    uv.chmod(0o755)
    monkeypatch.setattr(installer, "_installer", lambda: [str(uv), "pip", "install", "--python", sys.executable])
    project.write("requirements.txt", "--index-url https://h/simple\n--trusted-host h\nsix-pack==1.0\n")
    assert project.stage(Platform(python=python, architecture=architecture)).packages == 1
    call = calls.read_text()
    for option in (f"--python-platform\n{expected}", f"--python-version\n{python}", "--allow-insecure-host\nh"):
        assert option in call
    assert call.endswith("\n--index-url https://h/simple\nsix-pack==1.0\n")
    assert "--trusted-host" not in call
