"""Keeping freed memory: glibc's setting, and machines without it."""

import ctypes

import pytest

from pipeline.generators.biggan.engines import memory


class Library:
    """What a C library understands."""

    def __init__(self):
        self.settings = {}

    def mallopt(self, setting, value):
        self.settings[setting] = value
        return 1


def test_large_blocks_stay_on_the_heap(monkeypatch):
    library = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    memory.keep_freed_memory()
    m_trim_threshold, m_mmap_threshold = -1, -3  # <malloc.h>
    assert library.settings == {m_trim_threshold: 1 << 30, m_mmap_threshold: 1 << 30}


@pytest.mark.parametrize("failure", [OSError, TypeError])
def test_a_machine_without_such_a_library_is_left_alone(monkeypatch, failure):
    def missing(name):
        raise failure

    monkeypatch.setattr(ctypes, "CDLL", missing)
    memory.keep_freed_memory()


def test_a_library_without_the_setting_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.keep_freed_memory()
