"""From a category's line in the drawing files to the numbers of its figure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.generators.sketch import anatomy, library, outlines
from pipeline.generators.sketch.anatomy import SLOT_INDEX, SLOTS, Figure, Group
from pipeline.generators.sketch.expressions import evaluate
from pipeline.generators.sketch.library import DrawingError, Part, Parts
from pipeline.generators.sketch.oklab import from_hex

_STEP_L = 0.04  # lightness of one step in "coat+2"
_SHADE_L = -0.13  # the shaded side of a part, and towards violet, as shadows under a sky are
_SHADE_AB = np.array([0.004, -0.016])
_MIRROR_AXIS = 50.0
_FEET = np.array([50.0, 91.0])
_COLOR = re.compile(
    r"(?P<name>[a-z_][a-z0-9_]*|#[0-9a-fA-F]{3,6})(?P<step>[+-][0-9.]+)?(\|(?P<other>[^|:]+):(?P<share>[0-9.]+))?$"
)
_FIGURES_KEPT = 256
_ENOUGH_CONTRAST = 0.27  # more does not make a figure any clearer; then variety decides
_CHANCE = 0.08


@lru_cache(maxsize=_FIGURES_KEPT)
def figure_of(index: int) -> Figure:
    """Numbers of a category's picture, before light and pose.

    Raises
    ------
    DrawingError
        If its files say something that cannot be drawn.
    """
    look = library.looks()[index]
    family = library.families()[look.family]
    backdrop = library.scenes()[look.scene]
    knobs = {**family.knobs, **look.knobs}
    try:
        parts = _gather(family, look)
        colours = {**backdrop.colours, **family.colours, **look.colours}
        palette = look.palette if look.palette is not None else _contrasting_palette(backdrop, parts, colours, index)
        colours = {
            **backdrop.colours,
            **backdrop.palettes[palette % len(backdrop.palettes)],
            **family.colours,
            **look.colours,
        }
        return _build({**backdrop.parts, **parts}, family, colours, knobs)
    except (ValueError, KeyError, TypeError) as error:
        raise DrawingError(f"{index} {look.name}: {error!r}") from error


def colour_of(text: str, colours: Mapping[str, str], depth: int = 0) -> NDArray[np.float64]:
    """Colour of "#c5562a", of a name, of a name some steps lighter ("coat+2"), or of a mix ("coat|belly:0.3")."""
    match = _COLOR.match(text)
    if match is None or depth > 8:
        raise DrawingError(f"not a colour: {text!r}")
    name = match["name"]
    lab = from_hex(name) if name.startswith("#") else colour_of(colours[name], colours, depth + 1)
    if match["step"]:
        lab = lab + np.array([_STEP_L * float(match["step"]), 0.0, 0.0])
    if match["other"]:
        share = float(match["share"])
        lab = (1 - share) * lab + share * colour_of(match["other"], colours, depth + 1)
    return lab


def _gather(family: library.Family, look: library.Look) -> Parts:
    """Lay options over the family's parts, and the category's own parts over those."""
    parts: Parts = {}
    choose = {**family.choose, **look.choose}
    layers = [family.parts, *(family.options[option][value] for option, value in choose.items()), look.parts]
    for layer in layers:
        for slot, part in layer.items():
            before = parts.get(slot)
            if part is None or before is None:
                parts[slot] = part
            elif part.keys() & {"pts", "shape"} or part.keys() >= {"at", "size"}:
                kept = {key: value for key, value in before.items() if key not in library.GEOMETRY_KEYS}
                parts[slot] = {**kept, **part}
            else:
                parts[slot] = {**before, **part}
    # A change to a part that is not there (the colour of ears that this option has not) changes nothing.
    return {slot: part for slot, part in parts.items() if part is None or part.keys() & {"pts", "at", "like"}}


def _contrasting_palette(backdrop: library.Backdrop, parts: Parts, colours: Mapping[str, str], index: int) -> int:
    """Choose the scene's colours that set the body off best, with some chance so that neighbours differ."""
    main = parts.get("body") or parts.get("head") or {}
    if len(backdrop.palettes) == 1 or "fill" not in main:
        return index % len(backdrop.palettes)
    subject = colour_of(main["fill"], {**colours, **backdrop.palettes[0]})
    scores = []
    for number, palette in enumerate(backdrop.palettes):
        behind = colour_of("backdrop", {**colours, **palette})
        chance = ((index + 1) * (number + 3) * 2654435761 % 1009) / 1009
        contrast = float(np.linalg.norm((subject - behind) * (1.0, 1.6, 1.6)))
        scores.append(min(contrast, _ENOUGH_CONTRAST) + _CHANCE * chance)
    return int(np.argmax(scores))


def _build(parts: Parts, family: library.Family, colours: Mapping[str, str], knobs: Mapping[str, float]) -> Figure:
    values = np.zeros((len(SLOTS), anatomy.CHANNELS))
    present = np.zeros(len(SLOTS), dtype=bool)
    for name, part in parts.items():
        if part is not None:
            slot = SLOT_INDEX[name]
            values[slot] = _part(name, _resolved(name, part, parts), family.sway, colours, knobs)
            present[slot] = True
    body, head, tail = (SLOT_INDEX[name] for name in ("body", "head", "tail"))
    if not present[body]:
        raise DrawingError("every figure has a body")
    pivots = np.zeros((len(Group), 2))
    pivots[Group.SCENE] = 50.0
    pivots[Group.BODY] = values[body, anatomy.PLACE]
    pivots[Group.HEAD] = values[head if present[head] else body, anatomy.PLACE]
    pivots[Group.TAIL] = (
        values[tail, anatomy.PLACE] + values[tail, anatomy.PIVOT] if present[tail] else pivots[Group.BODY]
    )
    for group, change in family.groups.items():
        members = np.array([slot.group is group for slot in SLOTS]) & present
        pivots[group] = _move_group(values, members, change, pivots[group], knobs)
    of_figure = np.array([slot.group is not Group.SCENE for slot in SLOTS])
    values[of_figure] = _scaled(values[of_figure], family.fit)
    pivots[1:] = _FEET + (pivots[1:] - _FEET) * family.fit
    absent_colour = {
        Group.SCENE: values[SLOT_INDEX["ground"]],
        Group.BODY: values[body],
        Group.HEAD: values[head if present[head] else body],
        Group.TAIL: values[tail if present[tail] else body],
    }
    for slot in np.flatnonzero(~present).tolist():
        group = SLOTS[slot].group
        values[slot, anatomy.OUTLINE] = outlines.ellipse().ravel()
        values[slot, anatomy.PLACE] = pivots[group] if group is not Group.SCENE else (50.0, 60.0)
        for channel in (anatomy.FILL, anatomy.SHADE):
            values[slot, channel] = absent_colour[group][channel]
        values[slot, anatomy.OPACITY] = 1.0 if SLOTS[slot].kind == "part" else 0.0
        values[slot, anatomy.ROUND], values[slot, anatomy.LIT] = 0.6, 0.6
    for colour, chroma in ((anatomy.FILL, anatomy.FILL_CHROMA), (anatomy.SHADE, anatomy.SHADE_CHROMA)):
        values[:, chroma] = np.hypot(*values[:, colour][:, 1:].T)
    return Figure(values.astype(np.float32), pivots.astype(np.float32))


def _resolved(name: str, part: Part, parts: Parts, depth: int = 0) -> Part:
    """Fill in what a part takes from the one it is "like"."""
    if "like" not in part:
        return part
    other = parts.get(part["like"])
    if other is None or depth > 4:
        raise DrawingError(f"{name} is like {part['like']}, which is not there")
    return {**_resolved(name, other, parts, depth + 1), **{k: v for k, v in part.items() if k != "like"}}


def _pair(value: Any, knobs: Mapping[str, float]) -> NDArray[np.float64]:
    both = value if isinstance(value, list) else [value, value]
    return np.array([evaluate(one, knobs) for one in both])


def _part(
    name: str, part: Part, family_sway: float, colours: Mapping[str, str], knobs: Mapping[str, float]
) -> NDArray[np.float64]:
    slot = SLOTS[SLOT_INDEX[name]]
    values = np.zeros(anatomy.CHANNELS)
    mirror = part.get("mirror", False)
    text = part["pts"] if "pts" in part else library.outline_texts().get(part.get("shape", "ellipse"), "")
    if not text and part.get("shape", "ellipse") != "ellipse":
        raise DrawingError(f"{name}: no shape {part['shape']}")
    points = outlines.curve(outlines.parse(text)) if text else outlines.ellipse()
    if mirror:
        points = outlines.align(points * (-1.0, 1.0))
    if "pts" in part:  # in the picture's own coordinates
        low, high = points.min(axis=0), points.max(axis=0)
        place, size = (low + high) / 2, (high - low) / 2
        points = (points - place) / np.maximum(size, 1e-6)
        if mirror:
            place[0] += 2 * _MIRROR_AXIS
        if "at" in part:
            place = _mirrored(_pair(part["at"], knobs), mirror)
        if "size" in part:
            size = _pair(part["size"], knobs)
    else:
        place, size = _mirrored(_pair(part["at"], knobs), mirror), _pair(part["size"], knobs)
    about = _mirrored(_pair(part["about"], knobs), mirror) if "about" in part else place.copy()
    if "scale" in part:
        scale = _pair(part["scale"], knobs)
        place, size = about + (place - about) * scale, size * scale
    if "shift" in part:
        shift = _pair(part["shift"], knobs) * ((-1.0, 1.0) if mirror else (1.0, 1.0))
        place, about = place + shift, about + shift
    angle = np.radians(evaluate(part.get("turn", 0.0), knobs)) * (-1.0 if mirror else 1.0)
    if "about" in part:
        place = about + _rotation(angle) @ (place - about)
    fill = colour_of(part.get("fill", "#888888"), colours)
    shade = (
        colour_of(part["shade"], colours)
        if "shade" in part
        else fill + np.array([_SHADE_L * (0.35 + 0.65 * fill[0]), *_SHADE_AB])
    )
    values[anatomy.OUTLINE] = points.ravel()
    values[anatomy.PLACE] = place
    values[anatomy.SIZE] = np.maximum(size, 0.0)
    values[anatomy.ANGLE] = angle
    values[anatomy.FILL] = fill
    values[anatomy.SHADE] = shade
    values[anatomy.OPACITY] = evaluate(part.get("opacity", 1.0), knobs)
    values[anatomy.ROUND] = evaluate(part.get("round", 0.6), knobs)
    values[anatomy.LIT] = evaluate(part.get("lit", 0.6), knobs)
    values[anatomy.EDGE] = evaluate(part.get("edge", slot.edge), knobs)
    sway = evaluate(part["sway"], knobs) if "sway" in part else slot.sway_deg * family_sway
    values[anatomy.SWAY] = np.radians(sway) * (-1.0 if mirror else 1.0)
    values[anatomy.PIVOT] = about - place
    return values


def _scaled(values: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Scale whole parts about where figures stand."""
    values = values.copy()
    values[:, anatomy.PLACE] = _FEET + (values[:, anatomy.PLACE] - _FEET) * factor
    for channel in (anatomy.SIZE, anatomy.PIVOT, anatomy.EDGE):
        values[:, channel] *= factor
    return values


def _mirrored(point: NDArray[np.float64], mirror: bool) -> NDArray[np.float64]:
    return np.array([2 * _MIRROR_AXIS - point[0], point[1]]) if mirror else point


def _rotation(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _move_group(
    values: NDArray[np.float64],
    members: NDArray[np.bool_],
    change: Mapping[str, Any],
    pivot: NDArray[np.float64],
    knobs: Mapping[str, float],
) -> NDArray[np.float64]:
    """Scale, turn and shift the parts of a group, and return where its pivot went."""
    about = _pair(change["about"], knobs) if "about" in change else pivot
    scale = _pair(change.get("scale", 1.0), knobs)
    angle = np.radians(evaluate(change.get("turn", 0.0), knobs))
    shift = _pair(change.get("shift", 0.0), knobs)
    rotation = _rotation(angle)
    places = values[members, anatomy.PLACE] - about
    values[members, anatomy.PLACE] = about + shift + (places * scale) @ rotation.T
    values[members, anatomy.PIVOT] = (values[members, anatomy.PIVOT] * scale) @ rotation.T
    values[members, anatomy.SIZE] *= scale
    values[members, anatomy.ANGLE] += angle
    return np.asarray(about + shift)
