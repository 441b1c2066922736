"""What ffmpeg is asked; nothing is run."""

from pathlib import Path

from pipeline.media.ffmpeg import SOUND_DECODERS, input_command
from pipeline.media.media_type import MP3, media_type


def test_the_input_is_one_local_file_of_one_kind(tmp_path):
    path = tmp_path / "sound.mp3"
    path.write_bytes(b"\xff\xfb\x90\x64")
    command = input_command(path, media_type(path))
    assert command[command.index("-protocol_whitelist") :] == [
        "-protocol_whitelist",
        "file,pipe",
        "-f",
        "mp3",
        "-i",
        f"file:{path}",
    ]
    assert command[command.index("-codec_whitelist") + 1] == ",".join(SOUND_DECODERS)


def test_what_lies_before_a_sound_is_skipped(tmp_path):
    path = tmp_path / "sound.mp3"
    path.write_bytes(bytes(1000) + b"\xff\xfb\x90\x64")
    command = input_command(path, media_type(path))
    assert command[command.index("-skip_initial_bytes") + 1] == "1000"


def test_a_name_can_neither_be_an_option_nor_an_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("-y", "concat:a|b", "http:", "%03d"):
        assert input_command(Path(name), MP3)[-1] == f"file:{tmp_path}/{name}"
