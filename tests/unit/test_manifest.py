"""The manifest that stands in for the files of a folder of migrations."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynamigrate import (
    FolderSource,
    InvalidMigration,
    NoMigrationsAvailable,
)
from dynamigrate.contract.manifest import MANIFEST_NAME, Manifest, load_manifest, read_folder
from tests.unit.migration_files import DO, write


class TestTheManifest:
    """What is written at synth and read at a cold start."""

    def test_comes_back_as_it_was(self, tmp_path: Path) -> None:
        """Through its JSON, field by field."""
        write(tmp_path, m10_ten='changed = "ignore"\n' + DO, m9_größe=DO + "undo = do")
        manifest = replace(read_folder(tmp_path), digest="0a" * 32)
        assert Manifest.from_json(manifest.to_json()) == manifest

    def test_is_the_same_for_the_same_files(self, tmp_path: Path) -> None:
        """To the byte, so that an asset's hash changes only with its content."""
        texts = set()
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            write(tmp_path / name, m1_one="", m2_two="")
            texts.add(read_folder(tmp_path / name).to_json())
        assert len(texts) == 1

    def test_stands_in_for_the_files(self, tmp_path: Path) -> None:
        """They are not even read."""
        write(tmp_path, m1_one="")
        manifest = replace(read_folder(tmp_path), digest="d")
        (tmp_path / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
        write(tmp_path, m1_one="not python at all (", m2_two="")
        assert load_manifest(tmp_path) == manifest
        assert [migration.id for migration in FolderSource(tmp_path).load()] == ["1"]

    def test_is_not_needed(self, tmp_path: Path) -> None:
        """Without one the files are read."""
        write(tmp_path, m1_one="")
        assert load_manifest(tmp_path) == read_folder(tmp_path)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            "{}",
            '{"migrations": 1, "digest": ""}',
            '{"migrations": []}',
            '{"migrations": [1], "digest": ""}',
            '{"migrations": [{}], "digest": ""}',
            '{"migrations": [{"id": "1", "colour": "red"}], "digest": ""}',
            "\ud800",
        ],
    )
    def test_that_is_none_is_refused(self, tmp_path: Path, text: str) -> None:
        """With its path and what to do, as every other mistake in the folder."""
        write(tmp_path, m1_one="")
        path = tmp_path / MANIFEST_NAME
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with pytest.raises(InvalidMigration) as caught:
            FolderSource(tmp_path).load()
        assert str(caught.value).startswith(f"{path} is no manifest (")
        assert str(caught.value).endswith("Synthesize and deploy again, or delete it to have the files read.")

    def test_that_lists_nothing_is_an_empty_source(self, tmp_path: Path) -> None:
        """As a folder without migrations."""
        (tmp_path / MANIFEST_NAME).write_text(Manifest(migrations=()).to_json(), encoding="utf-8")
        with pytest.raises(NoMigrationsAvailable, match="lists no migration"):
            FolderSource(tmp_path).load()

    @pytest.mark.parametrize(
        "field", [{"id": "x"}, {"id": 1}, {"out_of_order": "maybe"}, {"changed": "maybe"}, {"replaces": ["x"]}], ids=str
    )
    def test_is_checked_when_it_is_read(self, tmp_path: Path, field: dict[str, Any]) -> None:
        """What a migration may not be, it may not be by way of a manifest."""
        write(tmp_path, m1_one="")
        content = json.loads(read_folder(tmp_path).to_json())
        content["migrations"][0] |= field
        (tmp_path / MANIFEST_NAME).write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(InvalidMigration, match=r"is no manifest \(ValueError: ManifestEntry\(.* is no migration\)"):
            FolderSource(tmp_path).load()
