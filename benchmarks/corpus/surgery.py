"""Bytes that no encoder writes: tags, cut frames, boxes that lie, files that claim hours."""

from __future__ import annotations

import struct

import numpy as np

# --- tags and padding ------------------------------------------------------------------------------------------------


def id3(body_bytes: int, *, version: int = 3, footer: bool = False) -> bytes:
    """Return an ID3v2 tag that holds a padding frame of so many bytes."""
    size = bytes(body_bytes >> shift & 0x7F for shift in (21, 14, 7, 0))
    flags = 0x10 if footer else 0
    header = bytes([version, 0, flags]) + size
    return b"ID3" + header + bytes(body_bytes) + (b"3DI" + header if footer else b"")


def ape_tag(body_bytes: int) -> bytes:
    """Return an APEv2 tag with a header, in front of a file."""
    value = bytes([65]) * (body_bytes - 17)
    item = struct.pack("<II", len(value), 0) + b"Comment\0"
    item += value[: max(0, body_bytes - len(item))]
    head = b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, 0xA0000000) + bytes(8)
    foot = b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, 0x80000000) + bytes(8)
    return head + item + foot


def damaged(data: bytes, rng: np.random.Generator, *, bytes_changed: int, after: int = 0) -> bytes:
    """Change bytes at random."""
    raw = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(min(after, len(raw) - 1), len(raw), bytes_changed)
    raw[places] = rng.integers(0, 256, bytes_changed)
    return raw.tobytes()


def with_noise_inside(data: bytes, rng: np.random.Generator, length: int) -> bytes:
    """Overwrite a stretch in the middle with noise."""
    start = len(data) // 2
    return data[:start] + rng.bytes(length) + data[start + length :]


# --- mp4 -------------------------------------------------------------------------------------------------------------


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, flags: int, *contents: bytes) -> bytes:
    return box(kind, struct.pack(">I", flags), *contents)


_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def mp4_that_counts_in_its_header(samples: int, tracks: int) -> bytes:
    """Return an mp4 whose PCM tracks claim many samples without listing one: ``stsz`` gives one size for all."""
    parts = []
    for number in range(1, tracks + 1):
        entry = box(b"sowt", bytes(6), struct.pack(">H", 1), bytes(8), struct.pack(">HHHHI", 1, 16, 0, 0, 44100 << 16))
        table = box(
            b"stbl",
            full_box(b"stsd", 0, struct.pack(">I", 1), entry),
            full_box(b"stts", 0, struct.pack(">III", 1, samples, 1)),
            full_box(b"stsc", 0, struct.pack(">IIII", 1, 1, 1, 1)),
            full_box(b"stsz", 0, struct.pack(">II", 2, samples)),
            full_box(b"stco", 0, struct.pack(">II", 1, 4000)),
        )
        head = struct.pack(">IIIIIIIHHHH", 0, 0, number, 0, samples, 0, 0, 0, 0, 0x100, 0)
        media = box(
            b"mdia",
            full_box(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, 44100, samples, 0x55C4, 0)),
            full_box(b"hdlr", 0, b"\0\0\0\0soun", bytes(12), b"s\0"),
            box(
                b"minf",
                full_box(b"smhd", 0, bytes(4)),
                box(b"dinf", full_box(b"dref", 0, struct.pack(">I", 1), full_box(b"url ", 1))),
                table,
            ),
        )
        parts.append(box(b"trak", full_box(b"tkhd", 3, head, _MATRIX, bytes(8)), media))
    movie = struct.pack(">IIIIIHHII", 0, 0, 44100, samples, 0x10000, 0x100, 0, 0, 0)
    movie += _MATRIX + bytes(24) + struct.pack(">I", tracks + 1)
    moov = box(b"moov", full_box(b"mvhd", 0, movie), *parts)
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + moov + box(b"mdat", bytes(2000))


def nested_boxes(depth: int) -> bytes:
    """Return an mp4 whose index holds one box within another, very often."""
    inner = b""
    for _ in range(depth):
        inner = box(b"moov" if len(inner) % 2 else b"trak", inner)
    return box(b"ftyp", b"isom\0\0\2\0isom") + inner


def without_first_box(mp4: bytes, *, wide: bool = False) -> bytes:
    """Take ``ftyp`` off a film whose samples come first; an empty box of the same size keeps their places."""
    (size,) = struct.unpack_from(">I", mp4, 0)
    assert mp4[4:8] == b"ftyp"
    filler = struct.pack(">I4s", 8, b"wide") + box(b"free", bytes(size - 16)) if wide else box(b"free", bytes(size - 8))
    return filler + mp4[size:]


# --- FLAC ------------------------------------------------------------------------------------------------------------


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    crc, top, mask = 0, 1 << bits - 1, (1 << bits) - 1
    for byte in data:
        crc ^= byte << bits - 8
        for _ in range(8):
            crc = ((crc << 1) ^ polynomial if crc & top else crc << 1) & mask
    return crc


def _coded_number(number: int) -> bytes:
    if number < 0x80:
        return bytes([number])
    if number < 0x800:
        return bytes([0xC0 | number >> 6, 0x80 | number & 63])
    return bytes([0xE0 | number >> 12, 0x80 | number >> 6 & 63, 0x80 | number & 63])


def flac_that_hides_its_length(frames: int, *, rate_hz: int = 44_100, channels: int = 1) -> bytes:
    """Return a FLAC of constant blocks, the largest that there are: a second and a half to every 14 bytes."""
    block = 65_535
    facts = rate_hz << 44 | (channels - 1) << 41 | 15 << 36
    info = struct.pack(">HH", block, block) + bytes(6) + facts.to_bytes(8, "big") + bytes(16)
    out = [b"fLaC\x80", len(info).to_bytes(3, "big"), info]
    for number in range(frames):
        head = bytes([0xFF, 0xF8, 0x70, channels - 1 << 4 | 0b1000]) + _coded_number(number)
        head += struct.pack(">H", block - 1)
        frame = head + bytes([_crc(head, 0x07, 8)]) + struct.pack(">Bh", 0, 100) * channels
        out += [frame, struct.pack(">H", _crc(frame, 0x8005, 16))]
    return b"".join(out)


# --- wav -------------------------------------------------------------------------------------------------------------


def wav(
    data: bytes,
    *,
    rate_hz: int = 44_100,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    claimed_bytes: int | None = None,
    before: bytes = b"",
) -> bytes:
    """Return a wav whose header says what it is told to."""
    frame_bytes = channels * bits // 8
    claim = len(data) if claimed_bytes is None else claimed_bytes
    head = struct.pack("<4sIHHI", b"fmt ", 16, tag, channels & 0xFFFF, rate_hz)
    head += struct.pack("<IHH", rate_hz * frame_bytes & 0xFFFFFFFF, frame_bytes & 0xFFFF, bits)
    body = b"WAVE" + before + head + struct.pack("<4sI", b"data", claim) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


# --- Ogg -------------------------------------------------------------------------------------------------------------


def empty_ogg_pages(count: int) -> bytes:
    """Return pages without a segment: 27 bytes that a reader must step over, many times."""
    return b"".join(
        b"OggS\0" + bytes([2 if number == 0 else 0]) + bytes(8) + struct.pack("<III", 1, number, 0) + b"\0"
        for number in range(count)
    )


# --- mp3 -------------------------------------------------------------------------------------------------------------


def mp3_frames(data: bytes) -> list[bytes]:
    """Cut a constant 128 kbit/s, 44.1 kHz mp3 without tags into its frames."""
    frames, at = [], 0
    while at + 4 <= len(data):
        length = 417 + (data[at + 2] >> 1 & 1)
        frames.append(data[at : at + length])
        at += length
    return frames


def in_free_format(data: bytes) -> bytes:
    """Take the bitrate out of every header."""
    return b"".join(frame[:2] + bytes([frame[2] & 0x0F]) + frame[3:] for frame in mp3_frames(data))


def lying_xing(data: bytes, claimed_frames: int) -> bytes:
    """Put a Xing frame in front that counts far more frames than there are."""
    first = mp3_frames(data)[0]
    side_info = 4 + (17 if first[3] >> 6 == 0b11 else 32)
    head = first[:side_info]
    head = head[:4] + bytes(side_info - 4)
    body = b"Xing" + struct.pack(">III", 3, claimed_frames, claimed_frames * 417)
    return (head + body).ljust(len(first), b"\0") + data
