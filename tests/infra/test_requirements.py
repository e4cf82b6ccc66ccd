"""A file of requirements, read for the function's platform: what it says, and what it may not say."""

import re
from pathlib import Path

import pytest

from dynamigrate_cdk import SynthError
from dynamigrate_cdk.asset.platform import Platform
from dynamigrate_cdk.asset.requirements import mask, read_requirements

ARM = Platform(python="3.13", architecture="arm64")
HASH = f"sha256:{'a' * 64}"


def pins(folder: Path, text: str | bytes, platform: Platform = ARM) -> list[str]:
    path = folder / "requirements.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [str(pin) for pin in read_requirements(path, platform).pins]


READ: dict[str, tuple[str | bytes, list[str]]] = {
    "an empty file": ("", []),
    "comments alone": ("# nothing\n\n   # at all\n", []),
    "a pin": ("orjson==3.10.18", ["orjson==3.10.18"]),
    "spaces and a comment": ("  orjson == 3.10.18   # fast\n", ["orjson==3.10.18"]),
    "any spelling of a name": ("Typing.Extensions==4.12.2\n", ["typing-extensions==4.12.2"]),
    "exactly equal": ("orjson===3.10.18\n", ["orjson==3.10.18"]),
    "more than a pin": ("orjson>=3,==3.10.18\n", ["orjson==3.10.18"]),
    "parentheses": ("orjson (==3.10.18)\n", ["orjson==3.10.18"]),
    "extras": ("httpx[http2,cli]==0.28.1\n", ["httpx==0.28.1"]),
    "a local version": ("torch==2.0+cpu\n", ["torch==2.0+cpu"]),
    "lines of Windows": ("orjson==3.10.18\r\nidna==3.10\r\n", ["idna==3.10", "orjson==3.10.18"]),
    "a byte order mark": (b"\xef\xbb\xbforjson==3.10.18\n", ["orjson==3.10.18"]),
    "from PowerShell": ("orjson==3.10.18\r\n".encode("utf-16"), ["orjson==3.10.18"]),
    "joined lines": ("orjson==3.10.18 \\\n    --hash=" + HASH + " \\\n    --hash=sha256:bb\n", ["orjson==3.10.18"]),
    "a joined end": ("orjson==3.10.18 \\", ["orjson==3.10.18"]),
    "the same twice": ("orjson==3.10.18\norjson==3.10.18\n", ["orjson==3.10.18"]),
    "a marker that holds": ("orjson==3.10.18; sys_platform == 'linux'\n", ["orjson==3.10.18"]),
    "a marker of another system": ("colorama==0.4.6 ; sys_platform == 'win32' or os_name == 'nt'\n", []),
    "a marker of another processor": ("x==1; platform_machine == 'x86_64'\n", []),
    "a marker of this processor": ("x==1; platform_machine == 'aarch64'\n", ["x==1"]),
    "a marker of the function's Python": (
        "tomli==2; python_version < '3.11'\ny==1; python_full_version >= '3.13'\n",
        ["y==1"],
    ),
    "one version for each Python": ("x==1; python_version<'3.13'\nx==2; python_version>='3.13'\n", ["x==2"]),
    "without effect": ("--pre\n--prefer-binary\n--only-binary=:all:\nx==1\n", ["x==1"]),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ.keys())
def test_it_reads_what_pip_reads(tmp_path: Path, text: str | bytes, expected: list[str]) -> None:
    """Markers are those of the function, wherever the app is synthesized."""
    assert pins(tmp_path, text) == expected


REFUSED: dict[str, tuple[str, str]] = {
    "no version": ("orjson\n", r"not pinned: orjson \(FILE:1\)\. .* write ==.*pip-compile"),
    "a range": ("# x\norjson>=3\n", r"not pinned: orjson>=3 \(FILE:2\)"),
    "a compatible version": ("orjson~=3.1\n", r"not pinned: orjson~=3\.1"),
    "a wildcard": ("orjson==3.*\n", r"not pinned: orjson==3\.\*"),
    "several": ("a\nb>1\n", r"not pinned: a \(FILE:1\), b>1 \(FILE:2\)"),
    "two versions": ("x==1\nX==2\n", r"FILE:2 asks for x==2, and FILE:1 for x==1\. Keep one of them"),
    "at odds with itself": ("x==1,>2\n", r"FILE:1 asks for x==1,>2, and FILE:1 for"),
    "editable": ("-e ./mine\n", r"FILE:1 asks for \./mine, which is a place and no version\. Build a wheel of it"),
    "editable, long": ("--editable=git+https://h/x\n", r"FILE:1 asks for git\+https://h/x, which is a place"),
    "a folder": ("./mine\n", r"asks for \./mine, which is a place"),
    "a folder above": ("../mine\n", r"asks for \.\./mine, which is a place"),
    "an absolute path": ("/opt/mine\n", r"asks for /opt/mine, which is a place"),
    "a wheel": ("mine-1.0-py3-none-any.whl\n", r"asks for mine-1\.0-py3-none-any\.whl, which is a place"),
    "an archive": ("mine-1.0.tar.gz\n", r"asks for mine-1\.0\.tar\.gz, which is a place"),
    "a repository": ("git+ssh://git@h/x.git@main\n", r"asks for git\+ssh://\*{4}@h/x\.git@main, which"),
    "a named place": ("mine @ https://me:secret@h/x.whl\n", r"asks for https://\*{4}@h/x\.whl, which is a place"),
    "a named file": ("mine @ file:///x.whl\n", r"asks for file:///x\.whl, which is a place"),
    "nonsense": ("what is this\n", r"FILE:1: 'what is this' is no requirement \(.*\)\. Write it as name==1\.2\.3"),
    "a build option": ("x==1 --config-settings=a=b\n", r"has '--config-settings=a=b', which is for building a package"),
    "no binaries": ("--no-binary x\nx==1\n", r"FILE:1 has the option --no-binary, which can't be followed"),
    "an option without value": ("-r\n", r"FILE:1 has --requirement without a value"),
    "a missing file": ("-r other.txt\n", r"other\.txt, which FILE:1 names, can't be read: No such file"),
    "a file elsewhere": ("-r https://h/x.txt\n", r"names a file elsewhere, https://h/x\.txt"),
    "some with hashes": (f"x==1 --hash={HASH}\ny==1\n", r"FILE: y==1 \(FILE:2\) has no hash, and others have"),
    "hashes required": ("--require-hashes\nx==1\n", r"FILE: x==1 \(FILE:2\) has no hash"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_one_version_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """With the file, the line, and how it is written."""
    with pytest.raises(
        SynthError, match=message.replace("FILE", re.escape(str(tmp_path / "requirements.txt")))
    ) as raised:
        pins(tmp_path, text)
    assert "secret" not in str(raised.value)


def test_no_text_is_said(tmp_path: Path) -> None:
    """An archive under a wrong name, for one."""
    with pytest.raises(SynthError, match=r"requirements\.txt is no text in UTF-8 .* Save it as UTF-8"):
        pins(tmp_path, b"\x80\x81")


def test_files_name_files(tmp_path: Path) -> None:
    """From where they are; each other too."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "base.txt").write_text("x==1\n-r ../requirements.txt\n--requirement=other.txt\n")
    (tmp_path / "more" / "other.txt").write_text("y==1\n")
    assert pins(tmp_path, "-rmore/base.txt\nz==1\n") == ["x==1", "y==1", "z==1"]


@pytest.mark.parametrize("option", ["-c pins.txt", "--constraint pins.txt", "--constraint=pins.txt"])
def test_constraints_pin(tmp_path: Path, option: str) -> None:
    """What is asked for gets its version there; what is not asked for does not come."""
    (tmp_path / "pins.txt").write_text("x==1.5\nunused==1\n")
    assert pins(tmp_path, f"{option}\nX>=1\n") == ["x==1.5"]
    with pytest.raises(SynthError, match=r"asks for x==2, and .*pins\.txt:1 for x==1\.5"):
        pins(tmp_path, f"{option}\nx==2\n")


def test_where_to_look_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With variables filled in, and folders from where the file is."""
    monkeypatch.setenv("TOKEN", "secret")
    (tmp_path / "wheels").mkdir()
    path = tmp_path / "requirements.txt"
    path.write_text("-i https://me:${TOKEN}@h/simple --extra-index-url=https://h/${OTHER}\n-f wheels\n--no-index\nx==1")
    found = read_requirements(path, ARM)
    assert found.options == (
        "--index-url https://me:secret@h/simple",
        "--extra-index-url https://h/${OTHER}",
        f"--find-links {tmp_path / 'wheels'}",
        "--no-index",
    )
    assert found.links == (tmp_path / "wheels",)
    assert mask(found.options[0]) == "--index-url https://****@h/simple"


def test_wheels_of_the_functions_c_library_are_taken() -> None:
    """Python 3.11 runs on Amazon Linux 2, with an older one than the others."""
    assert ARM.wheel_platforms[0] == "manylinux_2_34_aarch64"
    assert "manylinux2014_aarch64" in ARM.wheel_platforms
    assert ARM.uv_platform == "aarch64-manylinux_2_34"
    old = Platform(python="3.11", architecture="x86_64")
    assert old.wheel_platforms[0] == "manylinux_2_26_x86_64"
    assert "manylinux1_x86_64" in old.wheel_platforms
    assert old.uv_platform == "x86_64-manylinux_2_17"
