"""Standard MIDI files of one tempo, byte by byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TICKS_PER_BEAT = 480
MICROSECONDS_PER_BEAT = 500_000  # 120 beats a minute, so a tick lasts 1/960 s whatever the music's own tempo is
TICKS_PER_SECOND = TICKS_PER_BEAT * 1_000_000 // MICROSECONDS_PER_BEAT
DRUM_CHANNEL = 9


@dataclass(frozen=True, slots=True)
class MidiNote:
    """One note: when in seconds, for how long, which pitch, how hard (1 to 127), on which channel."""

    start_s: float
    length_s: float
    pitch: int
    velocity: int
    channel: int = 0


def midi_file(notes: Sequence[MidiNote], programs: dict[int, int]) -> bytes:
    """Write a file of format 0: a tempo, a program for each channel, the notes, and the end of the track."""
    events: list[tuple[int, int, bytes]] = []
    for note in notes:
        start, end = _ticks(note.start_s), max(_ticks(note.start_s) + 1, _ticks(note.start_s + note.length_s))
        velocity = min(127, max(1, note.velocity))
        events.append((start, 1, bytes((0x90 | note.channel, note.pitch, velocity))))
        events.append((end, 0, bytes((0x80 | note.channel, note.pitch, 0))))  # before a note that begins here
    track = b"\x00\xff\x51\x03" + MICROSECONDS_PER_BEAT.to_bytes(3, "big")
    for channel, program in sorted(programs.items()):
        track += bytes((0x00, 0xC0 | channel, program))
    now = 0
    for tick, _, message in sorted(events):
        track += variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + (6).to_bytes(4, "big") + b"".join(value.to_bytes(2, "big") for value in (0, 1, TICKS_PER_BEAT))
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


def variable_length(value: int) -> bytes:
    """Write a number in groups of seven bits, the highest first, all but the last with their top bit set."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(0x80 | value & 0x7F)
    return bytes(reversed(groups))


def _ticks(time_s: float) -> int:
    return round(max(0.0, time_s) * TICKS_PER_SECOND)
