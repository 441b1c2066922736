"""What a recipe says is listened to: by its version, its channel and its preset."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.analysis.analyze import Analysis, analyze
from pipeline.analysis.spectrogram import STEP_S
from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.decode import decode_sound
from pipeline.media.ffmpeg import ffmpeg
from pipeline.media.sound_file import Sound, all_blocks, channel_blocks
from pipeline.recipe import Preset, Recipe
from pipeline.render.listening import analyze_sound
from pipeline.sample import sample_sound

RATE_HZ = 44_100
CHANGES_S = (3.0, 7.0)


def tones(duration_s: float = 10.0) -> NDArray[np.float64]:
    """Three held chords of a few partials each: what changes is the harmony, and nothing else."""
    t = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    chords = [(220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6)]
    samples = np.zeros_like(t)
    edges = (0.0, *CHANGES_S, duration_s)
    for chord, start_s, end_s in zip(chords, edges[:-1], edges[1:], strict=True):
        inside = (t >= start_s) & (t < end_s)
        ramp = np.minimum(1.0, np.minimum(t - start_s, end_s - t) / 0.02)
        for hz in chord:
            for partial in (1, 2, 3):
                samples += inside * ramp * np.sin(2 * np.pi * hz * partial * t) / partial
    return 0.15 * samples


def write(path: Path, channels: list[NDArray[np.float64]], layout: str) -> Path:
    raw = np.stack(channels, axis=1).astype("<f4").tobytes()
    command = [ffmpeg(), "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", str(len(channels))]
    command += ["-channel_layout", layout, "-i", "pipe:0", "-c:a", "pcm_f32le", str(path)]
    subprocess.run(command, input=raw, check=True)
    return path


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("placed")
    heard, silent = tones(), np.zeros_like(tones())
    return {
        "mono": write(folder / "mono.wav", [heard], "mono"),
        "left": write(folder / "left.wav", [heard, silent], "stereo"),
        "right": write(folder / "right.wav", [silent, heard], "stereo"),
        "antiphase": write(folder / "antiphase.wav", [heard, -heard], "stereo"),
        "centre of 7.1": write(folder / "c71.wav", [heard if n == 2 else silent for n in range(8)], "7.1"),
    }


def decoded(path: Path) -> Sound:
    return decoded_into(path, path.with_suffix(""))


def decoded_into(path: Path, folder: Path) -> Sound:
    folder.mkdir(exist_ok=True)
    return decode_sound(path, folder)


def listened(path: Path, recipe: Recipe) -> Analysis:
    return analyze_sound(decoded(path), recipe, lambda _done_s: None)


@pytest.mark.parametrize("place", ["mono", "left", "right", "antiphase", "centre of 7.1"])
def test_changes_are_heard_wherever_they_sound(sounds: dict[str, Path], place: str) -> None:
    analysis = listened(sounds[place], Recipe())
    np.testing.assert_allclose(analysis.point_times_s, [0, *CHANGES_S, 10], atol=0.06)
    assert analysis.reasons[0] == "start"
    assert set(analysis.reasons[1:-1]) <= {"chord", "key", "section"}
    assert analysis.reasons[-1] == "end"
    assert analysis.tv.max() > 0, "and the pictures between them move with the sound"


@pytest.mark.slow
@pytest.mark.parametrize("place", ["right", "antiphase", "centre of 7.1"])
def test_a_piece_has_the_same_points_wherever_it_sounds(tmp_path: Path, place: str) -> None:
    piece = next(iter(channel_blocks(decoded_into(sample_sound(), tmp_path / "piece"), "mix", block_samples=1 << 21)))
    silent = np.zeros_like(piece)
    channels, layout = {
        "right": ([silent, piece], "stereo"),
        "antiphase": ([piece, -piece], "stereo"),
        "centre of 7.1": ([piece if n == 2 else silent for n in range(8)], "7.1"),
    }[place]
    plain = listened(write(tmp_path / "plain.wav", [piece], "mono"), Recipe()).point_times_s
    moved = listened(write(tmp_path / "moved.wav", channels, layout), Recipe()).point_times_s
    assert len(plain) >= 4
    assert f1(moved, plain, within_s=0.05) >= 0.98


def f1(found: NDArray[np.float64], right: NDArray[np.float64], within_s: float) -> float:
    """Return the harmonic mean of precision and recall of some times."""
    hits = sum(bool(np.abs(right - time_s).min() <= within_s) for time_s in found)
    heard = sum(bool(np.abs(found - time_s).min() <= within_s) for time_s in right)
    precision, recall = hits / len(found), heard / len(right)
    return 2 * precision * recall / (precision + recall)


def direct(path: Path) -> NDArray[np.float64]:
    """Decode the left channel straight from a file, with nothing between, in double precision."""
    command = [ffmpeg(), "-v", "error", "-i", str(path), "-vn", "-af", "aformat=sample_fmts=dblp,pan=mono|c0=c0"]
    command += ["-ar", str(RATE_HZ), "-f", "f64le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f8")


@pytest.mark.parametrize(
    ("suffix", "options", "bound"),
    [
        (".wav", "-c:a pcm_s16le", 0.0),
        (".wav", "-c:a pcm_s24le", 0.0),
        (".flac", "-c:a flac", 0.0),
        (".aiff", "-c:a pcm_s16be", 0.0),
        (".mp3", "-c:a libmp3lame", 1e-8),
        (".m4a", "-c:a aac", 1e-8),
        (".ogg", "-c:a libvorbis", 1e-8),
        (".opus", "-c:a libopus", 1e-8),  # at 48 kHz
        (".wav", "-c:a pcm_s16le -ar 22050", 1e-8),
    ],
)
def test_paper_on_the_canonical_sound_is_paper_on_the_file(
    tmp_path: Path, suffix: str, options: str, bound: float
) -> None:
    path = tmp_path / f"piece{suffix}"
    command = [ffmpeg(), "-v", "error", "-i", str(sample_sound()), "-vn", *options.split(), str(path)]
    subprocess.run(command, check=True)
    recipe = Recipe(preset="paper")
    ours, theirs = listened(path, recipe), analyze([direct(path)], preset="paper")
    assert ours.duration_s == theirs.duration_s
    assert np.abs(ours.tv - theirs.tv).max() <= bound
    assert ours.points.tolist() == theirs.points.tolist()


def test_all_channels_are_decoded_and_one_of_them_is_what_it_was(sounds: dict[str, Path]) -> None:
    blocks = list(all_blocks(decoded(sounds["centre of 7.1"]), block_samples=100_000))
    frames = np.concatenate(blocks)
    assert frames.shape == (441_000, 8)
    assert max(len(block) for block in blocks) <= 100_000 // 8
    np.testing.assert_allclose(frames[:, 2], tones(), atol=1e-6)
    assert not frames[:, [0, 1, 3, 4, 5, 6, 7]].any()


@pytest.mark.parametrize("recipe", [Recipe(preset="paper"), Recipe.from_json('{"ganterpret":1}')])
def test_paper_and_recipes_of_version_1_find_what_they_always_found(sounds: dict[str, Path], recipe: Recipe) -> None:
    before = analyze(channel_blocks(decoded(sounds["left"])), preset=recipe.preset, shortest_scene_s=1.5)
    now = listened(sounds["left"], recipe)
    assert now.points.tolist() == before.points.tolist()
    assert now.alphas.tolist() == before.alphas.tolist()
    assert now.reasons == ()


def test_a_number_of_scenes_is_kept_and_sensitivity_takes_more(sounds: dict[str, Path]) -> None:
    assert len(listened(sounds["mono"], Recipe(scene_count=7)).points) == 7
    counts = [len(listened(sounds["mono"], Recipe(sensitivity=level)).points) for level in (0.1, 1.0, 16.0)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


@pytest.mark.parametrize("preset", ["auto", "paper"])
def test_points_that_were_placed_are_taken_as_they_are(sounds: dict[str, Path], preset: Preset) -> None:
    found = listened(sounds["left"], Recipe(preset=preset))
    given = listened(sounds["left"], Recipe(preset=preset, points_s=(0.5, 6.0, 9.9)))
    np.testing.assert_allclose(given.point_times_s, [0, 0.5, 6.0, 9.9, 10], atol=STEP_S)
    assert given.reasons == ("start", "given", "given", "given", "end")
    np.testing.assert_array_equal(given.tv, found.tv, "what moves between them is the same sound")
    assert listened(sounds["mono"], Recipe(points_s=())).points.size == 2


def test_points_at_the_very_end_fall_together_with_it_and_later_ones_are_refused(sounds: dict[str, Path]) -> None:
    assert listened(sounds["mono"], Recipe(points_s=(3.0, 10.05))).points.size == 3
    with pytest.raises(PipelineError) as refusal:
        listened(sounds["mono"], Recipe(points_s=(3.0, 11.0)))
    assert refusal.value.code is ErrorCode.POINT_AFTER_END
    assert refusal.value.facts == {"point_s": 11.0, "duration_s": 10.0}


@pytest.mark.parametrize("samples", [1, 100, 4_410, 44_100])
@pytest.mark.parametrize("level", [0.0, 0.3])
def test_the_shortest_and_the_silent_have_a_beginning_and_an_end(tmp_path: Path, samples: int, level: float) -> None:
    path = write(tmp_path / "short.wav", [level * np.ones(samples)], "mono")
    analysis = listened(path, Recipe())
    assert analysis.points.tolist() == [0, analysis.tv.size - 1]
    assert np.isfinite(analysis.alphas).all()
