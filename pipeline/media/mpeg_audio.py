"""Frame headers of MPEG audio and ADTS, and runs of them: how a stream without a container is known."""

from __future__ import annotations

FRAMES_IN_A_RUN = 3
"""So many headers, each where the one before says, are no accident: random bytes hold such a run once in 10^13."""

_BITRATES_KBPS = {
    # (MPEG 1, layer): ISO 11172-3, table 2.4.2.3; (MPEG 2 and 2.5, layer): ISO 13818-3, table 2.4.2.3
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES_HZ = {0b11: (44_100, 48_000, 32_000), 0b10: (22_050, 24_000, 16_000), 0b00: (11_025, 12_000, 8_000)}
_ADTS_SAMPLE_RATES = 13
_SHORTEST_ADTS_BYTES = 7


def mpeg_frame_bytes(data: bytes, at: int = 0) -> int:
    """Return the length of the frame of MPEG audio, layer II or III, whose header is there; 0 for no such header.

    Layer I is left out: nobody uses it, and its sync word is also the byte order mark of UTF-16 text. Frames of free
    format do not tell their length.
    """
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return 0
    version, layer = data[at + 1] >> 3 & 0b11, 4 - (data[at + 1] >> 1 & 0b11)
    bitrate, sample_rate, padding = data[at + 2] >> 4, data[at + 2] >> 2 & 0b11, data[at + 2] >> 1 & 1
    if version == 0b01 or layer not in (2, 3) or not 0 < bitrate < 15 or sample_rate == 0b11:
        return 0
    is_first = version == 0b11
    samples = 1152 if is_first or layer == 2 else 576
    bits_per_s = 1000 * _BITRATES_KBPS[is_first, layer][bitrate]
    return samples // 8 * bits_per_s // _SAMPLE_RATES_HZ[version][sample_rate] + padding


def adts_frame_bytes(data: bytes, at: int = 0) -> int:
    """Return the length of the AAC frame whose ADTS header (ISO 14496-3, 1.A.2) is there; 0 for no such header."""
    if len(data) < at + 7 or data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
        return 0
    length = (data[at + 3] & 0b11) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    if data[at + 2] >> 2 & 0b1111 >= _ADTS_SAMPLE_RATES or length < _SHORTEST_ADTS_BYTES:
        return 0
    return length


def find_run(data: bytes) -> tuple[str, int] | None:
    """Find where frames begin to follow each other.

    Parameters
    ----------
    data : bytes
        The beginning of a stream that may be cut within a frame.

    Returns
    -------
    (str, int) or None
        ``mp3`` or ``aac``, and the first frame's place.
    """
    at = data.find(b"\xff")
    while at >= 0:
        for kind, frame_bytes in (("mp3", mpeg_frame_bytes), ("aac", adts_frame_bytes)):
            place = at
            for _ in range(FRAMES_IN_A_RUN):
                length = frame_bytes(data, place)
                if not length:
                    break
                place += length
            else:
                return kind, at
        at = data.find(b"\xff", at + 1)
    return None
