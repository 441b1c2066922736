"""From a sound's analysis and a recipe's scenes to what every frame is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.analyze import Analysis
from pipeline.analysis.latent_path import FramePath, frame_count, frame_path, mix
from pipeline.generator import NUM_CLASSES, POSES
from pipeline.motion.arrivals import arrivals, frame_path_of
from pipeline.motion.camera import camera, shot
from pipeline.motion.dance import dance
from pipeline.motion.drive import drive_of, smoothed
from pipeline.motion.wander import mixed, phase, pushes, wandering
from pipeline.recipe import Recipe, Scene

_CAMERA = slice(POSES.index("camera_x"), POSES.index("camera_zoom") + 1)
_ZOOM = POSES.index("camera_zoom")
_NEARER_WHEN_LOUD = 0.03
_LOUDNESS_S = 1.2
_BLINK_BEFORE_S = 0.16  # eyes close in the middle of a morph, and are open when it ends


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What some frames are drawn from.

    Attributes
    ----------
    latents : float32, shape (frames, 128)
    class_vectors : float32, shape (frames, 1000)
        Rows sum to one.
    poses : float32, shape (frames, len(POSES)), or None
        None where nothing is posed.
    """

    latents: NDArray[np.float32]
    class_vectors: NDArray[np.float32]
    poses: NDArray[np.float32] | None = None


class FilmMotion(Protocol):
    """The motion of a whole film, in constant memory a frame."""

    @property
    def path(self) -> FramePath:
        """Which scenes each frame shows, and how much of either."""
        ...

    def rows(self, frames: slice) -> Rows:
        """Return what some frames are drawn from."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PaperMotion:
    """As the paper has it: latents and classes are mixed by alpha, and nothing else moves."""

    path: FramePath
    scenes: Sequence[Scene]
    truncation: float

    def rows(self, frames: slice) -> Rows:
        """Return what some frames are drawn from."""
        return Rows(*mix(self.path, self.scenes, self.truncation, frames))


@dataclass(frozen=True, slots=True, eq=False)
class LivelyMotion:
    """Scenes arrive on their points; between them the sound moves what is inside.

    Attributes
    ----------
    path : FramePath
    scenes : sequence of Scene
    truncation : float
    phase : float64, shape (frames,)
        How far the sound has moved things.
    camera_phase : float64, shape (frames,)
        How far the sound has moved the camera.
    arrivals_s : float64, shape (scenes,)
        When each scene is at its own latent, and its shot begins.
    danced : float32, shape (frames, len(POSES))
        Poses without the camera's own way.
    """

    path: FramePath
    scenes: Sequence[Scene]
    truncation: float
    phase: NDArray[np.float64]
    camera_phase: NDArray[np.float64]
    arrivals_s: NDArray[np.float64]
    fps: int
    danced: NDArray[np.float32]

    def rows(self, frames: slice) -> Rows:
        """Return what some frames are drawn from."""
        numbers = np.arange(self.phase.size)[frames]
        segments, alphas = self.path.segments[frames], self.path.alphas[frames]
        latents = np.empty((segments.size, 128), dtype=np.float32)
        class_vectors = np.zeros((segments.size, NUM_CLASSES), dtype=np.float32)
        poses = self.danced[frames].astype(np.float64)
        for segment in np.unique(segments):
            rows = np.flatnonzero(segments == segment)
            alpha, place = alphas[rows], numbers[rows]
            here, there = self.scenes[segment], self.scenes[segment + 1]
            latents[rows] = mixed(
                wandering(here.latent_seed, self.truncation, self._since(self.phase, place, segment)),
                wandering(there.latent_seed, self.truncation, self._since(self.phase, place, segment + 1)),
                alpha,
                self.truncation,
            )
            shots = (
                camera(shot(here.latent_seed), self._since(self.camera_phase, place, segment)),
                camera(shot(there.latent_seed), self._since(self.camera_phase, place, segment + 1)),
            )
            poses[rows, _CAMERA] += (1.0 - alpha)[:, None] * shots[0] + alpha[:, None] * shots[1]
            class_vectors[rows, here.category] += 1.0 - alpha
            class_vectors[rows, there.category] += alpha
        return Rows(latents, class_vectors, poses.astype(np.float32))

    def _since(self, phase: NDArray[np.float64], frames: NDArray[np.int64], scene: int) -> NDArray[np.float64]:
        """Return how far a phase has come since a scene arrived; less than nothing before."""
        arrival = np.interp(self.arrivals_s[scene] * self.fps, np.arange(phase.size), phase)
        since: NDArray[np.float64] = phase[frames] - arrival
        return since


def film_motion(analysis: Analysis, recipe: Recipe) -> FilmMotion:
    """Move the scenes of a recipe with a sound, as the recipe's motion has it.

    Parameters
    ----------
    analysis : Analysis
    recipe : Recipe
        With its scenes chosen, one to an inflection point.
    """
    moves = recipe.moves
    if moves == "paper":
        return PaperMotion(frame_path(analysis, recipe.fps), recipe.scenes, recipe.truncation)
    drive = drive_of(analysis, recipe.fps, frame_count(analysis.duration_s, recipe.fps))
    arrivals_s = arrivals(analysis.point_times_s, loop=recipe.loop)
    way = phase(drive)
    danced = dance(drive, way, (analysis.point_times_s[1:-1] - _BLINK_BEFORE_S).tolist(), recipe.dance)
    danced[:, _ZOOM] += (
        recipe.dance * _NEARER_WHEN_LOUD * smoothed(drive.level, _LOUDNESS_S * recipe.fps, ring=recipe.loop)
    )
    return LivelyMotion(
        path=frame_path_of(moves, drive, arrivals_s, analysis.strengths),
        scenes=recipe.scenes,
        truncation=recipe.truncation,
        phase=way,
        camera_phase=way + pushes(drive),
        arrivals_s=arrivals_s,
        fps=recipe.fps,
        danced=danced.astype(np.float32),
    )


def at_points(recipe: Recipe, positions: NDArray[np.int64]) -> FilmMotion:
    """Show some scenes as they are at their points."""
    # A point is where its segment begins; the last one is where the last segment ends.
    segments = np.minimum(positions, len(recipe.scenes) - 2)
    return PaperMotion(FramePath(segments, (positions - segments).astype(np.float64)), recipe.scenes, recipe.truncation)
