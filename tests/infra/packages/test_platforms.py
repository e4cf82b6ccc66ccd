"""Wheels for the function's platform, whatever this machine is."""

import re

import pytest

from dynamigrate_cdk import SynthError
from dynamigrate_cdk.asset import Platform
from tests.infra.packages.project import CP, OTHER, Project
from tests.infra.wheels import make_wheel

pytestmark = pytest.mark.slow


def test_the_wheel_for_the_functions_platform_is_taken(project: Project) -> None:
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
        make_wheel(project.wheels, "fast", files={"fast.py": f"FOR = {name!r}\n"}, tag=tag)
    project.require("fast==1.0")
    assert "'arm'" in (project.unzipped() / "fast.py").read_text()
    x86 = project.unzipped(Platform(python=OTHER, architecture="x86_64"))
    assert "'x86'" in (x86 / "fast.py").read_text()


def test_a_wheel_of_the_stable_interface_is_taken(project: Project) -> None:
    """Made for an older Python, as cryptography's."""
    make_wheel(project.wheels, "fast", tag="cp39-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64")
    project.require("fast==1.0")
    assert (project.unzipped() / "fast").is_dir()


def test_a_wheel_for_another_platform_is_an_error(project: Project) -> None:
    """Which says what there is, and what the function has."""
    wheel = make_wheel(project.wheels, "fast", tag=f"{CP}-{CP}-manylinux2014_x86_64")
    project.require("fast==1.0")
    message = rf"requirements\.txt:3 asks for fast==1\.0, and {re.escape(str(wheel))} is for another platform"
    with pytest.raises(SynthError, match=rf"{message}.*has Python {OTHER} on Linux, arm64.*the other architecture"):
        project.stage()
