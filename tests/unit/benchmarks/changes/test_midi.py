"""MIDI files, byte by byte."""

import itertools

import numpy as np
import pytest

from benchmarks.changes.recordings import scores
from benchmarks.changes.recordings.midi import MidiNote, midi_file, variable_length


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "00"), (0x40, "40"), (0x7F, "7f"), (0x80, "8100"), (0x2000, "c000"), (0x3FFF, "ff7f"), (0x1FFFFF, "ffff7f")],
)
def test_lengths_are_written_as_the_standard_has_them(value, written):
    assert variable_length(value).hex() == written


def test_one_note_is_a_file_of_these_bytes():
    written = midi_file([MidiNote(0.5, 0.25, 60, 100, channel=1)], {1: 40})
    header, track = written[:14], written[14:]
    assert header.hex() == "4d546864" + "00000006" + "0000" + "0001" + "01e0"
    events = "00ff510307a120" + "00c128" + "8360" + "913c64" + "8170" + "813c00" + "00ff2f00"
    assert track.hex() == "4d54726b" + f"{len(events) // 2:08x}" + events


def test_a_repeated_note_ends_before_it_begins_again():
    written = midi_file([MidiNote(0.0, 0.5, 60, 90), MidiNote(0.5, 0.5, 60, 90)], {}).hex()
    assert written.index("803c00") < written.rindex("903c5a")


@pytest.mark.parametrize("seed", range(5))
def test_broken_chords_are_twenty_bars_in_72_seconds_whose_harmony_moves_every_bar(seed):
    score = scores.broken_chords(np.random.default_rng(seed))
    assert score.duration_s == pytest.approx(72)
    assert len(score.downbeats_s) == 20
    assert [change.time_s for change in score.truth.asked] == score.downbeats_s[1:]
    assert len(score.notes) == 20 * 16
    edges = [*score.downbeats_s, score.duration_s]
    bars = [
        {note.pitch for note in score.notes if start_s - 0.02 <= note.start_s < end_s - 0.02}
        for start_s, end_s in itertools.pairwise(edges)
    ]
    assert all(len(after - before) >= 2 for before, after in itertools.pairwise(bars))
    # Nobody finds the bars by dividing evenly.
    evenly = np.arange(1, 20) * 3.6
    assert np.sum(np.abs(np.array(score.downbeats_s[1:]) - evenly) <= 0.15) < 15


@pytest.mark.parametrize(
    "write",
    [scores.drum_solo, scores.funk_drums, scores.latin_drums, scores.electronic_drums],
    ids=lambda each: each.__name__,
)
def test_a_drum_score_has_five_sections_of_drums_alone(write):
    score = write(np.random.default_rng(0))
    assert len(score.sections) == 5
    assert len(score.truth.asked) == 4
    assert {note.channel for note in score.notes} == {9}


@pytest.mark.parametrize(
    "write", [scores.waltz, scores.rock_song, scores.dance_track, scores.chorale], ids=lambda each: each.__name__
)
def test_sections_of_a_song_come_again_under_the_same_name(write):
    score = write(np.random.default_rng(0))
    names = [name for _, name in score.sections]
    assert len(set(names)) < len(names)
    assert all(change.time_s in score.downbeats_s for change in score.truth.asked)
