"""The pictures of the documentation are those that are taken, each of a command that is there."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.docs.blocks import PROJECT, pages
from tests.terminal.scenes import SCENES, Scene

_FOLDER = PROJECT / "docs" / "pictures"
_TAKEN = [scene for scene in SCENES if scene.name]


def test_every_picture_is_shown_and_no_other() -> None:
    """None is left of what was, no page shows one that is not there, and each command's is among them."""
    shown = {
        (page.parent / path).resolve()
        for page in pages()
        for path in re.findall(
            r"!\[[^\]]+\]\(([^)\s]*pictures/[^)\s#]+)(?:#only-(?:light|dark))?\)", page.read_text(encoding="utf-8")
        )
    }
    taken = {_FOLDER / f"{scene.name}.svg" for scene in _TAKEN}
    assert shown == set(_FOLDER.iterdir())
    assert taken <= shown


@pytest.mark.parametrize("scene", _TAKEN, ids=lambda scene: scene.name)
def test_a_picture_says_what_was_typed(scene: Scene) -> None:
    """And has a title, for whoever can't see it."""
    root = ET.fromstring(Path(_FOLDER / f"{scene.name}.svg").read_text(encoding="utf-8"))
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:2] == ["$", scene.command], "take it again: make pictures"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == scene.title
    assert len(texts) > 2


@pytest.mark.parametrize("scene", _TAKEN, ids=lambda scene: scene.name)
def test_what_is_on_a_picture_can_be_read(scene: Scene) -> None:
    """Each color stands out against what is behind it, 4.5 to 1, as the WCAG has it."""
    root = ET.fromstring(Path(_FOLDER / f"{scene.name}.svg").read_text(encoding="utf-8"))
    behind = next(one.attrib["fill"] for one in root.iter("{http://www.w3.org/2000/svg}rect"))
    for one in root.iter("{http://www.w3.org/2000/svg}text"):
        if re.search(r"\w", one.text or ""):
            assert _contrast(one.attrib["fill"], behind) >= 4.5, one.text


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
