"""The part of a sound that a link means counts where nobody chose another."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.worker.sound_source import LocalSound
from pipeline.media.probe import SoundInfo
from pipeline.recipe import Recipe


def sound(section_s: tuple[float, float] | None) -> LocalSound:
    return LocalSound(Path("a.mp3"), None, section_s=section_s)


@pytest.mark.parametrize(
    ("section_s", "chosen", "part"),
    [
        (None, {}, (0.0, None)),
        ((29.0, 39.5), {}, (29.0, 10.5)),
        ((0.0, 39.5), {}, (0.0, 39.5)),
        ((29.0, 39.5), {"start_s": 5.0}, (5.0, None)),
        ((29.0, 39.5), {"duration_s": 5.0}, (0.0, 5.0)),
        (None, {"start_s": 5.0, "duration_s": 5.0}, (5.0, 5.0)),
    ],
)
def test_the_part_of_a_clip_is_used_unless_another_is_chosen(section_s, chosen, part) -> None:
    used = sound(section_s).part(Recipe(theme="birds", **chosen))
    assert (used.start_s, used.duration_s) == part
    assert sound(section_s).part(used) == used, "bringing it again cuts nothing more"


@pytest.mark.parametrize(
    ("title", "in_the_file", "names_itself", "heading"),
    [
        ("song", "Eight Bars", True, "Eight Bars"),
        ("song", None, True, "song"),
        ("What the page says", "Eight Bars", False, "What the page says"),
        (None, "Eight Bars", False, "Eight Bars"),
        (None, None, True, None),
    ],
)
def test_a_file_names_itself_and_a_page_names_its_sound(
    title: str | None, in_the_file: str | None, names_itself: bool, heading: str | None
) -> None:
    info = SoundInfo("mov", "aac", 5.0, 2, 44_100, False, in_the_file)
    assert LocalSound(Path("a.m4a"), title, names_itself=names_itself).heading(info) == heading
