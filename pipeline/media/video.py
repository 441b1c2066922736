"""Frames in, mp4 out: H.264 and AAC that play everywhere, streamed a batch at a time.

MoviePy's writer makes the command for the ffmpeg that imageio-ffmpeg ships and feeds it raw frames; the process itself
is one of ours, in the cage. What MoviePy leaves open is done here, too: it looks at no exit code, it shuts ffmpeg's
error stream before ffmpeg has ended (so that a full disk passes for success), it asks x264 for a pixel format with
transparency, and its import reads a ``.env`` file from the folders above its own.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from pipeline.atomic_files import publish, workspace
from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import error_of_writing
from pipeline.media.bitrate import BUFFER_S, CRF, Encoding, choose_encoding
from pipeline.media.mp4 import read_mp4
from pipeline.processes.cage.cage import Cage
from pipeline.processes.child import NOTHING, PIPE, Child, run
from pipeline.processes.deadline import Deadline
from pipeline.processes.exit import Exit

PRESET = "veryfast"

# A fixed number makes the same bytes on every machine: x264 plans its frames by the number of its threads.
_THREADS = 4
_KEYFRAME_EVERY_S = 5
_REASON_LENGTH = 300
_ERRORS_OF_FILES = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR)
_SHRINK_TO = 0.92
REENCODE_TIMEOUT_S = 3600.0
"""An hour's clip is encoded in a few minutes."""
_ENCODER_MEMORY_BYTES = 2 << 30  # x264 keeps some dozens of frames
_LARGEST_CLIP_BYTES = 16 << 30


def output_arguments(encoding: Encoding, *, fps: float, tags: Mapping[str, str]) -> list[str]:
    """Build ffmpeg's options for one of our mp4 files, everything between the inputs and the file's name.

    Parameters
    ----------
    encoding : Encoding
        Sizes and rates.
    fps : float
        Frames per second, for the distance of key frames.
    tags : mapping of str to str
        Standard metadata keys (title, artist, comment, description) and their texts.
    """
    # RGB has no matrix of its own: one is chosen here, and written down so that players undo the same one. Primaries
    # and transfer are set behind the conversion, for they name what the converted picture is.
    pictures = (
        f"scale={encoding.side_px}:{encoding.side_px}:out_color_matrix=bt709:out_range=tv"
        ":flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p,setparams=color_primaries=bt709:color_trc=bt709"
    )
    arguments = ["-hide_banner", "-nostats", "-loglevel", "warning"]
    arguments += ["-map", "0:v:0", "-map", "1:a:0", "-vf", pictures]
    arguments += ["-c:v", "libx264", "-preset", PRESET, "-crf", str(CRF), "-pix_fmt", "yuv420p"]
    arguments += ["-profile:v", "high", "-maxrate", str(encoding.max_video_bps)]
    arguments += ["-bufsize", str(round(encoding.max_video_bps * BUFFER_S))]
    arguments += ["-colorspace", "bt709", "-color_range", "tv"]
    arguments += ["-g", str(max(1, round(fps * _KEYFRAME_EVERY_S))), "-threads", str(_THREADS)]
    arguments += ["-c:a", "aac", "-b:a", str(encoding.audio_bps), *(["-ac", "1"] if encoding.mono else [])]
    for key, text in tags.items():
        arguments += ["-metadata", f"{key}={text}"]
    return [*arguments, "-movflags", "+faststart", "-f", "mp4"]


class VideoWriter:
    """Encode frames and their sound to an mp4 file; a context manager.

    Left normally, it has waited for ffmpeg and checked that the file is whole; left by an exception, ffmpeg is killed.
    Either way no process remains. Writing to a temporary place and renaming is the caller's part.

    Parameters
    ----------
    out : Path
        The file to write.
    sound : Path
        What is heard: a file of ours.
    sound_filter : str
        What leaves the part of it that is heard, in mono or stereo: `pipeline.media.sound_file.Sound.playing_filter`.
    size_px : int
        Width and height of the frames.
    fps : int
        Frames per second.
    encoding : Encoding
        From `pipeline.media.bitrate.choose_encoding`.
    tags : mapping of str to str
        Metadata; see `pipeline.media.tags.clip_tags`.

    Raises
    ------
    PipelineError
        ``DISK_FULL``, ``OUTPUT_NOT_WRITABLE`` or ``ENCODER_FAILED``, from any method.
    """

    def __init__(
        self,
        out: Path,
        *,
        sound: Path,
        size_px: int,
        fps: int,
        encoding: Encoding,
        tags: Mapping[str, str],
        sound_filter: str = "anull",
    ) -> None:
        self._out = out
        self._shape = (size_px, size_px, 3)
        cage = Cage(
            reads=(sound.absolute(),),
            writes=(out.absolute().parent, *([out.resolve()] if out.exists() else [])),
            memory_bytes=_ENCODER_MEMORY_BYTES,
            file_bytes=_LARGEST_CLIP_BYTES,
        )
        try:
            self._writer = _moviepy_writer(
                cage,
                str(out.absolute()),
                (size_px, size_px),
                fps,
                # Named by its format, since for "libx264" MoviePy adds a pixel format with transparency behind ours.
                codec="h264",
                preset=PRESET,
                audiofile=str(sound.absolute()),
                audio_codec="aac",
                logfile=NOTHING,
                ffmpeg_params=["-af", sound_filter, *output_arguments(encoding, fps=fps, tags=tags)],
            )
        except OSError as error:
            raise error_of_writing(error, out) from error
        self._child: Child = self._writer.proc.child

    def write(self, frames: NDArray[np.uint8]) -> None:
        """Encode some frames, waiting while ffmpeg is busy.

        Parameters
        ----------
        frames : uint8, shape (frames, size_px, size_px, 3)
            RGB.
        """
        if frames.dtype != np.uint8 or frames.shape[1:] != self._shape:
            raise ValueError(f"frames of {frames.dtype} {frames.shape}, not uint8 (n, {self._shape})")
        try:
            # One batch is as good as one frame to it: it writes an array's bytes.
            self._writer.write_frame(frames)
        except (OSError, ValueError) as error:
            # OSError: ffmpeg has gone. ValueError: it was killed by `abort` from another thread.
            raise self._failure() from error

    def finish(self) -> None:
        """End the file and wait until it is whole."""
        with suppress(OSError):
            # The last buffered bytes may find ffmpeg gone; its exit code, asked for below, says why.
            self._writer.proc.stdin.close()
        if not self._child.wait().ok:
            raise self._failure()
        self._writer.close()
        self._child.close()

    def abort(self) -> None:
        """Kill ffmpeg; what it has written stays behind for the caller to remove. May be called from any thread."""
        self._child.close()

    def _failure(self) -> PipelineError:
        ended = self._child.wait()
        return failure_of_ffmpeg(_exit_code(ended), ended.last_words or str(ended), self._out)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self.abort()


def failure_of_ffmpeg(exit_code: int, messages: str, out: Path) -> PipelineError:
    """Say what ffmpeg's end means.

    Parameters
    ----------
    exit_code : int
        ffmpeg ends with the negative of the system's error number, of which a shell sees the low eight bits.
    messages : str
        Its error stream.
    out : Path
        The file that it was to write.

    Returns
    -------
    PipelineError
        ``DISK_FULL``, ``OUTPUT_NOT_WRITABLE`` or ``ENCODER_FAILED`` with the last message.
    """
    for number in _ERRORS_OF_FILES:
        if exit_code == 256 - number or os.strerror(number) in messages:
            return error_of_writing(OSError(number, os.strerror(number)), out)
    if "Error opening output" in messages:
        return error_of_writing(OSError(errno.ENOENT, os.strerror(errno.ENOENT)), out)
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    reason = lines[-1][-_REASON_LENGTH:] if lines else ""
    return PipelineError(ErrorCode.ENCODER_FAILED, exit_code=exit_code, reason=reason)


def reencode_smaller(clip: Path, out: Path, *, max_bytes: int, side_px: int | None = None) -> None:
    """Encode a clip again so that it fits, for a chat whose limit was lower than it said.

    Parameters
    ----------
    clip : Path
        One of our mp4 files; it is left alone (it may be `out`).
    out : Path
        Where the smaller one goes, whole or not at all; recipe and titles come along.
    max_bytes : int
        The largest file that will do.
    side_px : int, optional
        Width and height at most; smaller where bits are few.

    Raises
    ------
    PipelineError
        ``CANNOT_FIT`` with ``limit_bytes`` and ``bytes``; ``NOT_MEDIA`` where `clip` is none; and what `VideoWriter`
        raises.
    """
    facts = read_mp4(clip)
    encoding = choose_encoding(
        duration_s=facts.duration_s,
        side_px=min(facts.width_px, side_px or facts.width_px),
        fps=facts.fps,
        max_bytes=round(max_bytes * _SHRINK_TO),
        tags_bytes=facts.tags_bytes,
    )
    with workspace(out) as folder:
        smaller = folder / "smaller.mp4"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-protocol_whitelist", "file", "-f", "mov"]
        command += ["-i", str(clip.absolute())]
        arguments = output_arguments(encoding, fps=facts.fps, tags={})
        # One input holds both.
        arguments[arguments.index("1:a:0")] = "0:a:0"
        done = run(
            [*command, *arguments, str(smaller.absolute())],
            deadline=Deadline.after(REENCODE_TIMEOUT_S),
            cage=Cage(reads=(clip.absolute(),), writes=(folder.absolute(),), memory_bytes=_ENCODER_MEMORY_BYTES),
        )
        if not done.exit.ok:
            raise failure_of_ffmpeg(done.exit.code or 0, done.exit.last_words or str(done.exit), out)
        size_bytes = smaller.stat().st_size
        if size_bytes > max_bytes:
            raise PipelineError(ErrorCode.CANNOT_FIT, limit_bytes=max_bytes, bytes=size_bytes)
        publish(smaller, out)


class _Encoder:
    """A child of ours as MoviePy's writer knows processes."""

    stderr = None

    def __init__(self, child: Child) -> None:
        self.child = child
        self.stdin = child.stdin

    def wait(self) -> int:
        return _exit_code(self.child.wait())

    def communicate(self) -> tuple[bytes, bytes]:
        return b"", self.child.wait().last_words.encode()


class _Starter:
    """What stands where MoviePy's writer looks for the module ``subprocess``."""

    PIPE, DEVNULL = PIPE, NOTHING

    def __init__(self, cage: Cage) -> None:
        self._cage = cage

    def Popen(self, command: Sequence[str], **_: Any) -> _Encoder:  # noqa: N802 - the name that is called
        # It is fed as fast as pictures are drawn, and nobody can say how fast that is; the render has a deadline.
        return _Encoder(Child.start(command, deadline=Deadline.with_parent(), stdin=PIPE, cage=self._cage))


_moviepy_lock = threading.Lock()


def _moviepy() -> Any:
    """Import MoviePy's writer (half a second, so only where a clip is made) with its settings made ours."""
    with _environment(
        # It would read a .env from the folders above its own, and so put chat tokens into this process.
        PYTHON_DOTENV_DISABLED="1",
        FFMPEG_BINARY=imageio_ffmpeg.get_ffmpeg_exe(),
    ):
        from moviepy.video.io import ffmpeg_writer

    return ffmpeg_writer


def _moviepy_writer(cage: Cage, *arguments: Any, **more: Any) -> Any:
    """Let MoviePy's writer start, with a process of ours."""
    with _moviepy_lock:
        module = _moviepy()
        theirs, module.sp = module.sp, _Starter(cage)
        try:
            return module.FFMPEG_VideoWriter(*arguments, **more)
        finally:
            module.sp = theirs


def _exit_code(ended: Exit) -> int:
    """Return what a shell would: the code, or the negative of the signal."""
    return ended.code if ended.code is not None else -(ended.signal or 0)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
