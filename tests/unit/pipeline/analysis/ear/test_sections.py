"""What comes again is known again."""

import numpy as np
import pytest

from pipeline.analysis.ear.listener import Listener
from pipeline.analysis.ear.meaning.sections import section_label

SAMPLE_RATE_HZ = 44_100


def test_a_section_that_comes_again_has_its_label_again():
    times_s = np.arange(8 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    flute = sum(np.sin(2 * np.pi * pitch * times_s) for pitch in (262, 330, 392)) / 4
    buzz = sum(np.sign(np.sin(2 * np.pi * pitch * times_s)) for pitch in (175, 220, 262)) / 4
    listener = Listener(1, SAMPLE_RATE_HZ)
    listener.push(np.concatenate([flute, buzz, flute]).astype(np.float32)[:, None])

    sections = listener.finish().sections

    assert [section.label for section in sections] == ["A", "B", "A"]
    assert [section.start_s for section in sections] == pytest.approx([0, 8, 16], abs=0.15)
    assert [section.end_s for section in sections[:-1]] == [section.start_s for section in sections[1:]]


@pytest.mark.parametrize(("number", "label"), [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")])
def test_labels_never_end(number, label):
    assert section_label(number) == label
