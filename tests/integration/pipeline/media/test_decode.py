"""Real files through the real ffmpeg."""

import os
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.canonical import HEADER_BYTES, read_format
from pipeline.media.decode import CANONICAL_NAME, decode_sound
from pipeline.media.ffmpeg import ffmpeg
from pipeline.media.probe import probe
from pipeline.media.sound_file import channel_blocks

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


def heard(path, **options):
    """Decode a file and hand back what there is, while its canonical file is still there."""
    with tempfile.TemporaryDirectory() as folder:
        return decode_sound(path, Path(folder), **options).info


def decoded(path, channel="left", **options):
    with tempfile.TemporaryDirectory() as folder:
        return np.concatenate(list(channel_blocks(decode_sound(path, Path(folder), **options), channel)))


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


def test_blocks_are_equally_long_but_for_the_last(files, tmp_path):
    sound = decode_sound(files["wav"], tmp_path)
    sizes = [block.size for block in channel_blocks(sound, block_samples=50_000)]
    assert sizes == [50_000, 50_000, 32_300]


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "opus"])
def test_a_part_is_exact_to_the_sample(files, suffix):
    whole = decoded(files[suffix])
    part = decoded(files[suffix], start_s=1.25, duration_s=0.5)
    assert (part == whole[55_125 : 55_125 + 22_050]).all()


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
    folder = tmp_path / "empty"
    folder.mkdir()
    assert refusal_of(lambda: decode_sound(files["wav"], folder, start_s=5.0)).code is ErrorCode.START_AFTER_END
    assert list(folder.iterdir()) == []


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
    for work in (lambda: probe(path), lambda: decode_sound(path, tmp_path)):
        assert refusal_of(work).code is ErrorCode.BROKEN_MEDIA
    assert list(tmp_path.iterdir()) == [path]


def test_pictures_without_sound_are_called_that(tmp_path):
    run("-f", "lavfi", "-i", "testsrc=d=1:s=64x64", tmp_path / "mute.mp4")
    assert refusal_of(lambda: probe(tmp_path / "mute.mp4")).code is ErrorCode.NO_SOUND


def test_a_playlist_named_like_a_sound_opens_nothing(tmp_path, files):
    path = tmp_path / "song.mp3"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{files['mp3']}\n#EXT-X-ENDLIST\n")
    assert refusal_of(lambda: decoded(path)).code is ErrorCode.PLAYLIST


def test_a_sound_in_a_codec_that_is_not_on_our_list_is_not_decoded(tmp_path, files):
    run("-i", files["wav"], "-c:a", "tta", tmp_path / "odd.mka")
    for work in (lambda: probe(tmp_path / "odd.mka"), lambda: decoded(tmp_path / "odd.mka")):
        refusal = refusal_of(work)
        assert refusal.code is ErrorCode.UNKNOWN_CODEC
        assert refusal.facts["codec"] == "tta"


def test_an_output_that_cannot_be_written_is_called_that(tmp_path, files):
    folder = tmp_path / "none"
    folder.mkdir()
    (folder / CANONICAL_NAME).mkdir()
    assert refusal_of(lambda: decode_sound(files["wav"], folder)).code is ErrorCode.OUTPUT_NOT_WRITABLE


def test_a_full_disk_is_called_that_and_nothing_is_left(tmp_path, files):
    out = tmp_path / CANONICAL_NAME
    out.symlink_to("/dev/full")
    assert refusal_of(lambda: decode_sound(files["wav"], tmp_path)).code is ErrorCode.DISK_FULL
    assert not out.is_symlink()


def test_a_sound_that_nobody_wants_any_more_is_left_without_a_process_or_a_file(files, tmp_path, monkeypatch):
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *arguments, **options):
            started.append(self)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    refusal = refusal_of(lambda: decode_sound(files["mp3"], tmp_path, cancelled=lambda: True))
    assert refusal.code is ErrorCode.CANCELLED
    assert started
    assert all(process.returncode is not None for process in started)
    assert list(tmp_path.iterdir()) == []


def test_the_canonical_sound_is_a_wav_of_floats_that_numpy_maps(files, samples, tmp_path):
    sound = decode_sound(files["wav"], tmp_path)
    form, frames = read_format(sound.path)
    assert (form.channels, form.sample_rate_hz, frames) == (2, 44_100, len(samples))
    mapped = np.memmap(sound.path, "<f4", "r", HEADER_BYTES).reshape(-1, 2)
    assert (mapped == samples / 32768).all()
    raw = subprocess.run(
        [ffmpeg(), "-v", "error", "-i", sound.path, "-f", "f32le", "-"], capture_output=True, check=True
    ).stdout
    assert raw == mapped.tobytes()


def test_a_part_that_begins_late_is_kept_without_what_lies_before(tmp_path):
    path = write_wav(tmp_path / "long.wav", np.arange(30 * 8_000) % 3_000, rate=8_000)
    whole = decoded(path)
    sound = decode_sound(path, tmp_path, start_s=20.25, duration_s=1.5)
    assert sound.info.begins_s == 19
    assert sound.path.stat().st_size < 5 * 8_000 * 4, "the part, a second before it, and a second after"
    part = np.concatenate(list(channel_blocks(sound)))
    assert part.size == 66_150
    np.testing.assert_allclose(part, whole[893_025 : 893_025 + 66_150], atol=1e-12)


def played(sound):
    """Return what a clip of a sound is given to play."""
    command = [ffmpeg(), "-v", "error", "-i", sound.path, "-af", sound.playing_filter, "-c:a", "pcm_s16le", "-f", "wav"]
    return subprocess.run([*command, "-bitexact", "-"], capture_output=True, check=True).stdout


def test_the_sound_of_a_clip_is_the_part_that_was_analyzed(files, samples, tmp_path):
    raw = played(decode_sound(files["wav"], tmp_path, start_s=1.0, duration_s=1.5))
    assert (np.frombuffer(raw[44:], "<i2").reshape(-1, 2) == samples[44_100:110_250]).all()


@pytest.mark.parametrize("channels", [6, 9])
def test_more_channels_become_two_and_nothing_clips(tmp_path, samples, channels):
    loud = np.repeat(np.sign(samples[:, :1]) * 32_000, channels, axis=1)
    path = write_wav(tmp_path / "many.wav", loud)
    raw = played(decode_sound(path, tmp_path))
    assert int.from_bytes(raw[22:24], "little") == 2
    assert 16_000 < np.abs(np.frombuffer(raw[44:], "<i2").astype(int)).max() < 32_700


# --- the timeline of a player -----------------------------------------------------------------------------------------


def film_that_begins_without_sound(path, sound, *options):
    pictures = ["-f", "lavfi", "-i", "testsrc=d=3:s=64x64:r=25", "-itsoffset", "1.1", "-i", sound]
    run(*pictures, *options, "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "ts"])
def test_a_sound_that_begins_behind_its_pictures_is_heard_when_it_is_played(files, tmp_path, suffix):
    film = film_that_begins_without_sound(tmp_path / f"late.{suffix}", files["wav"], "-c:a", "aac")
    whole = decoded(film)
    assert whole.size / 44_100 == pytest.approx(4.1, abs=0.05)
    assert not whole[: round(1.05 * 44_100)].any()
    assert np.abs(whole[round(1.15 * 44_100) :]).max() > 0.2
    part = decoded(film, start_s=1.5, duration_s=1.0)
    assert (part == whole[66_150:110_250]).all(), "what starts at 1.5 s is what is seen at 1.5 s"


def test_the_track_that_is_marked_as_default_is_played(files, tmp_path):
    film = tmp_path / "two.mp4"
    inputs = ["-f", "lavfi", "-i", "anullsrc=r=44100:d=3", "-i", files["wav"], "-map", "0:a", "-map", "1:a"]
    run(*inputs, "-c:a", "aac", "-disposition:a:0", "0", "-disposition:a:1", "default", film)
    assert np.abs(decoded(film)).max() > 0.2
    run(*inputs, "-c:a", "aac", "-disposition:a:0", "default", "-disposition:a:1", "0", film)
    assert np.abs(decoded(film)).max() == 0.0


def test_a_pause_of_which_nothing_is_stored_is_silence(files, tmp_path):
    path = tmp_path / "muted.webm"
    run("-i", files["wav"], "-af", "asetpts=if(gt(T\\,1)\\,PTS+2*SR\\,PTS)", "-c:a", "libopus", path)
    sound = decoded(path)
    assert sound.size / 44_100 == pytest.approx(5.0, abs=0.03)
    assert not sound[round(1.2 * 44_100) : round(2.8 * 44_100)].any()
    assert np.abs(sound[round(3.2 * 44_100) :]).max() > 0.2


def test_a_pause_in_a_film_is_silence_too(files, tmp_path):
    path = tmp_path / "muted.mkv"
    pictures = ["-f", "lavfi", "-i", "testsrc=d=5:s=64x64:r=25", "-i", files["wav"], "-map", "0:v", "-map", "1:a"]
    run(*pictures, "-af", "asetpts=if(gt(T\\,1)\\,PTS+2*SR\\,PTS)", "-c:a", "libopus", "-c:v", "mpeg4", path)
    sound = decoded(path)
    assert sound.size / 44_100 == pytest.approx(5.0, abs=0.03)
    assert not sound[round(1.2 * 44_100) : round(2.8 * 44_100)].any()


def test_every_link_of_a_chain_is_heard_in_the_format_of_the_first(files, tmp_path):
    run("-i", files["wav"], "-c:a", "libvorbis", "-ar", "22050", "-ac", "1", tmp_path / "other.ogg")
    chain = tmp_path / "chain.ogg"
    chain.write_bytes(files["opus"].read_bytes() + (tmp_path / "other.ogg").read_bytes() + files["ogg"].read_bytes())
    info = heard(chain)
    assert (info.channels, info.sample_rate_hz) == (1, 48_000)
    assert info.duration_s == pytest.approx(3 * SECONDS, abs=0.01)


def test_an_mp3_that_was_joined_is_as_long_as_it_plays(files, tmp_path):
    pieces = []
    for channels in ("1", "2"):
        options = ["-c:a", "libmp3lame", "-write_xing", "0", "-id3v2_version", "0", "-ac", channels]
        run("-i", files["wav"], *options, tmp_path / "x.mp3")
        pieces.append((tmp_path / "x.mp3").read_bytes())
    (tmp_path / "joined.mp3").write_bytes(b"".join(pieces * 2))
    sound = decode_sound(tmp_path / "joined.mp3", tmp_path)
    assert sound.info.channels == 1
    for place, piece in enumerate(pieces):
        (tmp_path / f"{place}.mp3").write_bytes(piece)
    alone_s = [heard(tmp_path / f"{place}.mp3").duration_s for place in range(2)]
    assert sound.info.duration_s == pytest.approx(2 * sum(alone_s), abs=0.001)
    assert sum(block.size for block in channel_blocks(sound)) == round(sound.info.duration_s * 44_100)


def test_a_title_and_a_note_of_damage_come_along(files, tmp_path):
    assert heard(files["flac"]).title == "Ünder: the sea"
    assert not heard(files["flac"]).is_damaged
    half = tmp_path / "half.flac"
    half.write_bytes(files["flac"].read_bytes()[:100_000])
    assert heard(half).is_damaged
