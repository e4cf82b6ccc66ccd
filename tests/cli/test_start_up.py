"""What the program loads before it knows what is asked of it."""

import subprocess
import sys

import pytest

# Each of these takes longer to load than all that a help needs.
HEAVY = ("boto3", "botocore", "aws_cdk", "rich", "pytest", "moto", "dynamigrate_local_aws", "pygments", "markdown_it")

LOADED = """
import sys
sys.argv = ["dynamigrate", *{words!r}]
from dynamigrate_cli.main import run
code = run()
print("loaded:", *sorted({{name.partition(".")[0] for name in sys.modules}}))
sys.exit(code)
"""


def loaded(*words: str) -> set[str]:
    """The names of the packages that a command has loaded by its end."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(words=words)], capture_output=True, text=True, check=False, timeout=60
    )
    *_, last = done.stdout.splitlines()
    assert last.startswith("loaded:"), done.stderr
    return set(last.split()[1:])


@pytest.mark.parametrize(
    "words", [["--help"], ["status", "--help"], ["local", "--help"], ["new", "--help"], ["--version"]]
)
def test_what_needs_no_aws_loads_none(words: list[str]) -> None:
    """Nor what paints."""
    assert loaded(*words).isdisjoint(HEAVY)
