"""Frames and sound become an mp4 that plays everywhere; every way that ffmpeg can fail is told apart."""

from __future__ import annotations

import subprocess
import sys
import threading
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.bitrate import choose_encoding
from pipeline.media.mp4 import read_mp4
from pipeline.media.video import VideoWriter, reencode_smaller

RATE_HZ = 44_100
FPS = 24
SIDE_PX = 128


def write_sound(path: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 32_000).astype("<i2").tobytes())
    return path


def silence(path: Path, duration_s: float) -> Path:
    return write_sound(path, np.zeros(round(duration_s * RATE_HZ)))


def encode(
    out: Path,
    sound: Path,
    frames: NDArray[np.uint8],
    *,
    max_bytes: int | None = None,
    tags: dict[str, str] | None = None,
    fps: int = FPS,
) -> Path:
    duration_s = len(frames) / fps
    encoding = choose_encoding(duration_s=duration_s, side_px=frames.shape[1], fps=fps, max_bytes=max_bytes)
    with VideoWriter(out, sound=sound, size_px=frames.shape[1], fps=fps, encoding=encoding, tags=tags or {}) as writer:
        for start in range(0, len(frames), 8):
            writer.write(frames[start : start + 8])
    return out


def ffmpeg(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", *arguments], capture_output=True, check=False
    )


def streams(path: Path) -> str:
    return ffmpeg("-i", str(path)).stderr.decode()


def decoded_frames(path: Path, pixel_format: str = "rgb24", side_px: int = SIDE_PX) -> NDArray[np.uint8]:
    raw = ffmpeg("-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", pixel_format, "-").stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, side_px, side_px, 3)


def decoded_sound(path: Path) -> NDArray[np.int16]:
    raw = ffmpeg("-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", str(RATE_HZ), "-").stdout
    return np.frombuffer(raw, "<i2")


def flat(count: int, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.broadcast_to(np.array(colour, np.uint8), (count, SIDE_PX, SIDE_PX, 3)).copy()


def noise(count: int, side_px: int = SIDE_PX) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (count, side_px, side_px, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds: grey, a white flash at two seconds with a click in the sound, then grey."""
    folder = tmp_path_factory.mktemp("clip")
    frames = flat(3 * FPS, (60, 60, 60))
    frames[2 * FPS] = 255
    samples = np.zeros(3 * RATE_HZ)
    samples[2 * RATE_HZ : 2 * RATE_HZ + 60] = np.hanning(60)
    return encode(folder / "flash.mp4", write_sound(folder / "click.wav", samples), frames)


def test_is_h264_in_yuv420p_with_aac(clip: Path) -> None:
    description = streams(clip)
    assert "Video: h264 (High)" in description
    assert "yuv420p(tv, bt709, progressive), 128x128" in description
    assert "24 fps" in description
    assert "Audio: aac (LC)" in description
    assert "start: 0.000000" in description


def test_can_start_playing_before_it_has_arrived_whole(clip: Path) -> None:
    content = clip.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_a_flash_and_a_click_at_the_same_instant_stay_together(clip: Path) -> None:
    flash_s = int(decoded_frames(clip).mean(axis=(1, 2, 3)).argmax()) / FPS
    click_s = int(np.abs(decoded_sound(clip).astype(int)).argmax()) / RATE_HZ
    assert flash_s == 2.0
    assert abs(flash_s - click_s) < 0.02


def test_lasts_as_long_as_its_sound(clip: Path) -> None:
    facts = read_mp4(clip)
    assert facts.frame_count == len(decoded_frames(clip)) == 3 * FPS
    assert abs(facts.duration_s - 3.0) <= 1 / FPS
    assert (facts.width_px, facts.height_px, facts.fps) == (SIDE_PX, SIDE_PX, FPS)


@pytest.mark.parametrize("colour", [(220, 30, 40), (30, 200, 60), (40, 60, 210), (250, 240, 20), (128, 128, 128)])
def test_colours_come_back_as_they_went_in(colour: tuple[int, int, int], tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", silence(tmp_path / "a.wav", 0.5), flat(12, colour))
    luma_chroma = ffmpeg("-v", "error", "-i", str(path), "-f", "rawvideo", "-frames:v", "1", "-").stdout
    y, u, v = (luma_chroma[i * SIDE_PX**2 // 4] for i in (0, 4, 5))
    # ITU-R BT.709, limited range.
    r, g, b = (value / 255 for value in colour)
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    expected = (16 + 219 * luma, 128 + 224 * (b - luma) / 1.8556, 128 + 224 * (r - luma) / 1.5748)
    assert np.abs(np.subtract((y, u, v), expected)).max() < 2.5


def test_one_frame_and_a_tenth_of_a_second_make_a_clip(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", silence(tmp_path / "a.wav", 0.01), flat(1, (9, 9, 200)))
    assert read_mp4(path).frame_count == 1


def test_hostile_texts_survive_as_they_are(tmp_path: Path) -> None:
    tags = {"title": "a=b;#\\'\"\n[x] -y", "comment": '{"ganterpret":1}' + "é✓😀=;#\\\n" * 4000}
    path = encode(tmp_path / "a.mp4", silence(tmp_path / "a.wav", 0.2), flat(5, (0, 0, 0)), tags=tags)
    assert read_mp4(path).tags == tags


def test_noise_is_held_to_its_bytes(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", silence(tmp_path / "a.wav", 4), noise(96), max_bytes=250_000)
    assert 60_000 < path.stat().st_size <= 250_000


def test_a_clip_is_made_smaller_with_its_texts(tmp_path: Path) -> None:
    tags = {"title": "Nocturne", "comment": '{"ganterpret":1}', "artist": "GANterpreter"}
    path = encode(tmp_path / "a.mp4", silence(tmp_path / "a.wav", 4), noise(96, 256), tags=tags)
    before = path.stat().st_size
    smaller = tmp_path / "b.mp4"
    reencode_smaller(path, smaller, max_bytes=before // 5, side_px=192)
    facts = read_mp4(smaller)
    assert smaller.stat().st_size <= before // 5
    assert facts.tags == tags
    assert facts.width_px <= 192
    assert facts.frame_count == 96
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.mp4", "a.wav", "b.mp4"]


def test_a_clip_that_cannot_be_made_small_enough_says_what_it_needs(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        reencode_smaller(clip, tmp_path / "b.mp4", max_bytes=9_000)
    assert caught.value.code is ErrorCode.CANNOT_FIT
    assert caught.value.facts["limit_bytes"] < caught.value.facts["bytes"]  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_clip_is_not_encoded_again(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("#EXTM3U\nfile:///etc/passwd\n")
    with pytest.raises(PipelineError) as caught:
        reencode_smaller(tmp_path / "text.mp4", tmp_path / "b.mp4", max_bytes=10**6)
    assert caught.value.code is ErrorCode.NOT_MEDIA


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_a_full_disk_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").symlink_to("/dev/full")
    with pytest.raises(PipelineError) as caught:
        encode(tmp_path / "a.mp4", silence(tmp_path / "a.wav", 2), noise(48))
    assert caught.value.code is ErrorCode.DISK_FULL


def test_a_missing_folder_is_not_writable(tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        encode(tmp_path / "none" / "a.mp4", silence(tmp_path / "a.wav", 2), noise(48))
    assert caught.value.code is ErrorCode.OUTPUT_NOT_WRITABLE


def test_a_broken_sound_fails_the_encoder_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFFnothing at all")
    with pytest.raises(PipelineError) as caught:
        encode(tmp_path / "a.mp4", tmp_path / "a.wav", flat(24, (0, 0, 0)))
    assert caught.value.code is ErrorCode.ENCODER_FAILED
    assert caught.value.facts["reason"]


def test_an_exception_kills_ffmpeg_and_an_abort_frees_a_waiting_writer(tmp_path: Path) -> None:
    writer = VideoWriter(
        tmp_path / "a.mp4",
        sound=silence(tmp_path / "a.wav", 60),
        size_px=SIDE_PX,
        fps=FPS,
        encoding=choose_encoding(duration_s=60, side_px=SIDE_PX, fps=FPS),
        tags={},
    )
    failures: list[PipelineError] = []

    def write_until_it_fails() -> None:
        try:
            while True:
                writer.write(noise(8))
        except PipelineError as error:
            failures.append(error)

    thread = threading.Thread(target=write_until_it_fails)

    def interrupted() -> None:
        with writer:
            thread.start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert len(failures) == 1


def test_the_import_of_moviepy_leaves_the_environment_alone(tmp_path: Path) -> None:
    program = (
        "import os; before = dict(os.environ)\n"
        "import pipeline.media.video as video, sys\n"
        "assert not any(name.startswith('moviepy') for name in sys.modules)\n"
        "video._moviepy()\n"
        "import imageio_ffmpeg, moviepy.video.io.ffmpeg_writer as module\n"
        "assert module.FFMPEG_BINARY == imageio_ffmpeg.get_ffmpeg_exe()\n"
        "assert dict(os.environ) == before\n"
    )
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        check=False,
        env={"PATH": str(tmp_path), "FFMPEG_BINARY": "/nowhere/ffmpeg"},
        cwd=Path(__file__).parents[4],
    )
    assert finished.returncode == 0, finished.stderr.decode()
