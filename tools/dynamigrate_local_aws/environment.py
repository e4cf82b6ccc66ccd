"""The environments in which the emulator and its clients run: complete, and with nothing of the user's AWS in them."""

import functools
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

# Of a clone: there `make setup` puts the emulator and the CDK CLI. Nothing is found in it where this is installed.
PROJECT = Path(__file__).resolve().parents[2]
ACCOUNT = "000000000000"
REGION = "us-east-1"
# Under these MiniStack takes a caller for the account's root, with IAM enforced too.
ACCESS_KEY = SECRET_KEY = "test"  # noqa: S105

_LOOPBACK = "127.0.0.1,localhost,::1"
_NOT_INHERITED = ("AWS_", "CDK_", "PYTHON")


def access_key(account: str) -> str:
    """The one under which MiniStack takes a caller for the root of *account*, the secret being the same."""
    return ACCESS_KEY if account == ACCOUNT else account


def client_environment(
    endpoint_url: str, directory: Path, *, account: str = ACCOUNT, region: str = REGION
) -> dict[str, str]:
    """
    What a subprocess that is to talk to the embedded AWS gets.

    A proxy stays (synth may need it to reach a package index), but never for loopback. Of the user's AWS, CDK and
    Python settings nothing stays.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    node_modules = PROJECT / "node_modules" / ".bin"
    path = [str(node_modules)] if node_modules.is_dir() else []
    path.append(inherited.get("PATH", os.defpath))
    if find_spec("aws_cdk") is not None:  # what is installed apart from an app's packages can't synthesize it
        path.insert(0, str(Path(sys.executable).parent))
    return inherited | {
        "PATH": os.pathsep.join(path),
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": access_key(account),
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "CDK_HOME": str(directory / "cdk"),  # it remembers accounts by their access keys
        "CDK_DEFAULT_ACCOUNT": account,
        "CDK_DEFAULT_REGION": region,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        # At synth, aws-cdk-lib judges the templates by CloudFormation's rules. Loading these takes longer than all the
        # rest of a synth, so whoever synthesizes often may set this to "false".
        "CDK_VALIDATION": os.environ.get("CDK_VALIDATION", "true"),
        # Node 20 works here; that it grows old is not for every deploy to say.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": _node_major(),
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
    }


def emulator_environment(directory: Path, *, auth: bool) -> dict[str, str]:
    """
    What MiniStack runs in, and the functions too: it hands its own environment on to them.

    So it has as little in it as a real function's would, and all files that they make are below *directory*.
    """
    for name in ("tmp", "home"):
        (directory / name).mkdir(exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": str(directory / "home"),
        "TMPDIR": str(directory / "tmp"),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",  # the host in every ResponseURL
        "AUTH": str(auth).lower(),
        # Two servers on ports of their own that nobody here asks for.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # A real function has it, and SDKs put it into the User-Agent: that tells a function's requests from others.
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "PYTHONUNBUFFERED": "1",
        # How much of a state machine's waits is really waited for; whoever has many of them may set it to less.
        "SFN_WAIT_SCALE": os.environ.get("SFN_WAIT_SCALE", "1"),
    }


@functools.cache
def _node_major() -> str:
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return version.strip().removeprefix("v").partition(".")[0]
