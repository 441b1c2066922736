"""Figure and variation to picture: every part in its pose, under one light, as curves and colour stops.

All frames of a batch are posed at once; what comes out is what a rasteriser takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.generators.sketch import anatomy
from pipeline.generators.sketch.anatomy import SLOTS, Group
from pipeline.generators.sketch.oklab import to_srgb8
from pipeline.generators.sketch.outlines import POINTS
from pipeline.generators.sketch.posing import Poses, no_poses, seen_by_camera
from pipeline.generators.sketch.traits import Traits

_GROUND_Y = 84.0  # figures lean and stretch about where they stand
_IS_SCENE = np.array([slot.group is Group.SCENE for slot in SLOTS])
_IS_HEAD = np.array([slot.group is Group.HEAD for slot in SLOTS])
_IS_SKY = np.array([slot.name in {"sky", "ground", "path1", "path2"} for slot in SLOTS])
_IS_EYE = np.array([slot.name[:-1] in {"eye", "pupil", "glint"} for slot in SLOTS])
_IS_SHADOW = np.array([slot.name == "shadow" for slot in SLOTS])
_IS_FEATURE = np.array([slot.kind == "glow" or slot.name in {"orb"} for slot in SLOTS])
_BEAT = np.array([slot.beat for slot in SLOTS])
_LIGHT_LAB = np.array([0.115, 0.004, 0.022])  # what the lit side gains
_CALM = 0.025  # keeps a colour on its way through grey from being thrown about
_RIM_L, _CONTOUR_L = 0.17, -0.16
_DUSK_LAB = np.array([-0.17, 0.012, -0.045])  # what a scene gains when the hour is late
_DAWN_LAB = np.array([0.035, 0.006, 0.018])


@dataclass(frozen=True, slots=True)
class Pictures:
    """What to draw; one row of each array per frame and slot, in hundredths of the picture.

    Attributes
    ----------
    curves : float32, shape (frames, slots, POINTS + 1, 2)
        Closed Bézier curves, the first anchor repeated at the end.
    bounds : float32, shape (frames, slots, 4)
        Box around the control points: least x, least y, most x, most y.
    axes : float32, shape (frames, slots, 2, 3)
        Affine map from a part's own coordinates to the picture, for shadings that follow its form.
    stops : uint8, shape (frames, slots, 3, 4)
        RGBA from the lit to the shaded side.
    light : float32, shape (frames, slots, 3)
        Circle of the shading in the part's own coordinates: x, y, radius.
    edge : float32, shape (frames, slots)
        Width of the lit edge.
    edge_stops : uint8, shape (frames, slots, 3, 4)
    edge_line : float32, shape (frames, slots, 4)
        From where to where the edge goes from lit to shaded: x1, y1, x2, y2.
    """

    curves: NDArray[np.float32]
    bounds: NDArray[np.float32]
    axes: NDArray[np.float32]
    stops: NDArray[np.uint8]
    light: NDArray[np.float32]
    edge: NDArray[np.float32]
    edge_stops: NDArray[np.uint8]
    edge_line: NDArray[np.float32]


def compose(
    parts: NDArray[np.float32], pivots: NDArray[np.float32], varied: Traits, poses: Poses | None = None
) -> Pictures:
    """Pose and light blended figures.

    Parameters
    ----------
    parts : float32, shape (frames, slots, CHANNELS)
    pivots : float32, shape (frames, len(Group), 2)
    varied : Traits
        Traits of as many latents as there are frames.
    poses : Poses, optional
        How the figures move besides.
    """
    axes = _posed_axes(parts, pivots, varied, poses or no_poses(len(parts)))
    curves, bounds = _placed_curves(parts, axes.astype(np.float32))
    toward_light = _light_direction(varied)
    light = _shading_circle(parts, axes, toward_light)
    stops, edge_stops = _colours(parts, varied)
    center = axes[..., :, 2]
    extent = np.sqrt(np.sum(axes[..., :2] ** 2, axis=(-1, -2)) / 2.0)[..., None]
    reach = toward_light[:, None, :] * np.maximum(extent, 0.1)
    edge_line = np.concatenate([center + reach, center - reach], axis=-1)
    return Pictures(
        curves=curves,
        bounds=bounds,
        axes=axes.astype(np.float32),
        stops=stops,
        light=light,
        edge=parts[..., anatomy.EDGE],
        edge_stops=edge_stops,
        edge_line=edge_line.astype(np.float32),
    )


def _posed_axes(
    parts: NDArray[np.float32], pivots: NDArray[np.float32], varied: Traits, poses: Poses
) -> NDArray[np.float64]:
    """Affine map of every part: its own place, its swing, its group's turn, the whole figure's stance, the camera."""
    frames = len(parts)
    place = parts[..., anatomy.PLACE].astype(np.float64)
    size = parts[..., anatomy.SIZE].astype(np.float64)
    size = size * np.where(_IS_EYE[None, :], 1.0 + 0.045 * varied["eye_scale"][:, None], 1.0)[..., None]
    size[..., 1] *= poses.heights
    axes = _rotations(parts[..., anatomy.ANGLE]) * size[..., None, :]
    # its own swing, about its own pivot
    swing = _rotations(parts[..., anatomy.SWAY] * (varied.beats + poses.swings)[:, _BEAT])
    arm = parts[..., anatomy.PIVOT].astype(np.float64)
    place = place + arm - np.einsum("fsij,fsj->fsi", swing, arm)
    axes = swing @ axes
    # the head's turn, about its pivot
    head = pivots[:, Group.HEAD].astype(np.float64)
    nod = _rotations(np.radians(3.6 * varied["head_turn"] + 2.5 * poses["nod"] - 2.0 * poses["sway"]))
    grown = 1.0 + 0.030 * varied["head_scale"]
    offset = np.stack([0.8 * varied["head_x"], 0.5 * varied["head_y"] + 1.3 * poses["nod"]], axis=-1)
    turned = (
        head[:, None] + offset[:, None] + np.einsum("fij,fsj->fsi", nod, place - head[:, None]) * grown[:, None, None]
    )
    place = np.where(_IS_HEAD[None, :, None], turned, place)
    axes = np.where(_IS_HEAD[None, :, None, None], (nod * grown[:, None, None])[:, None] @ axes, axes)
    # the figure's stance, about where it stands; the scene moves less, as if farther away
    stance = (
        _rotations(np.radians(1.5 * varied["lean"] + 2.6 * poses["sway"]))
        * np.stack(
            [
                1.0 + 0.026 * varied["scale"] + 0.022 * varied["width"] + 0.020 * poses["bounce"],
                1.0 + 0.026 * varied["scale"] + 0.022 * varied["height"] - 0.045 * poses["bounce"],
            ],
            axis=-1,
        )[:, None, :]
    )
    feet = np.array([50.0, _GROUND_Y])
    step = np.stack([1.5 * varied["shift_x"] + 0.6 * poses["sway"], 0.7 * varied["shift_y"]], axis=-1)
    figure_place = feet + step[:, None] + np.einsum("fij,fsj->fsi", stance, place - feet)
    figure_axes = stance[:, None] @ axes
    zoom = (1.04 + 0.02 * varied["scene_scale"])[:, None, None]
    drift = (
        np.stack([2.2 * varied["scene_x"], 1.4 * varied["scene_y"]], axis=-1)[:, None]
        * np.where(_IS_SKY, 0.5, 1.0)[:, None]
    )
    scene_place = 50.0 + drift + (place - 50.0) * zoom
    is_scene = _IS_SCENE[None, :, None]
    place = np.where(is_scene, scene_place, figure_place)
    axes = np.where(is_scene[..., None], axes * zoom[..., None], figure_axes)
    place, axes = seen_by_camera(place, axes, poses)
    return np.concatenate([axes, place[..., None]], axis=-1).reshape(frames, len(SLOTS), 2, 3)


def _placed_curves(
    parts: NDArray[np.float32], axes: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Outlines under their affine maps, and their bounds; x and y apart, which is how NumPy is quick at it."""
    outline = parts[..., anatomy.OUTLINE].reshape(*parts.shape[:2], POINTS, 2)
    along, across = outline[..., 0], outline[..., 1]
    curves = np.empty((*parts.shape[:2], POINTS + 1, 2), dtype=np.float32)
    low, high = [], []
    for axis in (0, 1):
        one, other, place = (axes[..., axis, column, None] for column in range(3))
        points = along * one + across * other + place
        curves[..., :POINTS, axis] = points
        low.append(points.min(axis=-1))
        high.append(points.max(axis=-1))
    curves[..., POINTS, :] = curves[..., 0, :]
    return curves, np.stack([*low, *high], axis=-1)


def _rotations(angles: NDArray[np.floating]) -> NDArray[np.float64]:
    cos, sin = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cos, -sin], axis=-1), np.stack([sin, cos], axis=-1)], axis=-2)


def _light_direction(varied: Traits) -> NDArray[np.float64]:
    """Unit vectors towards the light: from above, mostly from the left."""
    angle = np.radians(-122.0 + 16.0 * varied["light"])
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _shading_circle(
    parts: NDArray[np.float32], axes: NDArray[np.float64], toward_light: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Place each shading in its part: a near circle makes a ball of it, a far and wide one a flat board."""
    linear = axes[..., :2]
    # The transpose, not the inverse: it is defined for a part of size zero, and for round parts the same direction.
    local = np.einsum("fsji,fj->fsi", linear, toward_light)
    local = local / np.maximum(np.sqrt(np.sum(local**2, axis=-1, keepdims=True) + 1e-6), 1e-6)
    flatness = 1.0 - np.clip(parts[..., anatomy.ROUND], 0.0, 1.0)
    distance = 0.42 + 1.9 * flatness
    radius = 1.42 + 1.9 * flatness
    circle = np.concatenate([local * distance[..., None], radius[..., None]], axis=-1)
    return circle.astype(np.float32)


def _colours(parts: NDArray[np.float32], varied: Traits) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colour stops of fills and edges, after the hour, the warmth of the light and a turn of hue."""
    fill = _graded(_vivid(parts[..., anatomy.FILL], parts[..., anatomy.FILL_CHROMA]), varied)
    shade = _graded(_vivid(parts[..., anatomy.SHADE], parts[..., anatomy.SHADE_CHROMA]), varied)
    lit_by = parts[..., anatomy.LIT, None].astype(np.float64)
    lit = fill + lit_by * _LIGHT_LAB * (1.15 - 0.6 * fill[..., :1])
    dark = fill + np.clip(lit_by / 0.6, 0.0, 1.5) * (shade - fill)
    is_part = np.array([slot.kind == "part" for slot in SLOTS])[:, None]
    stops_lab = np.stack(
        [np.where(is_part, lit, fill), np.where(is_part, fill, 0.5 * (fill + shade)), np.where(is_part, dark, shade)],
        axis=2,
    )
    opacity = np.clip(parts[..., anatomy.OPACITY], 0.0, 1.0)
    fade = np.where(np.array([slot.kind == "glow" for slot in SLOTS])[:, None], (1.0, 0.42, 0.0), (1.0, 1.0, 1.0))
    alpha = np.rint(255.0 * opacity[..., None] * fade).astype(np.uint8)
    rim = lit + np.array([_RIM_L, 0.0, 0.012]) * (1.1 - 0.7 * lit[..., :1])
    contour = dark + np.array([_CONTOUR_L, 0.004, -0.010])
    edge_lab = np.stack([rim, fill, contour], axis=2)
    edge_alpha = np.rint(255.0 * opacity[..., None] * (0.80, 0.10, 0.55)).astype(np.uint8)
    rgb, edge_rgb = to_srgb8(stops_lab), to_srgb8(edge_lab)
    return (
        np.concatenate([rgb, alpha[..., None]], axis=-1),
        np.concatenate([edge_rgb, edge_alpha[..., None]], axis=-1),
    )


def _vivid(lab: NDArray[np.float32], chroma: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give a mixed colour most of the chroma that its ingredients had: half way from orange to blue is grey otherwise.

    A colour that is not mixed stays what it is.
    """
    mixed = np.hypot(lab[..., 1], lab[..., 2])
    boost = np.sqrt((chroma + _CALM) / (mixed + _CALM))
    return np.concatenate([lab[..., :1], lab[..., 1:] * boost[..., None]], axis=-1, dtype=np.float64)


def _graded(lab: NDArray[np.float64], varied: Traits) -> NDArray[np.float64]:
    """Shift colours with z: the subject a little, for its colour is what it is known by, the scene a lot."""
    scene = _IS_SCENE[None, :]
    turn = np.where(
        scene, np.radians(9.0) * varied["scene_hue"][:, None], np.radians(3.5) * varied["subject_hue"][:, None]
    )
    chroma = np.where(
        scene, 1.0 + 0.10 * varied["scene_chroma"][:, None], 1.0 + 0.06 * varied["subject_chroma"][:, None]
    )
    a = chroma * (lab[..., 1] * np.cos(turn) - lab[..., 2] * np.sin(turn))
    b = chroma * (lab[..., 1] * np.sin(turn) + lab[..., 2] * np.cos(turn))
    lightness = lab[..., 0] + np.where(scene, 0.0, 0.012 * varied["subject_lightness"][:, None])
    graded = np.stack([lightness, a, b], axis=-1)
    # The hour: late in the day (two) the whole scene sinks into blue, and the subject some of the way with it.
    hour = varied["hour"]
    late, early = _softplus(hour - 0.6), _softplus(-hour - 0.6)
    depth = np.where(scene & ~_IS_FEATURE[None, :], 1.0, 0.35)[..., None]
    darker = graded[..., :1] * 1.1  # dark colours have less to lose
    graded = graded + depth * (late[:, None, None] * _DUSK_LAB * darker + early[:, None, None] * _DAWN_LAB)
    warmth = np.array([0.0, 0.004, 0.010]) * varied["warmth"][:, None, None]
    return np.asarray(graded + warmth)


def _softplus(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.logaddexp(0.0, 4.0 * x) / 4.0)
