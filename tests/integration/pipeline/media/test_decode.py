"""Real files through the real ffmpeg."""

import os
import subprocess
import wave

import numpy as np
import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.decode import decode_blocks, extract_sound
from pipeline.media.ffmpeg import ffmpeg
from pipeline.media.probe import probe
from pipeline.media.sound_file import open_sound

SECONDS = 3.0
ENCODERS = {
    "mp3": ["-c:a", "libmp3lame"],
    "m4a": ["-c:a", "aac"],
    "flac": ["-c:a", "flac"],
    "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus", "-ac", "1", "-b:a", "24k"],  # a voice note
    "webm": ["-c:a", "libopus"],
    "mp4": ["-f", "lavfi", "-i", "testsrc=d=3:s=64x64:r=5", "-c:a", "aac", "-pix_fmt", "yuv420p"],
}


def run(*arguments):
    subprocess.run([ffmpeg(), "-loglevel", "error", "-y", *map(str, arguments)], check=True)


def write_wav(path, samples, rate=44_100):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1] if samples.ndim == 2 else 1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def decoded(path, **options):
    part = {name: options.pop(name) for name in ("start_s", "duration_s") if name in options}
    return np.concatenate(list(decode_blocks(open_sound(path, **part), **options)))


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    return np.round(rng.normal(0, 5000, (round(SECONDS * 44_100), 2))).clip(-32768, 32767).astype(np.int16)


@pytest.fixture(scope="module")
def files(tmp_path_factory, samples):
    folder = tmp_path_factory.mktemp("sounds")
    paths = {"wav": write_wav(folder / "sound.wav", samples)}
    for suffix, options in ENCODERS.items():
        paths[suffix] = folder / f"sound.{suffix}"
        run("-i", paths["wav"], *options, "-metadata", "title=Ünder: the sea", paths[suffix])
    return paths


@pytest.mark.parametrize(
    ("suffix", "container", "codec", "channels"),
    [
        ("wav", "wav", "pcm_s16le", 2),
        ("mp3", "mp3", "mp3", 2),
        ("m4a", "mp4", "aac", 2),
        ("flac", "flac", "flac", 2),
        ("ogg", "ogg", "vorbis", 2),
        ("opus", "ogg", "opus", 1),
        ("webm", "matroska", "opus", 2),
        ("mp4", "mp4", "aac", 2),
    ],
)
def test_every_kind_is_probed_and_decodes_to_its_length(files, suffix, container, codec, channels):
    info = probe(files[suffix])
    assert (info.container, info.codec, info.channels) == (container, codec, channels)
    assert info.duration_s == pytest.approx(SECONDS, abs=0.05)
    assert info.has_video == (suffix == "mp4")
    assert info.title == (None if suffix == "wav" else "Ünder: the sea")
    assert decoded(files[suffix]).size == pytest.approx(SECONDS * 44_100, abs=2500)


def test_the_name_of_a_file_says_nothing(files, tmp_path):
    odd = tmp_path / "-f concat: 100%d?.txt"
    os.link(files["wav"], odd)
    assert probe(odd).container == "wav"
    assert decoded(odd).size == SECONDS * 44_100


@pytest.mark.parametrize("channel", ["left", "right", "mix"])
def test_samples_at_44_100_hz_are_not_altered(files, samples, channel):
    exact = {"left": samples[:, 0] / 32768, "right": samples[:, 1] / 32768, "mix": samples.mean(axis=1) / 32768}
    assert (decoded(files["wav"], channel=channel) == exact[channel]).all()


@pytest.mark.parametrize("channel", ["left", "right", "mix"])
def test_mono_is_the_same_on_every_channel(tmp_path, samples, channel):
    path = write_wav(tmp_path / "mono.wav", samples[:, 0])
    assert (decoded(path, channel=channel) == samples[:, 0] / 32768).all()


def test_another_sample_rate_is_brought_to_44_100_hz(tmp_path):
    time_s = np.arange(16_000) / 8_000
    path = write_wav(tmp_path / "low.wav", 10_000 * np.sin(2 * np.pi * 441 * time_s), rate=8_000)
    sound = decoded(path)
    assert sound.size == pytest.approx(88_200, abs=50)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    assert spectrum.argmax() * 44_100 / sound.size == pytest.approx(441, abs=1)


def test_blocks_are_equally_long_but_for_the_last(files):
    sizes = [block.size for block in decode_blocks(open_sound(files["wav"]), block_samples=50_000)]
    assert sizes == [50_000, 50_000, 32_300]


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "opus"])
def test_a_part_is_exact_to_the_sample(files, suffix):
    whole = decoded(files[suffix])
    part = decoded(files[suffix], start_s=1.25, duration_s=0.5)
    assert (part == whole[55_125 : 55_125 + 22_050]).all()


def test_the_sound_of_a_clip_is_the_part_that_was_analysed(files, samples, tmp_path):
    out = tmp_path / "part.wav"
    assert extract_sound(open_sound(files["wav"], 1.0, 1.5), out) == 1.5
    with wave.open(str(out)) as file:
        assert file.getparams()[:4] == (2, 2, 44_100, 66_150)
        written = np.frombuffer(file.readframes(66_150), "<i2").reshape(-1, 2)
    assert (written == samples[44_100:110_250]).all()


def test_a_part_that_reaches_past_the_end_ends_there(files, tmp_path):
    assert extract_sound(open_sound(files["wav"], 2.0, 99.0), tmp_path / "part.wav") == 1.0
    assert decoded(files["wav"], start_s=2.0, duration_s=99.0).size == 44_100


def test_six_channels_become_two(tmp_path, files):
    run("-i", files["wav"], "-ac", "6", tmp_path / "six.flac")
    assert probe(tmp_path / "six.flac").channels == 6
    assert decoded(tmp_path / "six.flac", channel="mix").size == SECONDS * 44_100
    extract_sound(open_sound(tmp_path / "six.flac"), tmp_path / "two.wav")
    assert probe(tmp_path / "two.wav").channels == 2


def refusal_of(work):
    with pytest.raises(PipelineError) as caught:
        work()
    return caught.value


def test_longer_than_the_limit_is_refused_by_count(files):
    refusal = refusal_of(lambda: decoded(files["mp3"], limit_s=2.0))
    assert refusal.code is ErrorCode.TOO_LONG
    assert refusal.facts == {"limit_s": 2.0, "duration_s": pytest.approx(3.0, abs=0.05)}


def test_the_limit_is_on_the_part_that_is_used(files):
    assert decoded(files["wav"], limit_s=2.0, start_s=1.5).size == 66_150
    assert decoded(files["wav"], limit_s=2.0, duration_s=2.0).size == 88_200
    assert decoded(files["wav"], limit_s=3.0).size == 132_300


def test_a_header_that_lies_about_the_length_changes_nothing(files, tmp_path):
    lying = bytearray(files["wav"].read_bytes())
    lying[40:44] = (44_100 * 4).to_bytes(4, "little")  # claims one second of the three
    lying[4:8] = (36 + 44_100 * 4).to_bytes(4, "little")
    short = tmp_path / "short.wav"
    short.write_bytes(lying)
    assert decoded(short).size == 44_100
    lying[40:44] = (44_100 * 4 * 3600).to_bytes(4, "little")  # claims an hour
    long = tmp_path / "long.wav"
    long.write_bytes(lying)
    assert decoded(long, limit_s=3.0).size == 132_300


def test_a_start_after_the_end_is_refused(files, tmp_path):
    refusal = refusal_of(lambda: decoded(files["wav"], start_s=5.0))
    assert refusal.code is ErrorCode.START_AFTER_END
    assert refusal.facts == {"start_s": 5.0, "duration_s": 3.0}
    out = tmp_path / "part.wav"
    assert refusal_of(lambda: extract_sound(open_sound(files["wav"], 5.0), out)).code is ErrorCode.START_AFTER_END
    assert not out.exists()


@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "ogg", "opus", "webm"])
def test_of_a_truncated_file_the_sound_that_is_there_is_used(files, tmp_path, suffix):
    whole = files[suffix].read_bytes()
    path = tmp_path / f"half.{suffix}"
    path.write_bytes(whole[: len(whole) // 2])
    assert probe(path).channels >= 1
    assert 0.2 * SECONDS < decoded(path).size / 44_100 < 0.8 * SECONDS


BROKEN = {
    "m4a without its index": lambda files: files["m4a"].read_bytes()[:2000],
    "wav of its header alone": lambda files: files["wav"].read_bytes()[:44],
    "noise that begins like Ogg": lambda _: b"OggS" + np.random.default_rng(1).bytes(5000),
    "noise that begins like mp4": lambda _: b"\0\0\0\x18ftypmp42" + np.random.default_rng(2).bytes(5000),
    "noise that begins like wav": lambda _: b"RIFF\0\0\0\0WAVE" + np.random.default_rng(3).bytes(5000),
    "noise that begins like WebM": lambda _: b"\x1a\x45\xdf\xa3" + np.random.default_rng(4).bytes(5000),
    "text that begins like mp3": lambda _: b"ID3 tags are a way to\n" * 100,
}


@pytest.mark.parametrize("name", BROKEN)
def test_where_nothing_decodes_the_file_is_called_broken(files, tmp_path, name):
    path = tmp_path / "broken"
    path.write_bytes(BROKEN[name](files))
    out = tmp_path / "out.wav"
    for work in (lambda: probe(path), lambda: decoded(path), lambda: extract_sound(open_sound(path), out)):
        assert refusal_of(work).code is ErrorCode.BROKEN_MEDIA
    assert not out.exists()


def test_pictures_without_sound_are_called_that(tmp_path):
    run("-f", "lavfi", "-i", "testsrc=d=1:s=64x64", tmp_path / "mute.mp4")
    assert refusal_of(lambda: probe(tmp_path / "mute.mp4")).code is ErrorCode.NO_SOUND


def test_a_playlist_named_like_a_sound_opens_nothing(tmp_path, files):
    path = tmp_path / "song.mp3"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{files['mp3']}\n#EXT-X-ENDLIST\n")
    assert refusal_of(lambda: decoded(path)).code is ErrorCode.PLAYLIST


def test_a_sound_in_a_codec_that_is_no_sound_s_is_not_decoded(tmp_path, files):
    run("-i", files["wav"], "-c:a", "wmav2", "-f", "matroska", tmp_path / "odd.webm")
    assert refusal_of(lambda: probe(tmp_path / "odd.webm")).code is ErrorCode.BROKEN_MEDIA


def test_an_output_that_cannot_be_written_is_called_that(tmp_path, files):
    out = tmp_path / "no" / "such" / "folder.wav"
    refusal = refusal_of(lambda: extract_sound(open_sound(files["wav"]), out))
    assert refusal.code is ErrorCode.OUTPUT_NOT_WRITABLE
    assert refusal.facts == {"path": str(out)}


def test_a_full_disk_is_called_that_and_nothing_is_left(tmp_path, files):
    out = tmp_path / "full.wav"
    out.symlink_to("/dev/full")
    assert refusal_of(lambda: extract_sound(open_sound(files["wav"]), out)).code is ErrorCode.DISK_FULL
    assert not out.is_symlink()


def test_a_reader_that_stops_early_leaves_no_process(files, monkeypatch):
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *arguments, **options):
            started.append(self)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    blocks = decode_blocks(open_sound(files["wav"]), block_samples=100)
    next(blocks)
    assert started[-1].returncode is None
    blocks.close()
    assert all(process.returncode is not None for process in started)
