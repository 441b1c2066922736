"""One ffmpeg at work on one track: what it decodes, block after block, and how it ended."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.canonical import SampleFormat
from pipeline.media.ffmpeg import input_command, read_pipe, refuse_killed, sound_cage, sound_environment
from pipeline.media.media_type import MediaType
from pipeline.processes.child import PIPE, Child
from pipeline.processes.deadline import Deadline

BLOCK_BYTES = 1 << 20

_MOST_CHUNK_BYTES = 1 << 16
_NO_DECODER = ("Error while opening decoder", "no decoder found")
# What ffmpeg says of streams that are not ours, or of its own muxer.
_HARMLESS = ("not on whitelist", "Last message repeated", "non monotonically increasing dts")


@dataclass(slots=True)
class Decoder:
    """A track that is being decoded.

    Attributes
    ----------
    form : SampleFormat or None
        None where nothing comes out.
    complaints : str
        The end of what ffmpeg said was wrong; complete once `blocks` has come to its end.
    failed : bool
        Whether it gave up.
    """

    path: Path
    child: Child
    form: SampleFormat | None = None
    complaints: str = ""
    failed: bool = False
    _rest: bytes = field(default=b"", repr=False)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield what is decoded, float32 of shape (any, channels); new arrays, which the caller may change.

        Raises
        ------
        PipelineError
            ``BROKEN_MEDIA`` where it hangs or crashes; ``DECODER_FAILED`` where something has killed it.
        """
        if self.form is not None:
            bytes_per_frame = self.form.bytes_per_frame
            block_bytes = max(1, BLOCK_BYTES // bytes_per_frame) * bytes_per_frame
            while True:
                buffer = bytearray(block_bytes)
                filled = read_pipe(self.child, memoryview(buffer), self.path)
                frames = filled // bytes_per_frame
                if frames:
                    samples = np.frombuffer(buffer, "<f4", frames * self.form.channels)
                    yield samples.reshape(frames, self.form.channels)
                if filled < block_bytes:
                    break
        ended = self.child.wait()
        refuse_killed(ended, self.path)
        lines = ended.last_words.splitlines()
        self.complaints = "\n".join(line for line in lines if not any(words in line for words in _HARMLESS)).strip()
        self.failed = not ended.ok

    @property
    def lacks_codec(self) -> bool:
        """Whether nothing came out because the codec is none that a sound may call for."""
        return any(words in self.complaints for words in _NO_DECODER)


def decoder_command(path: Path, kind: MediaType, stream: str, form: SampleFormat | None = None) -> list[str]:
    """Return the ffmpeg command that decodes one stream to a wav of 32-bit floats on its standard output.

    Parameters
    ----------
    stream : str
        As ``-map`` names it.
    form : SampleFormat, optional
        What it is brought to; its own format, or that of its beginning where it changes, if not given.
    """
    return [
        *input_command(path, kind),
        "-map",
        stream,
        *(("-ar", str(form.sample_rate_hz), "-ac", str(form.channels)) if form else ()),
        "-c:a",
        "pcm_f32le",
        "-threads",
        "1",
        # Nothing in the header but the format.
        "-map_metadata",
        "-1",
        "-bitexact",
        # Not a system call for every packet.
        "-flush_packets",
        "0",
        "-f",
        "wav",
        "pipe:1",
    ]


@contextmanager
def decoding(
    path: Path, kind: MediaType, stream: str, *, deadline: Deadline, form: SampleFormat | None = None
) -> Iterator[Decoder]:
    """Decode a stream for as long as the context lasts.

    Raises
    ------
    PipelineError
        See `Decoder.blocks`.
    """
    command = decoder_command(path, kind, stream, form)
    with Child.start(
        command,
        deadline=deadline,
        stdout=PIPE,
        environment=sound_environment(),
        cage=sound_cage(path),
        bufsize=0,
    ) as child:
        decoder = Decoder(path, child)
        decoder.form = _format_of(decoder)
        yield decoder


def _format_of(decoder: Decoder) -> SampleFormat | None:
    """Read the header of a streamed wav; None where there is none."""
    if len(_take(decoder, 12)) < 12:
        return None
    form = None
    while len(chunk := _take(decoder, 8)) == 8:
        kind, size = struct.unpack("<4sI", chunk)
        if kind == b"data":
            return form
        if size > _MOST_CHUNK_BYTES:
            break
        body = _take(decoder, size + size % 2)
        if kind == b"fmt " and len(body) >= 16:
            channels, rate = struct.unpack_from("<HI", body, 2)
            mask = struct.unpack_from("<I", body, 20)[0] if len(body) >= 40 else 0
            form = SampleFormat(rate, channels, mask)
    # ffmpeg is ours, and its header is nobody's to write.
    raise PipelineError(ErrorCode.DECODER_FAILED, reason="no header")


def _take(decoder: Decoder, count: int) -> bytes:
    buffer = bytearray(count)
    return bytes(buffer[: read_pipe(decoder.child, memoryview(buffer), decoder.path)])
