"""What packages need, and what the engine needs of them."""

import importlib.metadata

import pytest

from dynamigrate_cdk import SynthError
from dynamigrate_cdk.asset.packages import ENGINE_NEEDS
from tests.infra.packages.project import Project
from tests.infra.wheels import make_wheel

pytestmark = pytest.mark.slow


def test_what_a_package_needs_must_be_pinned_too(project: Project) -> None:
    """For the function's platform, with the extras that are asked for; what the runtime has need not."""
    needs = [
        "other>=2",
        "boto3",
        "win; sys_platform == 'win32'",
        "arm; platform_machine == 'aarch64'",
        "more[most]; extra == 'all'",
        "never; extra == 'none'",
    ]
    make_wheel(project.wheels, "six-pack", requires=needs, extras=["all", "none"])
    make_wheel(project.wheels, "more", requires=["deep; extra == 'most'"], extras=["most"])
    project.require("six-pack[all]==1.0", "more==1.0")
    missing = r"requirements\.txt does not list arm \(six-pack 1\.0 needs it\), deep \(more 1\.0 needs it\), other>=2 "
    with pytest.raises(SynthError, match=missing + r"\(six-pack 1\.0 needs it\)\. Pin these too.*pip-compile"):
        project.stage()


def test_pins_must_go_together(project: Project) -> None:
    """Nothing was resolved, so it is checked."""
    make_wheel(project.wheels, "six-pack", requires=["other>=2"])
    make_wheel(project.wheels, "other", "1.5")
    project.require("six-pack==1.0", "other==1.5")
    with pytest.raises(SynthError, match=r"six-pack 1\.0 needs other>=2, and 1\.5 is pinned\. Pin versions that go"):
        project.stage()


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
def test_what_the_engine_needs_stays_as_it_needs_it(project: Project, pin: str, message: str) -> None:
    """A pin that breaks it is refused at synth, not by the first deploy."""
    name, _, version = pin.partition("==")
    make_wheel(project.wheels, name, version)
    project.require(pin)
    with pytest.raises(SynthError, match=message):
        project.stage()


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
def test_no_package_hides_another_module(project: Project, module: str, what: str) -> None:
    """Of two with one name the function would find one."""
    make_wheel(project.wheels, "six-pack", files={f"{module}.py": ""})
    project.require("six-pack==1.0")
    with pytest.raises(SynthError, match=rf"requirements\.txt brings a module named {module}, which {what}"):
        project.stage()


def test_the_engine_itself_may_be_listed(project: Project) -> None:
    """In a file that the tests of the migrations use too: the asset has that version already."""
    version = importlib.metadata.version("dynamigrate")
    project.require(f"dynamigrate=={version}")
    assert project.stage().packages == 0


def test_the_engines_needs_are_those_of_its_package() -> None:
    """Both say what it works with."""
    said = {text.partition(";")[0].strip() for text in importlib.metadata.requires("dynamigrate") or ()}
    assert set(ENGINE_NEEDS) <= said
