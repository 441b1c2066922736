"""What a version of a recipe promises for ever: points, alphas, categories, latents and motion, by recorded values.

Whoever has to change a number below has made a new version, and leaves the old one as it is.
"""

from __future__ import annotations

import json
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.analysis.latent_path import frame_path, mix
from pipeline.media.decode import decode_sound
from pipeline.recipe import Recipe
from pipeline.render.listening import analyze_sound
from pipeline.render.scenario import choose_scenario, theme_of
from pipeline.render.values import RenderJob, Targets

RATE_HZ = 44_100
DURATION_S = 12
FPS = 12
FRAMES = (0, 20, 50, 80, 110, 143)
EVERY = 400
"""One alpha in so many is recorded, and the sum of all."""


def write(folder: Path) -> Path:
    """A stereo sound of whole numbers, the same everywhere: chords and knocks left, a voice-like sweep right."""
    t = np.arange(DURATION_S * RATE_HZ) / RATE_HZ
    bars = (t // 1.5).astype(int)
    roots = np.array([220, 220, 262, 262, 196, 330, 196, 147])[bars]
    left = sum(np.sin(2 * np.pi * roots * ratio * t) / ratio for ratio in (1, 1.25, 1.5, 2))
    left = left * np.exp(-2.5 * (t % 1.7)) * np.where(bars % 3 == 2, 0.3, 1.0)
    right = np.sin(2 * np.pi * 110 * t * (1 + 0.2 * (t > 5))) * np.where((t > 3) & (t < 9), 1.0, 0.1)
    samples = np.stack((6000 * left, 8000 * right), axis=1).round().astype("<i2")
    path = folder / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return path


RECIPES: dict[str, dict[str, object]] = {
    "1 auto": {"ganterpret": 1, "theme": "primates", "seed": 7},
    "1 auto of five": {"ganterpret": 1, "theme": "moon > rocket > baboon", "seed": 8, "scene_count": 5},
    "1 paper": {"ganterpret": 1, "theme": "birds", "seed": 9, "preset": "paper", "threshold": 0.002},
    "2 auto": {"ganterpret": 2, "theme": "primates", "seed": 7},
    "2 auto of five": {"ganterpret": 2, "theme": "moon > rocket > baboon", "seed": 8, "scene_count": 5},
    "2 auto, all of it": {"ganterpret": 2, "theme": "ocean", "seed": 10, "sensitivity": 8, "shortest_scene_s": 1},
    "2 paper": {"ganterpret": 2, "theme": "birds", "seed": 9, "preset": "paper", "threshold": 0.002},
    "2 given": {"ganterpret": 2, "theme": "primates", "seed": 7, "points_s": [1.5, 4.25, 9], "truncation": 0.5},
}


def promise_of(sound: Path, wish: dict[str, object]) -> dict[str, object]:
    """What a recipe makes of a sound, in few numbers.

    Points in steps; some alphas and the sum of all; the scenes; of some frames the segment and alpha, the first numbers
    of the latent, and the class vector.
    """
    recipe = Recipe.from_json(json.dumps(wish | {"fps": FPS}))
    with tempfile.TemporaryDirectory() as folder:
        decoded = decode_sound(sound, Path(folder))
        analysis = analyze_sound(decoded, recipe, lambda _done_s: None)
    job = RenderJob(decoded, recipe, Targets(Path("clip.mp4")))
    scenes = choose_scenario(job, analysis, theme_of(recipe), ("sketch", 128)).recipe.scenes
    path = frame_path(analysis, FPS)
    latents, classes = mix(path, scenes, recipe.truncation, slice(None))
    shown = np.array(FRAMES)
    return {
        "points": analysis.points.tolist(),
        "alphas": rounded(analysis.alphas[::EVERY]),
        "sum of alphas": round(float(analysis.alphas.sum()), 3),
        "scenes": [[scene.category, scene.latent_seed] for scene in scenes],
        "segments": path.segments[shown].tolist(),
        "frames": rounded(path.alphas[shown]),
        "latents": [rounded(row) for row in latents[shown, :2]],
        "classes": [[[int(c), round(float(row[c]), 5)] for c in np.flatnonzero(row)] for row in classes[shown]],
    }


def rounded(numbers: NDArray[np.floating]) -> list[float]:
    return [round(float(number), 5) for number in numbers]


RECORDED = json.loads(Path(__file__).with_name("recipe_promises.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("promises"))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_keeps_what_its_version_has_promised(sound: Path, name: str) -> None:
    promised, kept = RECORDED[name], promise_of(sound, RECIPES[name])
    for exact in ("points", "scenes", "segments"):
        assert kept[exact] == promised[exact]
    for close in ("alphas", "frames", "latents", "classes"):
        np.testing.assert_allclose(*map(flat, (kept[close], promised[close])), atol=2e-5)
    assert kept["sum of alphas"] == pytest.approx(promised["sum of alphas"], abs=0.01)


def test_the_two_versions_promise_different_things() -> None:
    assert RECORDED["1 auto"]["points"] != RECORDED["2 auto"]["points"]
    assert RECORDED["1 paper"] == RECORDED["2 paper"], "the paper does not change"
    assert all(len(promise["points"]) > 3 for promise in RECORDED.values()), "and each says something"


def flat(numbers: object) -> list[float]:
    return [each for part in numbers for each in flat(part)] if isinstance(numbers, list) else [numbers]  # type: ignore[list-item]
