"""The poster of a clip, after Figure 1 of the paper: sound, change, mix and pictures on one time axis.

From top to bottom: the spectrogram; the total variation with its inflection points, each with its scene's name; the
alphas as the share of the coming scene's colour; a strip of the clip's own frames.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray
from PIL import Image

from pipeline.analysis.analyze import Analysis, step_times_s
from pipeline.analysis.latent_path import FramePath
from pipeline.artwork.label_layout import spread, thin_out
from pipeline.artwork.palette import BACKGROUND, INK, MUTED, PANEL, RULE, scene_colour
from pipeline.artwork.storyboard import clock
from pipeline.artwork.typography import elide, font_path, showable, width_px
from pipeline.file_errors import writing

MOST_BYTES = 1_500_000

_DPI = 100
_WIDTH_PX = 1600
_LEFT_PX = 96
_RIGHT_PX = 96
_AXIS_PX = _WIDTH_PX - _LEFT_PX - _RIGHT_PX

_MOST_NAMES_PX = 185
_FILM_PX = 142
_MOST_CURVE_POINTS = 3000
_DYNAMIC_RANGE_DB = 75.0
_NYQUIST_HZ = 22_050.0

_NAME_PX = 15
_SMALL_NAME_PX = 12
_NAME_ANGLE = math.radians(45.0)
_FARTHEST_LEVEL_NAME_PX = 60.0
_LEADER_PX = 20

_SOUND = LinearSegmentedColormap.from_list(
    "sound", [BACKGROUND, "#1a1f4b", "#56327f", "#a63d7b", "#ea6c5b", "#fdb863", "#fff3c4"]
)
_TICK_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True)
class PlacedName:
    """Where the name of a scene stands: positions in pixels from the left end of the time axis."""

    position: int
    text: str
    at_px: float
    """Where it stands."""
    point_px: float
    """Where its inflection point is."""


@dataclass(frozen=True, slots=True)
class NameLayout:
    """The names over the curve: all level, or all slanted; and the height that they take."""

    names: tuple[PlacedName, ...]
    size_px: int
    slanted: bool

    @property
    def height_px(self) -> int:
        """Height of their row, with the lines that lead to the points."""
        if not self.slanted:
            return _LEADER_PX + self.size_px + 16
        longest_px = max(width_px(name.text, self.size_px) for name in self.names)
        return math.ceil(_LEADER_PX + (longest_px + self.size_px) * math.sin(_NAME_ANGLE)) + 12


def draw_poster(
    analysis: Analysis,
    labels: Sequence[str],
    film: NDArray[np.uint8],
    out: Path,
    *,
    title: str,
    subtitle: str = "",
    footer: str = "",
    path: FramePath | None = None,
) -> None:
    """Draw the poster as a PNG file, 1600 px wide and less than 1.5 MB.

    Parameters
    ----------
    analysis : Analysis
        Analysis of the clip's sound.
    labels : sequence of str
        Category names, one to an inflection point.
    film : uint8, shape (tiles, side, side, 3)
        Frames of the clip: tile i of n shows the middle of its i-th n-th part.
    out : Path
        The file to write.
    title, subtitle, footer : str
        Lines above and below; cut where they are too long.
    path : FramePath or None
        Where the film's scenes changed; None where they did by the analysis' own alphas.

    Raises
    ------
    PipelineError
        ``OUTPUT_NOT_WRITABLE`` or ``DISK_FULL``.
    """
    times_s = analysis.point_times_s
    end_s = float(times_s[-1]) if times_s[-1] > 0 else 1.0
    names = place_names(labels, np.asarray(times_s, np.float64) / end_s * _AXIS_PX)
    page = _Page(
        end_s,
        title=112,
        spectrogram=230,
        names=names.height_px,
        variation=190,
        gap_above_alphas=14,
        alphas=84,
        gap_above_film=14,
        film=_FILM_PX,
        times=44,
        footer=48,
    )
    page.text(title, 50, 36, INK, bold=True)
    page.text(subtitle, 84, 17, MUTED)
    page.text(footer, page.height_px - 20, 14, MUTED)
    spectrogram, variation = page.row("spectrogram"), page.row("variation")
    _draw_spectrogram(spectrogram, analysis, end_s)
    _draw_names(page.row("names"), names)
    _draw_variation(variation, analysis)
    _draw_alphas(page.row("alphas"), _mixes(analysis) if path is None else _mixes_on_the_way(path, end_s))
    film_row = page.row("film")
    _draw_film(film_row, film, end_s)
    _draw_times(film_row, end_s)
    for axes in (spectrogram, variation):
        colours = [scene_colour(position) for position in range(len(times_s))]
        axes.vlines(times_s, *axes.get_ylim(), colors=colours, linewidth=0.9, alpha=0.55, zorder=3)
    with writing(out):
        out.write_bytes(_png(page.figure))


def place_names(labels: Sequence[str], points_px: NDArray[np.float64]) -> NameLayout:
    """Find a place for every name, or for as many as there is room for, such that none overlaps another.

    Names stand level over their points while that moves none of them far; else they slant, which takes the room of a
    line each, first in a smaller type and at last not all of them.

    Parameters
    ----------
    labels : sequence of str
        One to a point.
    points_px : float64, shape (points,)
        Ascending, from 0 to the axis's length.
    """
    texts = [showable(label) for label in labels]
    level = [elide(text, lambda part: width_px(part, _NAME_PX) <= 240) for text in texts]
    widths = np.array([width_px(text, _NAME_PX) for text in level])
    gaps = (widths[:-1] + widths[1:]) / 2 + 14
    # The first and the last name may hang over the ends of the axis, as far as the poster goes.
    low = 12 - _LEFT_PX + widths[0] / 2
    high = _AXIS_PX + _RIGHT_PX - 12 - widths[-1] / 2
    if gaps.sum() <= high - low:
        at = spread(points_px, gaps, low, high)
        if np.abs(at - points_px).max() <= _FARTHEST_LEVEL_NAME_PX:
            names = zip(range(len(level)), level, at, points_px, strict=True)
            return NameLayout(tuple(PlacedName(*name) for name in names), _NAME_PX, slanted=False)

    room_px = float(_AXIS_PX)
    for size_px in (_NAME_PX, _SMALL_NAME_PX):
        pitch_px = _slanted_pitch_px(size_px)
        if (len(texts) - 1) * pitch_px <= room_px:
            break
    chosen = thin_out(len(texts), int(room_px / pitch_px) + 1)
    at = spread(points_px[chosen], np.full(len(chosen) - 1, pitch_px), 0.0, room_px)
    longest_px = (_MOST_NAMES_PX - _LEADER_PX - size_px) / math.sin(_NAME_ANGLE)
    slanted = []
    for position, at_px in zip(chosen, at, strict=True):
        # On the right a name ends where the poster does.
        most_px = min(longest_px, (_AXIS_PX + _RIGHT_PX - 10 - at_px) / math.cos(_NAME_ANGLE))
        text = elide(texts[position], lambda part: width_px(part, size_px) <= most_px)  # noqa: B023
        slanted.append(PlacedName(int(position), text, float(at_px), float(points_px[position])))
    return NameLayout(tuple(slanted), size_px, slanted=True)


def _slanted_pitch_px(size_px: int) -> float:
    return 1.3 * size_px / math.sin(_NAME_ANGLE)


class _Page:
    """A figure cut into rows, which all share their left and right end, and so their time."""

    def __init__(self, end_s: float, **rows_px: int) -> None:
        self._end_s = end_s
        self._rows_px = rows_px
        self.height_px = sum(rows_px.values())
        size = (_WIDTH_PX / _DPI, self.height_px / _DPI)
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor=BACKGROUND)

    def row(self, name: str) -> Axes:
        """Add the axes of one row."""
        names = list(self._rows_px)
        bottom_px = sum(self._rows_px[below] for below in names[names.index(name) + 1 :])
        size = (_AXIS_PX / _WIDTH_PX, self._rows_px[name] / self.height_px)
        axes = self.figure.add_axes((_LEFT_PX / _WIDTH_PX, bottom_px / self.height_px, *size), facecolor=PANEL)
        axes.set_xlim(0, self._end_s)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
        return axes

    def text(self, text: str, baseline_px: float, size_px: int, colour: str, bold: bool = False) -> None:
        """Write a line from the left end of the rows, cut where they end; its height counts from the top."""
        line = elide(showable(text), lambda part: width_px(part, size_px, bold) <= _AXIS_PX)
        self.figure.text(
            _LEFT_PX / _WIDTH_PX,
            1 - baseline_px / self.height_px,
            line,
            color=colour,
            fontproperties=_type(size_px, bold),
            parse_math=False,
        )


def _type(size_px: float, bold: bool = False) -> FontProperties:
    """Return the shared typeface by its file: no search through the machine's fonts, and no settings of its user."""
    return FontProperties(fname=str(font_path(bold)), size=size_px * 72 / _DPI)


def _draw_heading(axes: Axes, text: str) -> None:
    """Name a row in the margin on its left, along its edge."""
    axes.text(-0.037, 0.5, text, color=MUTED, fontproperties=_type(14), rotation=90, va="center", ha="center",
              transform=axes.transAxes)  # fmt: skip


def _draw_spectrogram(axes: Axes, analysis: Analysis, end_s: float) -> None:
    axes.set_facecolor(BACKGROUND)
    levels_db = np.asarray(analysis.spectrogram, np.float32)
    heard = levels_db[np.isfinite(levels_db)]
    loudest_db = float(heard.max()) if heard.size else 0.0
    levels_db = np.nan_to_num(levels_db, nan=-1e3, neginf=-1e3)
    highest_hz = _highest_frequency_hz(levels_db, loudest_db)
    axes.imshow(
        levels_db,
        extent=(0, levels_db.shape[1] * analysis.column_s, 0, _NYQUIST_HZ),
        origin="lower",
        aspect="auto",
        cmap=_SOUND,
        vmin=loudest_db - _DYNAMIC_RANGE_DB,
        vmax=loudest_db,
        interpolation="bilinear",
        interpolation_stage="data",
    )
    axes.set_xlim(0, end_s)
    axes.set_ylim(0, highest_hz)
    step_hz = next(step for step in (1000, 2000, 5000) if highest_hz / step <= 5.5)
    for frequency_hz in range(step_hz, int(highest_hz) + 1, step_hz):
        height = frequency_hz / highest_hz
        if height < 0.97:
            axes.text(-0.005, height, f"{frequency_hz // 1000} kHz", color=MUTED, fontproperties=_type(12), ha="right",
                      va="center", transform=axes.transAxes)  # fmt: skip
    axes.text(-0.05, 0.5, "spectrogram", color=MUTED, fontproperties=_type(14), rotation=90, va="center", ha="center",
              transform=axes.transAxes)  # fmt: skip


def _highest_frequency_hz(levels_db: NDArray[np.float32], loudest_db: float) -> float:
    """Leave out the top of the spectrum where nothing is heard, for most music leaves half of it empty."""
    audible = np.flatnonzero(levels_db.max(axis=1) > loudest_db - 0.8 * _DYNAMIC_RANGE_DB)
    top = (int(audible[-1]) + 1 if audible.size else 0) / (len(levels_db) - 1) * _NYQUIST_HZ
    return float(np.clip(top, 4000.0, _NYQUIST_HZ))


def _draw_variation(axes: Axes, analysis: Analysis) -> None:
    times_s, tv = step_times_s(analysis), analysis.tv
    axes.set_ylim(0, 1.12 * (float(tv.max()) or 1.0))
    for position, (first, last) in enumerate(zip(analysis.points[:-1], analysis.points[1:], strict=True)):
        inside = slice(first, last + 1, max(1, len(tv) // _MOST_CURVE_POINTS))
        axes.fill_between(times_s[inside], tv[inside], color=scene_colour(position), alpha=0.22, linewidth=0)
    # A long curve drawn whole would be a white bar: where it is denser than the pixels, its range is shaded.
    pool = math.ceil(len(tv) / _MOST_CURVE_POINTS)
    pooled = tv[: len(tv) // pool * pool].reshape(-1, pool)
    pooled_s = times_s[: len(tv) // pool * pool].reshape(-1, pool).mean(axis=1)
    if pool > 1:
        axes.fill_between(pooled_s, pooled.min(axis=1), pooled.max(axis=1), color=MUTED, alpha=0.55, linewidth=0)
    axes.plot(pooled_s, pooled.mean(axis=1), color=INK, linewidth=1.2 if pool <= 4 else 0.5, zorder=4)
    colours = [scene_colour(position) for position in range(len(analysis.points))]
    axes.scatter(times_s[analysis.points], tv[analysis.points], 36, colours, edgecolors=BACKGROUND, linewidths=1.0,
                 zorder=5, clip_on=False)  # fmt: skip
    _draw_heading(axes, "total variation")


Mix = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Times of one segment in seconds, and the share of the coming scene at each of them."""


def _draw_alphas(axes: Axes, mixes: Iterable[Mix]) -> None:
    axes.set_ylim(0, 1)
    curve_s: list[float] = []
    curve: list[float] = []
    for position, (times_s, mix) in enumerate(mixes):
        axes.fill_between(times_s, 0, mix, color=scene_colour(position + 1), alpha=0.75, linewidth=0)
        axes.fill_between(times_s, mix, 1, color=scene_colour(position), alpha=0.75, linewidth=0)
        curve_s += [*times_s, np.nan]
        curve += [*mix, np.nan]
    axes.plot(curve_s, curve, color=BACKGROUND, linewidth=1.4)
    _draw_heading(axes, "alpha")


def _mixes(analysis: Analysis) -> Iterator[Mix]:
    """Yield the analysis' own alphas, segment by segment."""
    times_s, alphas = step_times_s(analysis), analysis.alphas
    # alphas[j] belongs to step j + 1; each segment starts at 0, at its first point.
    for first, last in itertools.pairwise(analysis.points):
        wanted = min(int(last - first) + 1, max(12, _MOST_CURVE_POINTS // len(analysis.points)))
        steps = np.unique(np.linspace(first, last, wanted).round().astype(np.int64))
        yield times_s[steps], np.array([0.0, *alphas[steps[1:-1] - 1], 1.0]) if len(steps) > 1 else np.array([1.0])


def _mixes_on_the_way(path: FramePath, end_s: float) -> Iterator[Mix]:
    """Yield a film's alphas, segment by segment."""
    times_s = np.arange(path.segments.size) * (end_s / path.segments.size)
    last = int(path.segments[-1])
    for segment in range(last + 1):
        frames = np.flatnonzero(path.segments == segment)
        until_s = end_s if segment == last else times_s[frames[-1] + 1] if frames.size else end_s
        most = max(12, _MOST_CURVE_POINTS // (last + 1))
        shown = frames[np.unique(np.linspace(0, frames.size - 1, min(frames.size, most)).astype(np.int64))]
        yield np.append(times_s[shown], until_s), np.append(path.alphas[shown], 1.0)


def _draw_film(axes: Axes, film: NDArray[np.uint8], end_s: float) -> None:
    """Lay the frames side by side on a strip with perforated edges."""
    axes.set_facecolor("#05070b")
    # In the units of the row's pixels upwards, so that the frames stay square.
    axes.set_ylim(0, _FILM_PX)
    width_px_each = _AXIS_PX / len(film)
    side_px = min(width_px_each - 4, _FILM_PX - 28)
    for index, tile in enumerate(film):
        centre_px = (index + 0.5) * width_px_each
        left, right = ((centre_px + sign * side_px / 2) / _AXIS_PX * end_s for sign in (-1, 1))
        middle = _FILM_PX / 2
        axes.imshow(tile, extent=(left, right, middle - side_px / 2, middle + side_px / 2), aspect="auto",
                    interpolation="antialiased", zorder=2)  # fmt: skip
    holes_s = (np.arange(0, _AXIS_PX, 14.0) + 7) / _AXIS_PX * end_s
    for y in (6.5, _FILM_PX - 6.5):
        axes.plot(holes_s, np.full(len(holes_s), y), "s", color=RULE, markersize=3.6, zorder=3)
    axes.set_xlim(0, end_s)
    axes.set_ylim(0, _FILM_PX)
    _draw_heading(axes, "film")


def tick_step_s(end_s: float) -> float:
    """Choose the distance of the marks on the time axis: a round one, with about eight to twelve of them."""
    return next((step for step in _TICK_STEPS_S if end_s / step <= 12), _TICK_STEPS_S[-1] * 4)


def _draw_times(axes: Axes, end_s: float) -> None:
    step_s = tick_step_s(end_s)
    for time_s in np.arange(0, end_s * 1.0001, step_s):
        x = time_s / end_s
        text = clock(time_s) if step_s >= 1 else f"{time_s:.1f} s"
        axes.plot([x, x], [-0.06, 0.0], color=MUTED, linewidth=1, transform=axes.transAxes, clip_on=False)
        axes.text(
            x, -0.11, text, color=MUTED, fontproperties=_type(14), ha="center", va="top", transform=axes.transAxes
        )


def _draw_names(axes: Axes, layout: NameLayout) -> None:
    axes.set_facecolor("none")
    axes.set_xlim(0, _AXIS_PX)
    axes.set_ylim(0, layout.height_px)
    leaders = [[(name.point_px, 0), (name.at_px, _LEADER_PX - 5)] for name in layout.names]
    colours = [scene_colour(name.position) for name in layout.names]
    axes.add_collection(LineCollection(leaders, colors=colours, linewidths=1, clip_on=False), autolim=False)
    for name, colour in zip(layout.names, colours, strict=True):
        axes.text(
            name.at_px,
            _LEADER_PX,
            name.text,
            color=colour,
            fontproperties=_type(layout.size_px),
            rotation=math.degrees(_NAME_ANGLE) if layout.slanted else 0,
            rotation_mode="anchor",
            ha="left" if layout.slanted else "center",
            va="baseline",
            parse_math=False,
        )


def _png(figure: Figure) -> bytes:
    """Encode the picture, with a palette of 256 colours if it would be too large for a chat otherwise."""
    pixels = io.BytesIO()
    FigureCanvasAgg(figure).print_raw(pixels)  # type: ignore[no-untyped-call]
    width, height = (round(side * _DPI) for side in figure.get_size_inches())
    picture = Image.frombytes("RGBA", (width, height), pixels.getvalue()).convert("RGB")
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", optimize=True)
    if encoded.tell() >= MOST_BYTES:
        encoded = io.BytesIO()
        picture.quantize(256, dither=Image.Dither.NONE).save(encoded, "PNG", optimize=True)
    return encoded.getvalue()
