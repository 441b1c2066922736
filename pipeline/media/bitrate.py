"""How many bits for the pictures, how many for the sound: chosen before the first frame is encoded.

Constant quality (x264's CRF) is what looks best for its bytes; a leaky bucket (VBV: a maximal rate and a buffer) on top
of it bounds the whole file, since the encoder can never have spent more than ``rate · duration + buffer``. Where the
bucket does not bind, quality alone decides; where it does, the clip is as good as its bytes allow. One pass either way.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import ErrorCode, PipelineError

CRF = 20
BUFFER_S = 4.0
"""Seconds of the maximal rate that x264 may spend ahead of time on a difficult passage."""

# Above one bit per pixel nothing is gained that an eye could see; it bounds what noise can cost.
_MOST_BITS_PER_PIXEL = 1.0
# Below this a smaller picture, enlarged by the player, looks better than x264's blocks.
_FEWEST_BITS_PER_PIXEL = 0.03
# And below this at the smallest size there is no picture worth sending.
_HOPELESS_BITS_PER_PIXEL = 0.008

_SIDES_PX = (512, 384, 256, 192, 128)
_AUDIO_BPS = (160_000, 128_000, 96_000, 64_000, 48_000, 32_000)
_LARGEST_SHARE_OF_SOUND = 0.3
_FEWEST_BPS_IN_STEREO = 64_000
# FFmpeg's AAC encoder holds its average only roughly.
_AUDIO_EXCESS = 1.04

# What mp4 itself needs: sample tables of both streams (sizes, offsets, reordering), headers, tags.
_CONTAINER_BYTES = 6_000
_BYTES_PER_FRAME = 20
_AUDIO_BYTES_PER_S = 43 * 12
_RESERVE = 0.98


@dataclass(frozen=True, slots=True)
class Encoding:
    """Settings of one encode.

    Attributes
    ----------
    side_px : int
        Width and height of the encoded picture; even, as yuv420p wants.
    max_video_bps : int
        Maximal rate of the pictures, in bits per second over `BUFFER_S`.
    audio_bps : int
        Rate of the sound, in bits per second.
    mono : bool
        Whether to mix the sound down, for there are too few bits for two channels.
    """

    side_px: int
    max_video_bps: int
    audio_bps: int = _AUDIO_BPS[0]
    mono: bool = False


def choose_encoding(
    *, duration_s: float, side_px: int, fps: float, max_bytes: int | None = None, tags_bytes: int = 0
) -> Encoding:
    """Choose settings whose clip is not larger than `max_bytes`.

    Parameters
    ----------
    duration_s : float
        Length of the clip in seconds.
    side_px : int
        Width and height of the frames; the encoded picture is never larger, and smaller where bits are few.
    fps : float
        Frames per second.
    max_bytes : int, optional
        The largest file that will do; None for no limit.
    tags_bytes : int
        Length of the metadata that goes along.

    Raises
    ------
    PipelineError
        ``CANNOT_FIT`` with the limit and the fewest bytes that could do.
    """
    unlimited_bps = _bits_per_second(side_px, fps, _MOST_BITS_PER_PIXEL)
    if max_bytes is None:
        return Encoding(side_px, unlimited_bps)
    overhead_bytes = _CONTAINER_BYTES + tags_bytes + duration_s * (fps * _BYTES_PER_FRAME + _AUDIO_BYTES_PER_S)
    budget_bits = 8 * (_RESERVE * max_bytes - overhead_bytes)

    def video_bps(audio_bps: int) -> float:
        return (budget_bits - _AUDIO_EXCESS * audio_bps * duration_s) / (duration_s + BUFFER_S)

    for audio_bps in _AUDIO_BPS:
        if audio_bps <= _LARGEST_SHARE_OF_SOUND * (audio_bps + video_bps(audio_bps)):
            break
    left_bps = video_bps(audio_bps)
    sides = [side for side in _SIDES_PX if side < side_px]
    smallest_px = min([side_px, *sides])
    if left_bps < _bits_per_second(smallest_px, fps, _HOPELESS_BITS_PER_PIXEL):
        fewest_bits = _bits_per_second(smallest_px, fps, _HOPELESS_BITS_PER_PIXEL) * (duration_s + BUFFER_S)
        fewest_bits += _AUDIO_EXCESS * _AUDIO_BPS[-1] * duration_s
        raise PipelineError(
            ErrorCode.CANNOT_FIT, limit_bytes=max_bytes, bytes=round((fewest_bits / 8 + overhead_bytes) / _RESERVE)
        )
    enough = [side for side in (side_px, *sides) if left_bps >= _bits_per_second(side, fps, _FEWEST_BITS_PER_PIXEL)]
    return Encoding(
        side_px=enough[0] if enough else smallest_px,
        max_video_bps=min(int(left_bps), unlimited_bps),
        audio_bps=audio_bps,
        mono=audio_bps < _FEWEST_BPS_IN_STEREO,
    )


def _bits_per_second(side_px: int, fps: float, bits_per_pixel: float) -> int:
    return round(side_px * side_px * fps * bits_per_pixel)
