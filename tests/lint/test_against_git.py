"""Ids compared with those of another revision, in repositories of git that are made for it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dynamigrate_lint import NoBase, lint
from tests.lint.folders import write

DO = "def do(ctx):\n    pass\n"
_GIT = shutil.which("git")

pytestmark = pytest.mark.skipif(_GIT is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One whose branch ``main`` has two migrations, and which is on a branch of its own."""
    top = tmp_path / "top"
    write(top / "app/migrations", {"20261101090000_a.py": DO, "20261103090000_c.py": DO})
    git(top, "init", "--quiet", "--initial-branch=main")
    commit(top)
    git(top, "switch", "--quiet", "--create", "work")
    return top


def git(top: Path, *arguments: str) -> None:
    """As nobody in particular, whatever is set on this machine."""
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=top, check=True, capture_output=True, env=environment)


def commit(top: Path) -> None:
    git(top, "add", ".")
    git(top, "commit", "--quiet", "--message", "more")


def late(top: Path, reference: str = "main") -> list[str]:
    return [one.path.name for one in lint(top / "app/migrations", against=reference) if one.code == "DYN003"]


def test_a_new_migration_that_is_older_than_the_newest_one_there_is_found(repository: Path) -> None:
    """Whether it is committed or not; with both ids."""
    folder = write(repository / "app/migrations", {"20261102090000_b.py": DO, "20261104090000_d.py": DO})
    [finding] = lint(folder, against="main")
    assert (finding.code, finding.path.name) == ("DYN003", "20261102090000_b.py")
    assert finding.message == (
        "20261102090000 is new here, and older than 20261103090000, the newest of main: where that is applied, the next "
        "deploy fails."
    )
    commit(repository)
    assert late(repository) == ["20261102090000_b.py"]


def test_what_came_to_main_meanwhile_counts(repository: Path) -> None:
    """The branch's migration was the newest when it was written."""
    folder = write(repository / "app/migrations", {"20261104090000_d.py": DO})
    commit(repository)
    assert late(repository) == []
    git(repository, "switch", "--quiet", "main")
    write(folder, {"20261105090000_e.py": DO})
    commit(repository)
    git(repository, "switch", "--quiet", "work")
    assert late(repository) == ["20261104090000_d.py"]


def test_what_main_has_taken_away_meanwhile_is_not_new(repository: Path) -> None:
    """The older one was squashed there."""
    git(repository, "switch", "--quiet", "main")
    git(repository, "rm", "--quiet", "app/migrations/20261101090000_a.py")
    commit(repository)
    git(repository, "switch", "--quiet", "work")
    assert late(repository) == []


def test_a_migration_may_say_that_its_order_does_not_matter(repository: Path) -> None:
    """The deploy goes by the same word."""
    write(repository / "app/migrations", {"20261102090000_b.py": f'out_of_order = "allow"\n\n\n{DO}'})
    assert late(repository) == []


def test_a_folder_that_is_new_has_nothing_to_be_late_for(repository: Path) -> None:
    """However low its ids are."""
    write(repository / "other", {"20200101000000_a.py": DO})
    assert lint(repository / "other", against="main") == ()


@pytest.mark.parametrize("reference", ["nowhere", "--upload-pack=touch x", "", "main:app"])
def test_an_unknown_revision_is_an_error(reference: str, repository: Path) -> None:
    """And is never taken for an option of git."""
    with pytest.raises(NoBase, match="revision"):
        late(repository, reference)


def test_no_repository_is_an_error(tmp_path: Path) -> None:
    """It says how to lint without one."""
    folder = write(tmp_path / "migrations", {"20261101090000_a.py": DO})
    with pytest.raises(NoBase, match=r"is in no git repository .*Lint without --against"):
        lint(folder, against="main")


def test_a_shallow_clone_is_an_error_that_says_how_to_have_the_rest(repository: Path, tmp_path: Path) -> None:
    """As actions/checkout makes it: where the branches parted is not in it."""
    write(repository / "app/migrations", {"20261104090000_d.py": DO})
    commit(repository)
    git(repository, "switch", "--quiet", "main")
    write(repository / "app/migrations", {"20261105090000_e.py": DO})
    commit(repository)
    clone = tmp_path / "clone"
    url = repository.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=work", url, str(clone))
    with pytest.raises(NoBase, match=r"This clone is shallow.*git fetch --unshallow"):
        late(clone, "origin/main")


def test_no_git_is_an_error(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No comparison is no finding, and must not look like one."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoBase, match="git is not installed"):
        late(repository)


def test_a_hook_of_git_may_ask(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given the repository's place relative to where it began."""
    write(repository / "app/migrations", {"20261102090000_b.py": DO})
    monkeypatch.chdir(repository)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert late(repository) == ["20261102090000_b.py"]
