"""Bits are shared out before the first frame, and never more than there are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.media.bitrate import BUFFER_S, Encoding, choose_encoding

MEBIBYTE = 2**20


def worst_case_bytes(encoding: Encoding, duration_s: float) -> float:
    return (encoding.max_video_bps * (duration_s + BUFFER_S) + encoding.audio_bps * duration_s) / 8


def test_without_a_limit_quality_decides() -> None:
    encoding = choose_encoding(duration_s=600, side_px=512, fps=24)
    assert (encoding.side_px, encoding.audio_bps, encoding.mono) == (512, 160_000, False)


def test_a_wide_limit_changes_nothing() -> None:
    free = choose_encoding(duration_s=10, side_px=256, fps=24)
    assert choose_encoding(duration_s=10, side_px=256, fps=24, max_bytes=50 * MEBIBYTE) == free


def test_a_long_clip_keeps_its_limit_by_a_smaller_picture_and_a_thinner_sound() -> None:
    encoding = choose_encoding(duration_s=900, side_px=512, fps=24, max_bytes=10 * MEBIBYTE)
    assert encoding.side_px < 512
    assert encoding.audio_bps < 64_000
    assert encoding.mono


@settings(deadline=None)
@given(
    duration_s=st.floats(0.05, 7200),
    side_px=st.sampled_from([128, 256, 512]),
    fps=st.integers(1, 60),
    max_bytes=st.integers(20_000, 60 * MEBIBYTE),
    tags_bytes=st.integers(0, 60_000),
)
def test_the_worst_case_fits_or_is_refused(
    duration_s: float, side_px: int, fps: int, max_bytes: int, tags_bytes: int
) -> None:
    refusal = None
    try:
        encoding = choose_encoding(
            duration_s=duration_s, side_px=side_px, fps=fps, max_bytes=max_bytes, tags_bytes=tags_bytes
        )
    except PipelineError as error:
        refusal = error
    if refusal is not None:
        assert refusal.code is ErrorCode.CANNOT_FIT
        assert refusal.facts["limit_bytes"] == max_bytes
        assert refusal.facts["bytes"] > max_bytes  # type: ignore[operator]
        return
    assert worst_case_bytes(encoding, duration_s) + tags_bytes <= max_bytes
    assert encoding.side_px <= side_px
    assert encoding.side_px % 2 == 0
    assert encoding.max_video_bps > 0


def test_more_bytes_never_make_a_worse_clip() -> None:
    encodings = [
        choose_encoding(duration_s=300, side_px=512, fps=24, max_bytes=mebibytes * MEBIBYTE)
        for mebibytes in (3, 5, 8, 10, 20, 50)
    ]
    for less, more in pairwise(encodings):
        assert less.side_px <= more.side_px
        assert less.audio_bps <= more.audio_bps


def test_an_hour_in_a_mebibyte_is_hopeless() -> None:
    with pytest.raises(PipelineError) as caught:
        choose_encoding(duration_s=3600, side_px=512, fps=24, max_bytes=MEBIBYTE)
    assert caught.value.code is ErrorCode.CANNOT_FIT
