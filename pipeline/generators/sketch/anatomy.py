"""The anatomy that all thousand categories share: which parts there are, and the numbers that each of them has.

A picture is a fixed list of parts, drawn in this order. A category that has no tail has one all the same, of size
zero, at the place where it would grow from; so a class mix is a mix of numbers, and a morph moves parts instead of
fading pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.generators.sketch.outlines import POINTS

Kind = Literal["scene", "glow", "part"]


class Group(IntEnum):
    """Parts that move together; each category says about which point."""

    SCENE = 0
    BODY = 1
    HEAD = 2
    TAIL = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """A part's role.

    Attributes
    ----------
    name : str
        What the drawing files call it.
    group : Group
        What it moves with.
    kind : {"scene", "glow", "part"}
        How it is filled: from top to bottom, from its middle to nothing, or lit from one side.
    sway_deg : float
        How far it swings when nothing else is said.
    beat : int
        Which of the swings it follows (`pose.BEATS` of them); two limbs of one beat swing together.
    edge : float
        Width of its lit edge when nothing else is said, in hundredths of the picture.
    """

    name: str
    group: Group
    kind: Kind = "part"
    sway_deg: float = 0.0
    beat: int = 0
    edge: float = 0.0


def _numbered(name: str, count: int, group: Group, kind: Kind = "part", **more: float) -> list[Slot]:
    sway, edge = more.get("sway_deg", 0.0), more.get("edge", 0.0)
    return [Slot(f"{name}{i + 1}", group, kind, sway, (i % 4) if sway else 0, edge) for i in range(count)]


SLOTS: tuple[Slot, ...] = (
    Slot("sky", Group.SCENE, "scene"),
    Slot("glow", Group.SCENE, "glow"),
    Slot("orb", Group.SCENE, "scene"),
    Slot("far", Group.SCENE, "scene"),
    Slot("mid", Group.SCENE, "scene"),
    Slot("near", Group.SCENE, "scene"),
    *_numbered("decor", 8, Group.SCENE, "scene"),
    Slot("ground", Group.SCENE, "scene"),
    *_numbered("path", 2, Group.SCENE, "scene"),
    Slot("shadow", Group.BODY, "glow"),
    *_numbered("back", 8, Group.BODY, edge=0.4),
    Slot("tail", Group.TAIL, sway_deg=9, beat=4, edge=0.5),
    Slot("tail2", Group.TAIL, sway_deg=9, beat=4),
    Slot("farwing", Group.BODY, sway_deg=8, beat=5, edge=0.4),
    *_numbered("far_leg", 4, Group.BODY, sway_deg=5),
    *_numbered("far_foot", 2, Group.BODY),
    Slot("body", Group.BODY, edge=0.6),
    Slot("body2", Group.BODY),
    Slot("belly", Group.BODY),
    *_numbered("mark", 16, Group.BODY),
    *_numbered("leg", 4, Group.BODY, sway_deg=4, edge=0.45),
    *_numbered("foot", 4, Group.BODY),
    Slot("wing", Group.BODY, sway_deg=5, beat=5, edge=0.45),
    Slot("wing2", Group.BODY, sway_deg=5, beat=5),
    Slot("neck", Group.BODY, edge=0.4),
    Slot("collar", Group.BODY),
    Slot("mane", Group.HEAD, edge=0.4),
    *_numbered("ear", 2, Group.HEAD, sway_deg=4, edge=0.4),
    *_numbered("inner", 2, Group.HEAD, sway_deg=4),
    *_numbered("horn", 2, Group.HEAD, edge=0.3),
    Slot("head", Group.HEAD, edge=0.6),
    Slot("face", Group.HEAD),
    *_numbered("patch", 8, Group.HEAD),
    Slot("muzzle", Group.HEAD),
    *_numbered("mouth", 2, Group.HEAD),
    Slot("nose", Group.HEAD),
    *_numbered("eye", 2, Group.HEAD),
    *_numbered("pupil", 2, Group.HEAD),
    *_numbered("glint", 2, Group.HEAD),
    *_numbered("brow", 2, Group.HEAD),
    *_numbered("flap", 2, Group.HEAD, sway_deg=4, edge=0.45),
    Slot("crest", Group.HEAD, edge=0.3),
    *_numbered("front", 16, Group.BODY, edge=0.3),
    *_numbered("shine", 2, Group.BODY, "glow"),
    *_numbered("veil", 3, Group.SCENE, "scene"),
)
"""Back to front."""

SLOT_INDEX: dict[str, int] = {slot.name: index for index, slot in enumerate(SLOTS)}

OUTLINE = slice(0, 2 * POINTS)
PLACE = slice(2 * POINTS, 2 * POINTS + 2)
SIZE = slice(2 * POINTS + 2, 2 * POINTS + 4)
ANGLE = 2 * POINTS + 4
FILL = slice(2 * POINTS + 5, 2 * POINTS + 8)
SHADE = slice(2 * POINTS + 8, 2 * POINTS + 11)
OPACITY = 2 * POINTS + 11
ROUND = 2 * POINTS + 12
LIT = 2 * POINTS + 13
EDGE = 2 * POINTS + 14
SWAY = 2 * POINTS + 15
PIVOT = slice(2 * POINTS + 16, 2 * POINTS + 18)
FILL_CHROMA = 2 * POINTS + 18
SHADE_CHROMA = 2 * POINTS + 19
CHANNELS = 2 * POINTS + 20
"""Numbers of a part: its outline around the origin, place and half extents (hundredths of the picture, y down), angle
(radians), colours of its middle and its shaded side (OKLab), opacity, roundness and strength of its shading, width of
its lit edge, how far it swings (radians), about which point (from its place), and how vivid its two colours are, which
a mix of colours forgets."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The numbers of one picture, before light and pose.

    Attributes
    ----------
    parts : float32, shape (len(SLOTS), CHANNELS)
    pivots : float32, shape (len(Group), 2)
        About which point each group turns.
    """

    parts: NDArray[np.float32]
    pivots: NDArray[np.float32]
