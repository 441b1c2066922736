"""The whole way from a sound to its clip, with a small generator in the place of the real ones."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipeline.analysis.latent_path import latent
from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.bitrate import choose_encoding
from pipeline.media.clip_frames import clip_fps, clip_frames
from pipeline.media.decode import decode_sound
from pipeline.media.mp4 import read_mp4
from pipeline.media.tags import read_recipe
from pipeline.motion.flash_limit import FlashGuard
from pipeline.recipe import Recipe, Scene
from pipeline.render import film as film_module
from pipeline.render.render import render
from pipeline.render.values import Models, RenderedClip, RenderJob, RenderLimits, Targets
from pipeline.render.watch import Progress, Watch
from tests.fakes import ColourFields

RATE_HZ = 44_100
SIDE_PX = 128
RECIPE = Recipe(theme="primates", seed=5, scene_count=4, shortest_scene_s=0.3, fps=12)


def write_sound(path: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 32_000).astype("<i2").tobytes())
    return path


def melody(duration_s: float) -> NDArray[np.float64]:
    t = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    notes = np.random.default_rng(5).choice([220, 330, 440, 660, 880], int(duration_s * 2) + 1)
    return 0.5 * np.sin(2 * np.pi * notes[(t * 2).astype(int)] * t) * np.exp(-4 * (t % 0.5))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sound(tmp_path_factory.mktemp("sound") / "melody.wav", melody(2.0))


class Studio:
    """Renders into a folder of its own and remembers what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generator: Any = ColourFields(SIDE_PX)
        self.opened: list[tuple[str, int]] = []
        self.events: list[object] = []

    def open(self, name: str, size_px: int) -> Any:
        self.opened.append((name, size_px))
        return self.generator

    def render(self, sound: Path, recipe: Recipe = RECIPE, name: str = "clip.mp4", **options: Any) -> RenderedClip:
        targets = {
            "poster": self.folder / "poster.png",
            "storyboard": self.folder / "storyboard.jpg",
            "thumbnail": self.folder / "thumbnail.jpg",
        }
        targets |= {name: options.pop(name) for name in targets.keys() & options.keys()}
        watch = Watch(
            progress=options.pop("progress", self.events.append),
            cancelled=options.pop("cancelled", lambda: False),
            on_storyboard=lambda path, recipe: self.events.append((path, path.exists(), recipe)),
        )
        models = Models(lambda model, size: ("sketch" if model == "auto" else model, size or SIDE_PX), self.open)
        with tempfile.TemporaryDirectory() as folder:
            part = decode_sound(sound, Path(folder), start_s=recipe.start_s, duration_s=recipe.duration_s)
            job = RenderJob(part, recipe, Targets(self.folder / name, **targets), **options)
            return render(job, models, watch)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


PLAIN: dict[str, Any] = {"poster": None, "storyboard": None, "thumbnail": None}


def decoded_frames(path: Path, side_px: int = SIDE_PX) -> NDArray[np.uint8]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, side_px, side_px, 3)


def one_hot(category: int) -> NDArray[np.float32]:
    vector = np.zeros((1, 1000), np.float32)
    vector[0, category] = 1
    return vector


def test_a_sound_becomes_a_clip_a_poster_a_storyboard_and_a_thumbnail(studio: Studio, sound: Path) -> None:
    clip = studio.render(sound, title="Nocturne")
    assert studio.files() == ["clip.mp4", "poster.png", "storyboard.jpg", "thumbnail.jpg"]
    facts = read_mp4(clip.path)
    assert (clip.duration_s, clip.fps, clip.frame_count, clip.size_px) == (2.0, 12, 24, SIDE_PX)
    assert (facts.frame_count, facts.width_px) == (24, SIDE_PX)
    assert abs(facts.duration_s - 2.0) <= 1 / 12
    assert clip.bytes == clip.path.stat().st_size
    assert clip.recipe.model == "sketch"
    assert clip.recipe.size_px == SIDE_PX
    assert 2 <= len(clip.recipe.scenes) <= 4
    assert read_recipe(clip.path) == clip.recipe
    assert read_mp4(clip.path).tags["title"] == "Nocturne"
    with Image.open(studio.folder / "thumbnail.jpg") as thumbnail:
        assert max(thumbnail.size) <= 320


def test_its_first_and_last_frames_are_its_first_and_last_scenes(studio: Studio, sound: Path) -> None:
    clip = studio.render(sound, **PLAIN)
    frames = decoded_frames(clip.path).astype(float)
    for frame, scene in ((frames[0], clip.recipe.scenes[0]), (frames[-1], clip.recipe.scenes[-1])):
        z = latent(scene.latent_seed, clip.recipe.truncation)[None]
        drawn = studio.generator.generate(z, one_hot(scene.category), clip.recipe.truncation)[0]
        # The last frame is a twelfth of a second before the end, where its scene is not quite reached.
        assert np.abs(frame - drawn).mean() < 12


def test_the_same_recipe_and_sound_give_the_same_clip(studio: Studio, sound: Path) -> None:
    first = studio.render(sound, name="first.mp4", **PLAIN)
    again = studio.render(sound, read_recipe(first.path), name="again.mp4", **PLAIN)
    other = studio.render(sound, replace(RECIPE, seed=6), name="other.mp4", **PLAIN)
    assert again.recipe == first.recipe
    assert again.path.read_bytes() == first.path.read_bytes()
    assert not np.array_equal(decoded_frames(other.path), decoded_frames(first.path))


def test_the_size_of_a_batch_does_not_show(studio: Studio, sound: Path) -> None:
    first = studio.render(sound, name="first.mp4", **PLAIN)
    studio.generator = ColourFields(SIDE_PX, batch_size=20)
    again = studio.render(sound, name="again.mp4", **PLAIN)
    assert again.path.read_bytes() == first.path.read_bytes()
    assert max(studio.generator.batches) == 20


def test_scenes_of_a_recipe_are_kept(studio: Studio, sound: Path) -> None:
    scenes = tuple(Scene(category, 7 + category) for category in (1, 281, 999, 3))
    clip = studio.render(sound, replace(RECIPE, scenes=scenes), **PLAIN)
    count = len(clip.recipe.scenes)
    assert clip.recipe.scenes[:4] == scenes[:count]


def test_the_storyboard_comes_before_the_first_frame(studio: Studio, sound: Path) -> None:
    clip = studio.render(sound, poster=None)
    told = next(index for index, event in enumerate(studio.events) if isinstance(event, tuple))
    path, was_there, recipe = studio.events[told]  # type: ignore[misc]
    assert (path, was_there, recipe) == (clip.storyboard, True, clip.recipe)
    stages_before = {event.stage for event in studio.events[:told]}  # type: ignore[attr-defined]
    assert stages_before == {"analyzing", "loading", "storyboard"}


def test_progress_goes_forward_and_ends(studio: Studio, sound: Path) -> None:
    studio.render(sound, poster=None)
    reports = [event for event in studio.events if isinstance(event, Progress)]
    stages = list(dict.fromkeys(report.stage for report in reports))
    assert stages == ["analyzing", "loading", "storyboard", "rendering", "encoding", "done"]
    for stage in stages:
        done = [report.done for report in reports if report.stage == stage]
        assert done == sorted(done)
        last = [report for report in reports if report.stage == stage][-1]
        assert last.done == last.total > 0


def test_a_part_of_the_sound_can_be_taken(studio: Studio, sound: Path) -> None:
    clip = studio.render(sound, replace(RECIPE, start_s=0.5, duration_s=1.25), **PLAIN)
    assert (clip.duration_s, clip.frame_count) == (1.25, 15)
    assert abs(read_mp4(clip.path).duration_s - 1.25) <= 1 / 12


@pytest.mark.parametrize(
    "samples",
    [np.zeros(RATE_HZ // 2), 0.5 * np.sin(np.arange(RATE_HZ // 2) * 0.05), np.zeros(1), melody(0.1)],
    ids=["silence", "tone", "one sample", "a tenth of a second"],
)
def test_degenerate_sound_has_a_clip_all_the_same(samples: NDArray[np.float64], studio: Studio) -> None:
    sound = write_sound(studio.folder / "odd.wav", samples)
    clip = studio.render(sound, Recipe(theme="red fox"), poster=None)
    assert clip.frame_count == max(1, round(len(samples) / RATE_HZ * 24))
    assert studio.files() == ["clip.mp4", "odd.wav", "storyboard.jpg", "thumbnail.jpg"]


class Noise(ColourFields):
    """The worst that an encoder can be given."""

    def generate(
        self, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
    ) -> NDArray[np.uint8]:
        seed = int(np.abs(latents).sum() * 1e6)
        return np.random.default_rng(seed).integers(0, 256, (len(latents), SIDE_PX, SIDE_PX, 3), dtype=np.uint8)


def test_a_clip_fits_its_limit(studio: Studio, sound: Path) -> None:
    studio.generator = Noise(SIDE_PX)
    free = studio.render(sound, name="free.mp4", **PLAIN)
    clip = studio.render(sound, limits=RenderLimits(max_bytes=free.bytes // 4), **PLAIN)
    assert clip.bytes <= free.bytes // 4
    assert clip.frame_count == read_mp4(clip.path).frame_count == 24


def test_a_clip_that_comes_out_too_large_is_encoded_once_more(
    studio: Studio, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(**wish: Any) -> Any:
        return choose_encoding(**wish | {"max_bytes": None})

    monkeypatch.setattr(film_module, "choose_encoding", forgetful)
    studio.generator = Noise(SIDE_PX)
    clip = studio.render(sound, limits=RenderLimits(max_bytes=150_000), **PLAIN)
    assert clip.bytes <= 150_000
    assert read_recipe(clip.path) == clip.recipe
    assert studio.files() == ["clip.mp4"]


def test_only_a_few_batches_of_frames_are_alive_at_once(studio: Studio, sound: Path) -> None:
    alive = 0
    most_alive = 0

    class Counted(ColourFields):
        def generate(
            self, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
        ) -> NDArray[np.uint8]:
            nonlocal alive, most_alive
            frames = super().generate(latents, class_vectors, truncation)
            alive += 1
            most_alive = max(most_alive, alive)

            def gone() -> None:
                nonlocal alive
                alive -= 1

            weakref.finalize(frames, gone)
            return frames

    studio.generator = Counted(SIDE_PX, batch_size=3)
    studio.render(sound, **PLAIN)
    # One being drawn, two waiting, one being encoded, and one that a name still holds.
    assert most_alive <= 5


class Interrupted(Exception):
    """Stands for whatever may go wrong."""


def fail_at(stage: str, how: BaseException) -> Callable[[Progress], None]:
    def progress(report: Progress) -> None:
        if report.stage == stage and report.done > 0:
            raise how

    return progress


@pytest.mark.parametrize(
    ("stage", "how"),
    [
        ("analyzing", KeyboardInterrupt),
        ("storyboard", KeyboardInterrupt),
        ("rendering", Interrupted),
        ("encoding", KeyboardInterrupt),
    ],
)
def test_an_interrupt_at_any_stage_leaves_nothing(
    stage: str, how: type[BaseException], studio: Studio, sound: Path
) -> None:
    with pytest.raises(how):
        studio.render(sound, progress=fail_at(stage, how()))
    assert studio.files() == []


def test_an_interrupt_leaves_an_older_clip_alone(studio: Studio, sound: Path) -> None:
    (studio.folder / "clip.mp4").write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        studio.render(sound, progress=fail_at("rendering", KeyboardInterrupt()), **PLAIN)
    assert (studio.folder / "clip.mp4").read_bytes() == b"older"


def test_a_cancel_is_noticed_between_batches(studio: Studio, sound: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        studio.render(sound, cancelled=lambda: len(studio.generator.batches) > 2)
    assert caught.value.code is ErrorCode.CANCELLED
    assert len(studio.generator.batches) == 3
    assert studio.files() == []


def refused(studio: Studio, sound: Path, recipe: Recipe = RECIPE, **options: Any) -> ErrorCode:
    """Render what must be refused before a model is opened, and say how it was."""
    with pytest.raises(PipelineError) as caught:
        studio.render(sound, recipe, **options)
    assert studio.opened == []
    assert isinstance(caught.value.code, ErrorCode)
    return caught.value.code


def test_bad_wishes_are_refused_before_any_work(studio: Studio, sound: Path) -> None:
    assert refused(studio, sound, replace(RECIPE, theme="qwertzuiop")) is ErrorCode.UNKNOWN_THEME
    assert refused(studio, sound, replace(RECIPE, start_s=10.0)) is ErrorCode.START_AFTER_END
    assert refused(studio, sound, limits=RenderLimits(max_duration_s=1.5)) is ErrorCode.TOO_LONG
    assert refused(studio, sound, limits=RenderLimits(max_bytes=5_000)) is ErrorCode.CANNOT_FIT
    assert studio.files() == []


def test_bad_sounds_are_refused(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "text.mp3").write_text("not a sound at all\n" * 50)
    (folder / "random.mp3").write_bytes(np.random.default_rng(0).bytes(20_000))
    (folder / "list.mp3").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    assert refused(studio, folder / "none.mp3") is ErrorCode.FILE_MISSING
    assert refused(studio, folder / "empty.mp3") is ErrorCode.FILE_EMPTY
    assert refused(studio, folder / "list.mp3") is ErrorCode.PLAYLIST
    for name in ("text.mp3", "random.mp3"):
        assert refused(studio, folder / name) in {ErrorCode.NOT_MEDIA, ErrorCode.BROKEN_MEDIA}
    assert studio.files() == []


def test_bad_places_are_refused_before_any_work(studio: Studio, sound: Path) -> None:
    assert refused(studio, sound, name="none/clip.mp4") is ErrorCode.OUTPUT_NOT_WRITABLE
    assert refused(studio, sound, name=".") is ErrorCode.OUTPUT_NOT_WRITABLE
    assert refused(studio, sound, poster=studio.folder / "none" / "p.png") is ErrorCode.OUTPUT_NOT_WRITABLE
    assert studio.files() == []


def test_a_disk_without_room_is_noticed_before_any_work(
    studio: Studio, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(studio.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    assert refused(studio, sound) is ErrorCode.DISK_FULL
    assert studio.files() == []


class Strobe(ColourFields):
    """Draws black and white in turn, whatever it is asked for."""

    def generate(
        self, latents: NDArray[np.float32], class_vectors: NDArray[np.float32], truncation: float
    ) -> NDArray[np.uint8]:
        drawn = sum(self.batches)
        frames = super().generate(latents, class_vectors, truncation)
        frames[:] = np.where((np.arange(len(frames)) + drawn) % 2, 255, 0)[:, None, None, None]
        return frames


@pytest.mark.parametrize(("motion", "flashes"), [("paper", True), ("arrive", False), ("flow", False)])
def test_a_clip_does_not_flash_unless_the_paper_has_it_so(
    studio: Studio, sound: Path, motion: Any, flashes: bool
) -> None:
    studio.generator = Strobe(SIDE_PX)
    clip = studio.render(sound, replace(RECIPE, motion=motion), **PLAIN)
    assert clip.flashes.are_safe is not flashes
    assert (clip.flashes.smoothed_frames > 0) is not flashes
    guard = FlashGuard(round(clip_fps(clip.path)), smooths=False)
    assert sum(len(batch) for batch in guard.through(frame[None] for frame in clip_frames(clip.path))) == 24
    assert guard.flashes.are_safe is not flashes


def test_a_loop_ends_with_the_picture_that_it_begins_with(studio: Studio, sound: Path) -> None:
    clip = studio.render(sound, replace(RECIPE, loop=True, fps=24), **PLAIN)
    assert clip.recipe.scenes[0] == clip.recipe.scenes[-1]
    frames = decoded_frames(clip.path).astype(float)
    step = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    assert np.abs(frames[-1] - frames[0]).mean() < step.max()
    again = studio.render(sound, read_recipe(clip.path), name="again.mp4", **PLAIN)
    assert np.array_equal(decoded_frames(again.path), decoded_frames(clip.path))


def test_the_pictures_of_what_is_no_film_are_not_asked_for(studio: Studio, sound: Path) -> None:
    for look in (clip_fps, lambda path: next(clip_frames(path))):
        with pytest.raises(PipelineError) as refusal:
            look(sound)
        assert refusal.value.code is ErrorCode.NOT_MEDIA
