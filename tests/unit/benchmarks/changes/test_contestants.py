"""Who takes part keeps to the one small type, and the table says what they did."""

import numpy as np
import pytest

from benchmarks.changes import contestants, table
from benchmarks.changes.contestants import CONTESTANTS, Contestant
from benchmarks.changes.metrics import Point
from benchmarks.changes.recordings import catalogue
from benchmarks.changes.recordings.catalogue import Ticket
from benchmarks.changes.trials import hear
from benchmarks.changes.truth import SAMPLE_RATE_HZ, Change, Sound, Truth


@pytest.fixture(scope="module")
def two_tones():
    times_s = np.arange(SAMPLE_RATE_HZ * 12) / SAMPLE_RATE_HZ
    pitch_hz = np.where(times_s < 5, 330.0, 880.0)
    samples = (0.3 * np.sin(2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ)).astype(np.float32)
    return Sound("one change", 2, "plain", True, samples, Truth((Change(5.0, "note", also=("chord",)),), (0.0, 5.0)))


@pytest.mark.parametrize("contestant", CONTESTANTS, ids=lambda each: each.name)
@pytest.mark.parametrize("count", [None, 1, 3])
def test_points_lie_inside_the_sound_in_order_and_are_no_more_than_asked_for(two_tones, contestant, count):
    if not contestant.available:
        pytest.skip(f"{contestant.package} is not installed")
    points = contestant.find(two_tones.samples, SAMPLE_RATE_HZ, count)
    times_s = [point.time_s for point in points]
    assert times_s == sorted(times_s)
    assert all(0 < time_s < two_tones.duration_s for time_s in times_s)
    if count is not None and contestant.name != "paper":
        assert len(points) <= count


@pytest.mark.parametrize("name", ["Foote", "KernelCPD", "agglomerative"])
def test_a_peer_finds_the_one_change_of_two_tones(two_tones, name):
    contestant = contestants.BY_NAME[name]
    if not contestant.available:
        pytest.skip(f"{contestant.package} is not installed")
    (point,) = contestant.find(two_tones.samples, SAMPLE_RATE_HZ, 1)
    assert point.time_s == pytest.approx(5.0, abs=0.05)


def test_two_channels_are_heard_as_the_left(two_tones):
    stereo = np.stack([two_tones.samples, np.zeros_like(two_tones.samples)])
    for find in (contestants.auto, contestants.foote):
        assert find(stereo, SAMPLE_RATE_HZ, 2) == find(two_tones.samples, SAMPLE_RATE_HZ, 2)


def test_the_table_marks_what_was_held_out_and_counts_reasons(two_tones):
    knowing = Contestant("knowing", lambda samples, rate_hz, count: [Point(5.02, "chord")], at_auto=True)
    guessing = Contestant("guessing", lambda samples, rate_hz, count: [Point(2.0)] * (count or 3), at_auto=True)
    ticket = Ticket("one change", 2, "plain")
    text = table.report([hear(two_tones, ticket, each) for each in (knowing, guessing)])
    rows = [line for line in text.splitlines() if line.startswith("| one change †")]
    assert [cell.strip() for cell in rows[0].split("|")[2:5]] == ["1", "100 / 0 (1.00)", "0 / 100 (0.00)"]
    assert "right for 100 % of 1 hits" in text


def test_a_sound_without_a_change_is_asked_at_auto_alone(tmp_path):
    sound = catalogue.fetch(Ticket("middle C", 0, "plain"), tmp_path)
    trial = hear(sound, Ticket("middle C", 0, "plain"), contestants.BY_NAME["evenly"])
    assert trial.at_true_count is None
    assert trial.at_auto is not None
    assert trial.at_auto.elsewhere == trial.at_auto.points > 0
