"""The canonical sound: one file of ours for whatever was sent, which everything after the decoding reads.

It is a wav of 32-bit floats, not clipped, with all channels at the source's rate; always in its large form (RF64, EBU
Tech 3306), so that an hour of eight channels has the same header as a second of one. The samples begin at
`HEADER_BYTES`, so that ``numpy.memmap(path, "<f4", "r", HEADER_BYTES)`` is all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import reading, writing

BYTES_PER_SAMPLE = 4
HEADER_BYTES = 104
LOUDEST = 1e6
"""120 dB above full scale. No sound is louder; a file of floats may hold anything, and its square must not overflow."""

_FLOAT_SUBFORMAT = bytes.fromhex("0300000000001000800000aa00389b71")
_ALL_ONES = 0xFFFFFFFF
_SILENCE_FRAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """What the numbers of a canonical sound mean.

    Attributes
    ----------
    sample_rate_hz, channels : int
    channel_mask : int
        Which loudspeakers the channels are for (WAVEFORMATEXTENSIBLE); 0 where the source does not say.
    """

    sample_rate_hz: int
    channels: int
    channel_mask: int = 0

    @property
    def bytes_per_frame(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * BYTES_PER_SAMPLE


def pack_header(form: SampleFormat, frames: int) -> bytes:
    """Return the header of a canonical sound of so many samples a channel."""
    data_bytes = frames * form.bytes_per_frame
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, HEADER_BYTES - 8 + data_bytes, data_bytes, frames, 0)
    rate, bytes_per_s = form.sample_rate_hz, form.sample_rate_hz * form.bytes_per_frame & _ALL_ONES
    fmt = struct.pack(
        "<4sIHHIIHHHHI16s",
        *(b"fmt ", 40, 0xFFFE, form.channels, rate, bytes_per_s, form.bytes_per_frame & 0xFFFF),
        *(8 * BYTES_PER_SAMPLE, 22, 8 * BYTES_PER_SAMPLE, form.channel_mask, _FLOAT_SUBFORMAT),
    )
    data = struct.pack("<4sI", b"data", _ALL_ONES)
    return struct.pack("<4sI4s", b"RF64", _ALL_ONES, b"WAVE") + ds64 + fmt + data


def unpack_header(header: bytes) -> tuple[SampleFormat, int]:
    """Return what `pack_header` was given.

    Raises
    ------
    ValueError
        It is no such header.
    """
    if len(header) < HEADER_BYTES or header[:4] + header[8:16] != b"RF64WAVEds64":
        raise ValueError("not a canonical sound")
    (frames,) = struct.unpack_from("<Q", header, 36)
    channels, rate = struct.unpack_from("<HI", header, 58)
    (mask,) = struct.unpack_from("<I", header, 76)
    return SampleFormat(rate, channels, mask), frames


class CanonicalWriter:
    """Writes a canonical sound; a context manager.

    Left normally, its header counts what was written; left by an exception, no file remains.

    Attributes
    ----------
    frames : int
        Samples a channel that were written.

    Raises
    ------
    PipelineError
        ``DISK_FULL`` or ``OUTPUT_NOT_WRITABLE``, from any method.
    """

    def __init__(self, path: Path, form: SampleFormat) -> None:
        self._path = path
        self.form = form
        self.frames = 0
        with writing(path):
            self._file: BinaryIO = path.open("wb")
            self._file.write(pack_header(form, 0))

    def write(self, frames: NDArray[np.float32]) -> None:
        """Append samples, shape (any, channels); what is no number is silence, what is infinite is full scale."""
        assert frames.ndim == 2
        assert frames.shape[1] == self.form.channels
        # What is no number is in no range, either.
        if frames.size and not (frames.min() >= -LOUDEST and frames.max() <= LOUDEST):
            np.nan_to_num(frames, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
            np.clip(frames, -LOUDEST, LOUDEST, out=frames)
        with writing(self._path):
            self._file.write(np.ascontiguousarray(frames, "<f4").data)
        self.frames += len(frames)

    def write_silence(self, frames: int) -> None:
        """Append silence."""
        for first in range(0, frames, _SILENCE_FRAMES):
            count = min(_SILENCE_FRAMES, frames - first)
            self.write(np.zeros((count, self.form.channels), np.float32))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            with writing(self._path), self._file as file:
                if kind is None:
                    file.seek(0)
                    file.write(pack_header(self.form, self.frames))
        except PipelineError:
            self._path.unlink(missing_ok=True)
            if kind is None:
                raise
        if kind is not None:
            self._path.unlink(missing_ok=True)


def read_format(path: Path) -> tuple[SampleFormat, int]:
    """Return the format of a canonical sound and how many samples a channel it has.

    Raises
    ------
    PipelineError
        ``BROKEN_MEDIA`` where it is none; what `pipeline.file_errors.reading` raises.
    """
    with reading(path) as file:
        try:
            return unpack_header(file.read(HEADER_BYTES))
        except ValueError:
            raise PipelineError(ErrorCode.BROKEN_MEDIA, path=str(path)) from None


def read_frames(path: Path, first: int, count: int, block_frames: int) -> Iterator[NDArray[np.float32]]:
    """Read a part of a canonical sound, block after block.

    Yields
    ------
    float32, shape (block_frames, channels), or fewer rows at the end
    """
    form, frames = read_format(path)
    left = min(count, frames - first)
    with reading(path) as file:
        file.seek(HEADER_BYTES + first * form.bytes_per_frame)
        while left > 0:
            wanted = min(left, block_frames)
            samples = np.frombuffer(file.read(wanted * form.bytes_per_frame), "<f4")
            block = samples[: samples.size - samples.size % form.channels].reshape(-1, form.channels)
            if not len(block):
                return
            left -= len(block)
            yield block
