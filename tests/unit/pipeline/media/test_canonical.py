"""The file that everything after the decoding reads."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.canonical import (
    HEADER_BYTES,
    LOUDEST,
    CanonicalWriter,
    SampleFormat,
    pack_header,
    read_format,
    read_frames,
    unpack_header,
)

FORMATS = st.builds(SampleFormat, st.integers(1, 2**31), st.integers(1, 64), st.integers(0, 2**32 - 1))


@given(FORMATS, st.integers(0, 2**40))
def test_a_header_says_what_it_was_given(form, frames):
    header = pack_header(form, frames)
    assert len(header) == HEADER_BYTES
    assert unpack_header(header) == (form, frames)


@given(st.binary(max_size=200))
def test_any_other_header_is_refused(header):
    with pytest.raises(ValueError, match="not a canonical sound"):
        unpack_header(header)


def test_samples_come_back_as_they_were_written_block_by_block(tmp_path):
    samples = np.random.default_rng(0).normal(0, 2, (1000, 3)).astype(np.float32)
    path = tmp_path / "sound.wav"
    with CanonicalWriter(path, SampleFormat(48_000, 3)) as writer:
        writer.write_silence(10)
        writer.write(samples[:300].copy())
        writer.write(samples[300:].copy())
    assert read_format(path) == (SampleFormat(48_000, 3), 1010)
    blocks = list(read_frames(path, 10, 10_000, 400))
    assert [len(block) for block in blocks] == [400, 400, 200]
    assert (np.concatenate(blocks) == samples).all()
    assert list(read_frames(path, 2000, 10, 400)) == []
    assert (np.memmap(path, "<f4", "r", HEADER_BYTES).reshape(-1, 3)[10:] == samples).all()


def test_what_is_no_number_is_silence_what_is_infinite_full_scale_and_nothing_is_louder_than_a_sound_can_be(tmp_path):
    path = tmp_path / "odd.wav"
    odd = np.array([[np.nan], [np.inf], [-np.inf], [1e30], [-3.5]], np.float32)
    with CanonicalWriter(path, SampleFormat(44_100, 1)) as writer:
        writer.write(odd)
    assert next(read_frames(path, 0, 5, 5))[:, 0].tolist() == [0, 1, -1, LOUDEST, -3.5]


def test_of_a_failure_no_file_remains(tmp_path):
    path = tmp_path / "sound.wav"
    with pytest.raises(KeyboardInterrupt), CanonicalWriter(path, SampleFormat(44_100, 1)):
        raise KeyboardInterrupt
    assert not path.exists()


def test_a_foreign_wav_is_none_of_ours(tmp_path):
    path = tmp_path / "foreign.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 100) + b"WAVEfmt " + bytes(200))
    with pytest.raises(PipelineError) as refusal:
        read_format(path)
    assert refusal.value.code is ErrorCode.BROKEN_MEDIA
