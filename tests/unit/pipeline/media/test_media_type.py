import pytest

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.media_type import media_type, media_type_of

MEDIA = {
    "wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "wav over 4 GB": b"RF64\xff\xff\xff\xffWAVEds64",
    "m4a": b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00",
    "mov of a phone": b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00",
    "mov without a type, wide first": b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat",
    "mov without a type, its index first": b"\x00\x00\x02\x00moov\x00\x00\x00\x6cmvhd",
    "3gp": b"\x00\x00\x00\x18ftyp3gp4\x00\x00\x02\x00",
    "w64": b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00",
    "wav, big-endian": b"RIFX\x00\x00\x00\x24WAVEfmt ",
    "aiff": b"FORM\x00\x00\x10\x00AIFFCOMM",
    "aiff, compressed": b"FORM\x00\x00\x10\x00AIFCFVER",
    "caf": b"caff\x00\x01\x00\x00desc",
    "au": b".snd\x00\x00\x00\x18",
    "amr": b"#!AMR\n\x3c",
    "amr wide band": b"#!AMR-WB\n\x3c",
    "aac of ADTS": b"\xff\xf1\x50\x80\x2e\x7f\xfc\x21",
    "asf": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
    "avi": b"RIFF\x24\x00\x00\x00AVI LIST",
    "mpegts": (b"\x47" + bytes(187)) * 5,
    "mpegts of a disc": (bytes(4) + b"\x47" + bytes(187)) * 5,
    "flac": b"fLaC\x00\x00\x00\x22",
    "ogg": b"OggS\x00\x02",
    "webm": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81",
    "mp3, 128 kbit/s, 44.1 kHz": b"\xff\xfb\x90\x64",
    "mp3 of low rate (MPEG 2.5)": b"\xff\xe3\x18\xc4",
}

NOT_MEDIA = {
    "text": b"Dear all,\n",
    "a page": b"<!doctype html><html>",
    "UTF-16 text": "Hello".encode("utf-16"),
    "a picture": b"\x89PNG\r\n\x1a\n",
    "a JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "a webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "a program": b"\x7fELF\x02\x01\x01",
    "an ffmpeg metadata file": b";FFMETADATA1\ntitle=x",
    "a subtitle": b"1\n00:00:01,000 --> 00:00:02,000\n",
    "one byte": b"R",
}

PLAYLISTS = {
    "m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\nfile:///etc/passwd\n",
    "m3u8 behind a byte order mark": b"\xef\xbb\xbf#EXTM3U\n",
    "m3u8 behind blank lines": b"\r\n  #EXTM3U\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "pls": b"[playlist]\nFile1=http://example.org/\n",
    "asx": b'<ASX version="3.0">',
    "DASH": b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">',
    "XSPF": b'<?xml version="1.0"?>\n<playlist version="1">',
}


@pytest.mark.parametrize("name", MEDIA)
def test_media_are_known_by_their_first_bytes(name):
    kind = media_type_of(MEDIA[name])
    expected = {"m4a": "mov", "3gp": "mov", "webm": "matroska"}
    first_word = name.split()[0].rstrip(",")
    assert kind.demuxer == expected.get(first_word, first_word)


@pytest.mark.parametrize("name", NOT_MEDIA)
def test_anything_else_is_refused(name):
    with pytest.raises(PipelineError) as refusal:
        media_type_of(NOT_MEDIA[name])
    assert refusal.value.code is ErrorCode.NOT_MEDIA


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_is_called_one(name):
    with pytest.raises(PipelineError) as refusal:
        media_type_of(PLAYLISTS[name])
    assert refusal.value.code is ErrorCode.PLAYLIST


def test_an_mp4_may_not_name_other_files():
    options = media_type_of(MEDIA["m4a"]).demuxer_options
    assert options == ("-enable_drefs", "0", "-use_absolute_path", "0")


def test_what_is_not_there_is_missing(tmp_path):
    with pytest.raises(PipelineError) as refusal:
        media_type(tmp_path / "none.mp3")
    assert refusal.value.code is ErrorCode.FILE_MISSING
    assert refusal.value.facts["path"] == str(tmp_path / "none.mp3")


def test_an_empty_file_is_called_empty(tmp_path):
    path = tmp_path / "empty.mp3"
    path.touch()
    with pytest.raises(PipelineError) as refusal:
        media_type(path)
    assert refusal.value.code is ErrorCode.FILE_EMPTY


MP3 = (b"\xff\xfb\x90\x64" + bytes(413)) * 5
ID3 = b"ID3\x04\x00\x00\x00\x00\x01\x00" + b"x" * 128
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (100).to_bytes(4, "little") + bytes(4) + bytes(3) + b"\x80"
APE = APE + bytes(8) + b"y" * 100


@pytest.mark.parametrize(
    ("content", "demuxer", "skip_bytes"),
    [
        (ID3 + MP3, "mp3", 0),  # ffmpeg reads this tag by itself
        (ID3 + ID3 + MP3, "mp3", 0),
        (ID3 + b"fLaC\x00\x00\x00\x22", "flac", 0),
        (ID3 + b"\xff\xf1\x50\x80\x2e\x7f\xfc\x21", "aac", 0),
        (APE + MP3, "mp3", len(APE)),
        (APE + ID3 + MP3, "mp3", len(APE)),
        (bytes(100_000) + MP3, "mp3", 100_000),
        (MP3[100:], "mp3", 317),
        (ID3 + MP3[100:], "mp3", len(ID3) + 317),
    ],
)
def test_a_sound_is_known_behind_tags_and_padding(tmp_path, content, demuxer, skip_bytes):
    path = tmp_path / "tagged"
    path.write_bytes(content)
    kind = media_type(path)
    assert (kind.demuxer, kind.skip_bytes) == (demuxer, skip_bytes)


@pytest.mark.parametrize("content", [ID3, ID3 + b"Dear all,\n" * 9])
def test_tags_with_nothing_behind_them_are_a_damaged_sound(tmp_path, content):
    path = tmp_path / "tags"
    path.write_bytes(content)
    with pytest.raises(PipelineError) as refusal:
        media_type(path)
    assert refusal.value.code is ErrorCode.BROKEN_MEDIA


def test_zeros_alone_are_no_sound(tmp_path):
    path = tmp_path / "zeros"
    path.write_bytes(bytes(1 << 20))
    with pytest.raises(PipelineError) as refusal:
        media_type(path)
    assert refusal.value.code is ErrorCode.NOT_MEDIA
