"""Cutting maps into strips."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.generators.biggan.engines.strips import strips


@given(
    pictures=st.integers(1, 7),
    rows=st.integers(1, 20),
    row_bytes=st.integers(1, 100),
    strip_bytes=st.one_of(st.none(), st.integers(1, 5000)),
)
def test_every_row_is_in_one_strip_and_strips_are_contiguous(pictures, rows, row_bytes, strip_bytes):
    seen = []
    for some, part in strips(pictures, rows, row_bytes, strip_bytes):
        assert some.stop - some.start == 1 or (part.start, part.stop) == (0, rows)
        seen += [(picture, row) for picture in range(pictures)[some] for row in range(rows)[part]]
    assert seen == [(picture, row) for picture in range(pictures) for row in range(rows)]


@given(
    pictures=st.integers(1, 7), rows=st.integers(1, 20), row_bytes=st.integers(1, 100), rows_wanted=st.integers(1, 50)
)
def test_no_strip_is_larger_than_wanted(pictures, rows, row_bytes, rows_wanted):
    for some, part in strips(pictures, rows, row_bytes, rows_wanted * row_bytes):
        assert (some.stop - some.start) * (part.stop - part.start) <= rows_wanted
