"""Verdicts on precision, and where they are kept."""

import math

import numpy as np
import pytest

from pipeline.generators.biggan.engines.precision import (
    VERDICTS_FILE,
    Verdict,
    judge,
    keep_verdict,
    psnr_db,
    read_verdicts,
)

VERDICT = Verdict("biggan-deep-128", "abc", "x86_64 AMX", "torch 2", "bfloat16", 38.5, "bfloat16")


def test_equal_pictures_have_no_noise():
    pictures = np.full((1, 2, 2, 3), 7, np.uint8)
    assert psnr_db(pictures, pictures) == math.inf


def test_an_error_of_one_level_is_48_db():
    zeros = np.zeros((1, 2, 2, 3), np.uint8)
    assert psnr_db(zeros, zeros + 1) == pytest.approx(48.13, abs=0.01)
    assert psnr_db(zeros + 1, zeros) == pytest.approx(48.13, abs=0.01)


@pytest.mark.parametrize(("measured", "expected"), [(29.99, "float32"), (30.0, "bfloat16"), (math.inf, "bfloat16")])
def test_thirty_decibels_decide(measured, expected):
    assert judge("bfloat16", measured) == expected


def test_a_verdict_is_kept(tmp_path):
    keep_verdict(VERDICT, tmp_path / "new")
    assert read_verdicts(tmp_path / "new") == (VERDICT,)


def test_a_newer_verdict_takes_the_place_of_the_older(tmp_path):
    newer = Verdict("biggan-deep-128", "abc", "x86_64 AMX", "torch 3", "bfloat16", 12.0, "float32")
    other = Verdict("biggan-deep-256", "def", "x86_64 AMX", "torch 3", "bfloat16", 40.0, "bfloat16")
    for verdict in (VERDICT, other, newer):
        keep_verdict(verdict, tmp_path)
    assert read_verdicts(tmp_path) == (other, newer)


@pytest.mark.parametrize("change", ["weights", "machine", "software", "fast"])
def test_a_verdict_holds_only_for_what_was_checked(change):
    now = {"weights": "abc", "machine": "x86_64 AMX", "software": "torch 2", "fast": "bfloat16"}
    assert VERDICT.holds_for(**now)
    assert not VERDICT.holds_for(**now | {change: "other"})


@pytest.mark.parametrize("content", ["", "[", "{}", "[1]", '[{"model": "x"}]'])
def test_a_broken_file_counts_as_none(tmp_path, content):
    (tmp_path / VERDICTS_FILE).write_text(content)
    assert read_verdicts(tmp_path) == ()


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path):
    (tmp_path / "file").write_text("")
    keep_verdict(VERDICT, tmp_path / "file")
    assert read_verdicts(tmp_path / "file") == ()
