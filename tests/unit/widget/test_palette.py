"""The colours, against what they stand on."""

from collections.abc import Mapping

import pytest

from dynamigrate.widget.palette import DARK, GROUNDS, LIGHT, STATES


def _light(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["text", "quiet", *STATES])
def test_text_can_be_read_on_every_ground(name: str, theme: Mapping[str, str], ink: str) -> None:
    """Also on those of CloudWatch's older and newer dark theme."""
    grounds = [*GROUNDS[name], theme["panel"], theme["button"], *([theme[f"{ink}_tint"]] if ink in STATES else [])]
    assert [one for one in grounds if _contrast(theme[ink], one) < 4.5] == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_a_bar_stands_out_of_its_track(theme: Mapping[str, str], state: str) -> None:
    """By a contrast of 3, as what is no text has to have."""
    assert _contrast(theme[state], theme["track"]) >= 3


def test_both_themes_have_the_same_names() -> None:
    """A colour that one of them has not would be none."""
    assert LIGHT.keys() == DARK.keys()
