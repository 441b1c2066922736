"""The one rate at which sounds are analyzed, known to those that decode and those that listen."""

from __future__ import annotations

SAMPLE_RATE_HZ = 44_100
"""The paper's rate (algorithm, step 1)."""
