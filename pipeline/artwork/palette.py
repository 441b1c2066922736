"""The colours that poster and storyboard share; a scene has the same one on both."""

from __future__ import annotations

BACKGROUND = "#0d1017"
PANEL = "#151a26"
RULE = "#2a3142"
INK = "#eef1f7"
MUTED = "#8d97ab"

# Neighbours on the wheel are far apart in the list: scenes that follow each other must differ.
_SCENES = ("#ff7b72", "#63d297", "#a98bfa", "#ffb05c", "#3fd0c9", "#f58fb8", "#ffdc5e", "#5aaef7")


def scene_colour(position: int) -> str:
    """Return the colour of the scene at a position, counted from 0."""
    return _SCENES[position % len(_SCENES)]
