"""What the embedded AWS needs on a machine: an environment of its own, and the CDK's command line."""

from pathlib import Path

import pytest

from dynamigrate_local_aws import cdk, installation
from dynamigrate_local_aws.cdk import find_cdk
from dynamigrate_local_aws.installation import InstallationFailed, installed_python


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is required, so nothing is asked of an index."""
    path = tmp_path / "requirements.txt"
    path.write_text("")
    monkeypatch.setattr(installation, "REQUIREMENTS", path)
    return path


class TestTheEnvironment:
    """Made once, and never half."""

    @pytest.mark.slow
    def test_is_made_once(self, requirements: Path, tmp_path: Path) -> None:
        """The second call finds it, and says nothing."""
        said: list[str] = []
        python = installed_python(tmp_path / "cache", say=said.append)
        assert python.exists()
        assert said == [f"Installing the embedded AWS with pip, once, into {python.parents[1]}."]
        assert installed_python(tmp_path / "cache", say=said.append) == python
        assert len(said) == 1

    @pytest.mark.slow
    def test_that_failed_counts_for_none(self, requirements: Path, tmp_path: Path) -> None:
        """pip's own words say why; what it left is made anew the next time."""
        requirements.write_text("--no-index\nno-such-package-of-anybody==1\n")
        for _ in range(2):
            with pytest.raises(
                InstallationFailed, match="No matching distribution found for no-such-package-of-anybody"
            ):
                installed_python(tmp_path / "cache", say=lambda _text: None)

    def test_needs_a_folder_that_can_be_written(self, requirements: Path, tmp_path: Path) -> None:
        """By its name, with the reason."""
        (tmp_path / "cache").write_text("a file")
        with pytest.raises(InstallationFailed, match=r"cache/embedded-aws-3\.\d+-\w+ can't be made: File exists"):
            installed_python(tmp_path / "cache", say=lambda _text: None)


class TestTheCdk:
    """The one that the app has."""

    def _tool(self, folder: Path, *parts: str) -> Path:
        path = folder.joinpath(*parts, "cdk")
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    def test_is_in_the_nearest_node_modules(self, tmp_path: Path) -> None:
        """As npx has it: a folder of a workspace finds the workspace's."""
        outer = self._tool(tmp_path, "node_modules", ".bin")
        (tmp_path / "service").mkdir()
        assert find_cdk(tmp_path / "service", {}) == outer
        inner = self._tool(tmp_path, "service", "node_modules", ".bin")
        assert find_cdk(tmp_path / "service", {}) == inner

    def test_is_else_on_the_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """And where it is nowhere, that is said, with how to get it."""
        monkeypatch.setattr(cdk, "PROJECT", tmp_path)
        with pytest.raises(
            FileNotFoundError, match=r"neither in node_modules nor on the path\. .*npm install aws-cdk@2"
        ):
            find_cdk(tmp_path, {"PATH": str(tmp_path / "bin")})
        found = self._tool(tmp_path, "bin")
        assert find_cdk(tmp_path, {"PATH": str(tmp_path / "bin")}) == found
