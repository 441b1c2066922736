"""The weights of `rating`, fitted on the tuning side of ``benchmarks.changes``.

A logistic regression with non-negative weights and a small ridge (3e-4 of the weights for values of unit spread), over
the candidates of all tuning families but the changes of tempo, plain and with reverb: 1 for the candidate nearest to a
change, 0 elsewhere, those within 0.3 s of a change left out; a change six times as heavy as a candidate elsewhere, a
change inside a section twice. Values that came out at nothing are not listed.
"""

from __future__ import annotations

BIAS = -28.856

WEIGHTS: dict[str, float] = {
    "level 1 s": 1.016,
    "timbre 0.5 s": 0.376,
    "timbre 1 s": 0.952,
    "loudness 1 s": 1.652,
    "chroma 0.5 s": 1.659,
    "chroma 1 s": 0.068,
    "strokes 0.5 s": 0.547,
    "strokes 1 s": 1.303,
    "strokes 2 s": 0.982,
    "onset": 0.658,
    "entry all": 0.158,
    "entry low": 0.266,
    "entry middle": 0.184,
    "entry high": 0.349,
    "unheard timbre 4 s": 0.247,
    "unheard loudness 4 s": 0.875,
    "unheard harmony 4 s": 3.59,
    "unheard harmony 8 s": 1.409,
    "unheard chroma 8 s": 1.085,
    "key 8 s": 0.637,
    "exit middle": 1.195,
    "exit high": 0.274,
}

NEARBY_WEIGHTS: dict[str, float] = {
    "timbre 1 s": 1.522,
    "timbre 2 s": 1.061,
    "timbre 4 s": 0.473,
    "harmony 1 s": 2.619,
    "harmony 2 s": 3.036,
    "harmony 4 s": 1.448,
    "chroma 1 s": 0.151,
    "entry low": 0.322,
    "unheard timbre 4 s": 1.038,
    "unheard timbre 8 s": 6.716,
    "exit high": 0.812,
}
