"""The shop of the tutorial, as a folder of its own."""

from collections.abc import Mapping
from pathlib import Path

from tests.docs.blocks import PROJECT
from tests.docs.installation import install
from tests.docs.typed_page import File, steps
from tests.docs.typist import Typist, plain

TUTORIAL = PROJECT / "docs" / "tutorial.md"


def write_shop(folder: Path, environment: Mapping[str, str]) -> tuple[Path, dict[str, str]]:
    """
    Write its files.

    Returns:
        Where it is, and *environment* with what is installed there.
    """
    made = dict(environment)

    def make_environment(typist: Typist) -> None:
        made["PATH"] = f"{install(typist.folder / '.venv')}:{made['PATH']}"
        typist.environment = made

    with Typist(folder, plain(environment), instead={"python3 -m venv": make_environment}, background="-") as typist:
        for step in steps(TUTORIAL):
            if isinstance(step, File) or step.command.startswith(("mkdir", "python3 -m venv", "dynamigrate new")):
                typist.do(step)
        return typist.folder, made
