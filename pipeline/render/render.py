"""From a sound and a wish to a clip: every step of the method in order, nothing half-made left behind.

Heavy libraries (plotting, fonts, MoviePy) are imported by the steps that need them: processes that only pass clips
along know this file too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.analyze import Analysis, analyze
from pipeline.analysis.latent_path import FramePath, frame_count, frame_path, mix
from pipeline.artwork.film_strip import FilmStrip
from pipeline.artwork.label_layout import thin_out
from pipeline.atomic_files import publish, require_free_space, workspace
from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import ImageGenerator
from pipeline.media.bitrate import choose_encoding
from pipeline.media.decode import decode_blocks, extract_sound
from pipeline.media.mp4 import read_mp4
from pipeline.media.probe import SoundInfo, probe
from pipeline.media.tags import clip_tags
from pipeline.media.video import VideoWriter, reencode_smaller
from pipeline.overlap import Overlap
from pipeline.recipe import Recipe
from pipeline.sound import SAMPLE_RATE_HZ
from pipeline.themes.categories import categories
from pipeline.themes.scenes import choose_scenes, fit_scenes
from pipeline.themes.themes import resolve_theme

Stage = Literal["analyzing", "loading", "storyboard", "rendering", "encoding", "done"]

_WAV_BYTES_PER_S = SAMPLE_RATE_HZ * 2 * 2
# A generous guess of what a clip takes at constant quality; a disk with less than that is as good as full.
_CLIP_BITS_PER_PIXEL = 0.15
_AUDIO_BPS = 160_000
_SMALL_FILES_BYTES = 4_000_000

_MOST_PANELS = 30
_TILE_COUNT = 12
_TILE_SIDE_PX = 120


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What a clip may cost.

    Attributes
    ----------
    max_duration_s : float
        Longest part of a sound.
    max_bytes : int or None
        Largest clip; None for any.
    """

    max_duration_s: float = 3600.0
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a clip is.

    Attributes
    ----------
    stage : str
        The step that is being taken.
    done, total : int
        Seconds while analyzing, scenes of the storyboard, frames while rendering; else 0 of 1 or 1 of 1.
    """

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RenderedClip:
    """A finished clip.

    Attributes
    ----------
    path : Path
        The mp4 file.
    recipe : Recipe
        What it was made by: the scenes, the model and its size chosen.
    duration_s : float
        Of its sound.
    size_px : int
        Width and height of the encoded picture: smaller than the recipe's where few bytes were allowed.
    fps, frame_count, bytes : int
    poster, storyboard, thumbnail : Path or None
        As asked for.
    title : str or None
        Of the source: as given, or else as its file says; untrusted text.
    """

    path: Path
    recipe: Recipe
    duration_s: float
    size_px: int
    fps: int
    frame_count: int
    bytes: int
    poster: Path | None = None
    storyboard: Path | None = None
    thumbnail: Path | None = None
    title: str | None = None


def ignore(_progress: Progress) -> None:
    """Show progress to nobody."""


def never() -> bool:
    """Never cancel."""
    return False


def render(
    sound: Path,
    recipe: Recipe,
    out: Path,
    *,
    generator: Callable[[str, int], ImageGenerator],
    choose_model: Callable[[str, int | None], tuple[str, int]],
    limits: RenderLimits | None = None,
    poster: Path | None = None,
    storyboard: Path | None = None,
    thumbnail: Path | None = None,
    title: str | None = None,
    progress: Callable[[Progress], None] = ignore,
    on_storyboard: Callable[[Path, Recipe], None] | None = None,
    cancelled: Callable[[], bool] = never,
) -> RenderedClip:
    """Make a clip.

    Parameters
    ----------
    sound : Path
        A local file with sound in it, from anywhere.
    recipe : Recipe
        The wish; scenes that it has are fitted to the sound, else they are chosen from its theme and seed.
    out : Path
        The mp4 file to make; it appears when it is whole.
    generator : callable
        Opens a model of a size, or gives one that is open already; it stays open.
    choose_model : callable
        Makes a model's name and size of the wish: `pipeline.generators.registry.choose_model` with its cache.
    limits : RenderLimits, optional
    poster, storyboard, thumbnail : Path, optional
        Further files to make (PNG, JPEG, JPEG). Storyboard and thumbnail are there long before the clip.
    title : str, optional
        Of the source; else its file's own is taken.
    progress : callable
        Told often, so it should be quick.
    on_storyboard : callable, optional
        Told of the storyboard and of the recipe with its scenes as soon as they are known.
    cancelled : callable
        Asked often; once it says True, ``CANCELLED`` is raised.

    Returns
    -------
    RenderedClip

    Raises
    ------
    PipelineError
        Of the sound, the wish, the model or the disk; whatever is raised, a ``KeyboardInterrupt`` included, no file
        of this call remains.
    """
    limits = limits or RenderLimits()
    watch = _Watch(progress, cancelled)
    with ExitStack() as stack:
        # Every place that will be written to is tried before any work is done.
        places = [place for place in (out, poster, storyboard, thumbnail) if place is not None]
        unfinished = {place: stack.enter_context(workspace(place)) / place.name for place in places}
        appear = stack.enter_context(_AllOrNothing()).appear

        model, size_px = choose_model(recipe.model, recipe.size_px)
        theme = None if recipe.scenes else resolve_theme(recipe.theme)
        info = probe(sound)
        title = title or info.title
        analysis = _analyze(sound, recipe, info, limits, watch)
        count = len(analysis.points)
        scenes = choose_scenes(theme, count, recipe.seed) if theme else fit_scenes(recipe.scenes, count, recipe.seed)
        chosen = recipe.with_changes(scenes=scenes, model=model, size_px=size_px)
        names = [categories()[scene.category].name for scene in scenes]
        tags = clip_tags(chosen, title=title, labels=names)
        encoding = choose_encoding(
            duration_s=analysis.duration_s,
            side_px=size_px,
            fps=recipe.fps,
            max_bytes=limits.max_bytes,
            tags_bytes=sum(len(text.encode()) for text in tags.values()),
        )
        require_free_space(out.parent, _bytes_needed(analysis.duration_s, size_px, recipe.fps, limits.max_bytes))
        heard = unfinished[out].with_name(f"{out.name}.wav")
        extract_sound(sound, heard, start_s=recipe.start_s, duration_s=recipe.duration_s)

        watch("loading", 0, 1)
        drawer = generator(model, size_px)
        watch("loading", 1, 1)

        if thumbnail or storyboard:
            shown = thin_out(count, _MOST_PANELS)
            pictures = _draw_scenes(drawer, chosen, shown, watch)
            if thumbnail:
                first = next(pictures)
                pictures = chain([first], pictures)
                _save_thumbnail(first, unfinished[thumbnail])
                appear(unfinished[thumbnail], thumbnail)
            if storyboard:
                _draw_storyboard(pictures, shown, names, analysis, chosen, title, unfinished[storyboard])
                appear(unfinished[storyboard], storyboard)
                if on_storyboard is not None:
                    on_storyboard(storyboard, chosen)

        frames = frame_count(analysis.duration_s, recipe.fps)
        path = frame_path(analysis, fps=recipe.fps, frame_count=frames)
        strip = FilmStrip(frames, tile_count=_TILE_COUNT, side_px=_TILE_SIDE_PX)
        writer = VideoWriter(
            unfinished[out], sound=heard, size_px=size_px, fps=recipe.fps, encoding=encoding, tags=tags
        )
        _film(drawer, chosen, path, writer, strip, watch)
        heard.unlink()
        side_px = _fit(unfinished[out], encoding.side_px, limits.max_bytes)
        if poster:
            _draw_poster(analysis, names, strip, chosen, title, unfinished[poster])
            appear(unfinished[poster], poster)
        size_bytes = unfinished[out].stat().st_size
        appear(unfinished[out], out)
    progress(Progress("done", 1, 1))
    return RenderedClip(
        path=out,
        recipe=chosen,
        duration_s=analysis.duration_s,
        size_px=side_px,
        fps=recipe.fps,
        frame_count=frames,
        bytes=size_bytes,
        poster=poster,
        storyboard=storyboard,
        thumbnail=thumbnail,
        title=title,
    )


# --- the steps -----------------------------------------------------------------------------------------------------


def _analyze(sound: Path, recipe: Recipe, info: SoundInfo, limits: RenderLimits, watch: _Watch) -> Analysis:
    """Find the inflection points of the part that is wanted; refuses it here if it is too long."""
    claimed_s = max(0.0, info.duration_s - recipe.start_s)
    total_s = math.ceil(min(claimed_s, limits.max_duration_s, recipe.duration_s or math.inf))
    blocks = decode_blocks(
        sound,
        start_s=recipe.start_s,
        duration_s=recipe.duration_s,
        channel=recipe.channel,
        limit_s=limits.max_duration_s,
    )

    def watched() -> Iterator[NDArray[np.float64]]:
        samples = 0
        for block in blocks:
            watch("analyzing", min(total_s, samples // SAMPLE_RATE_HZ), total_s)
            samples += block.size
            yield block
        watch("analyzing", total_s, total_s)

    return analyze(
        watched(),
        preset=recipe.preset,
        threshold=recipe.threshold,
        scene_count=recipe.scene_count,
        shortest_scene_s=recipe.shortest_scene_s,
    )


def _bytes_needed(duration_s: float, size_px: int, fps: int, max_bytes: int | None) -> int:
    """Estimate what the disk must hold at once: the sound as it is heard, the clip, and the pictures beside it."""
    clip_bytes = duration_s * (size_px * size_px * fps * _CLIP_BITS_PER_PIXEL + _AUDIO_BPS) / 8
    if max_bytes is not None:
        clip_bytes = min(clip_bytes, max_bytes)
    return round(duration_s * _WAV_BYTES_PER_S + clip_bytes + _SMALL_FILES_BYTES)


def _draw_scenes(
    drawer: ImageGenerator, recipe: Recipe, positions: NDArray[np.int64], watch: _Watch
) -> Iterator[NDArray[np.uint8]]:
    """Draw some scenes as they are at their inflection points; each uint8, shape (size_px, size_px, 3)."""
    # A point is where its segment begins; the last one is where the last segment ends.
    segments = np.minimum(positions, len(recipe.scenes) - 2)
    at_points = FramePath(segments, (positions - segments).astype(np.float64))
    for batch in _batches(len(positions), drawer.batch_size):
        watch("storyboard", batch.start, len(positions))
        yield from drawer.generate(*mix(at_points, recipe.scenes, recipe.truncation, batch), recipe.truncation)
    watch("storyboard", len(positions), len(positions))


def _film(
    drawer: ImageGenerator, recipe: Recipe, path: FramePath, writer: VideoWriter, strip: FilmStrip, watch: _Watch
) -> None:
    """Draw every frame of the path and encode it; while a batch is drawn, the one before is encoded."""
    frames = len(path.segments)
    # Leaving by an error, ffmpeg is killed first (the inner context), so that nobody waits for it to take its frames.
    with Overlap(writer.write) as encoder, writer:
        for batch in _batches(frames, drawer.batch_size):
            watch("rendering", batch.start, frames)
            pictures = drawer.generate(*mix(path, recipe.scenes, recipe.truncation, batch), recipe.truncation)
            strip.add(batch.start, pictures)
            encoder.put(pictures)
        watch("rendering", frames, frames)
        watch("encoding", 0, 1)
        encoder.finish()
    watch("encoding", 1, 1)


def _fit(clip: Path, side_px: int, max_bytes: int | None) -> int:
    """Encode once more if the clip came out larger than planned; returns its width."""
    if max_bytes is None or clip.stat().st_size <= max_bytes:
        return side_px
    reencode_smaller(clip, clip, max_bytes=max_bytes)
    return read_mp4(clip).width_px


def _draw_storyboard(
    pictures: Iterable[NDArray[np.uint8]],
    positions: NDArray[np.int64],
    names: Sequence[str],
    analysis: Analysis,
    recipe: Recipe,
    title: str | None,
    out: Path,
) -> None:
    from pipeline.artwork.storyboard import Panel, draw_storyboard, panel_side_px, shrink

    times_s = analysis.point_times_s
    side_px = panel_side_px(len(positions))
    panels = [
        # Shrunk as they come, so that thirty large ones are never held at once.
        Panel(int(position), names[position], float(times_s[position]), shrink(picture, side_px))
        for position, picture in zip(positions, pictures, strict=True)
    ]
    scenes = f"{len(names)} scenes" if len(panels) == len(names) else f"{len(panels)} of {len(names)} scenes"
    draw_storyboard(
        panels, out, title=title or recipe.theme, subtitle=f"{recipe.theme} · {scenes}" if title else scenes
    )


def _save_thumbnail(picture: NDArray[np.uint8], out: Path) -> None:
    from pipeline.artwork.storyboard import save_thumbnail

    save_thumbnail(picture, out)


def _draw_poster(
    analysis: Analysis, names: Sequence[str], strip: FilmStrip, recipe: Recipe, title: str | None, out: Path
) -> None:
    from pipeline.artwork.poster import draw_poster

    scenes = f"{len(names)} scenes"
    footer = f"GANterpreter · {recipe.model}, {recipe.size_px} px, {recipe.fps} frames a second · seed {recipe.seed}"
    draw_poster(
        analysis,
        names,
        strip.tiles,
        out,
        title=title or recipe.theme,
        subtitle=f"{recipe.theme} · {scenes}" if title else scenes,
        footer=f"{footer} · preset {analysis.preset}, threshold {analysis.threshold:.3g}",
    )


def _batches(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


class _Watch:
    """Passes progress on, and is where a cancel is noticed."""

    def __init__(self, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
        self._progress = progress
        self._cancelled = cancelled

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        if self._cancelled():
            raise PipelineError(ErrorCode.CANCELLED)
        self._progress(Progress(stage, done, total))


class _AllOrNothing:
    """Makes files appear, and takes them away again if what follows fails."""

    def __init__(self) -> None:
        self._appeared: list[Path] = []

    def appear(self, made: Path, place: Path) -> None:
        """Move a finished file to its place."""
        publish(made, place)
        self._appeared.append(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            for place in self._appeared:
                place.unlink(missing_ok=True)
