"""What was aimed at, what was reached, as lines and as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmarks.corpus.measure import FRAME_S, Outcome

LENGTH_ERROR_S = 0.010
OFFSET_S = 1 / 24
LOUDNESS_DB = 1.0
MEMORY_MB = 400.0
BEYOND_S = 20.0
_GROUPS = ("plain", "odd", "damaged", "hostile")


def line(outcome: Outcome) -> str:
    """Return one outcome as one line."""
    numbers = [
        f"{outcome.length_s:8.3f} s",
        _signed(outcome.length_error_s, 1000, "ms"),
        _signed(outcome.offset_s, 1000, "ms"),
        _signed(outcome.clip_offset_s, 1000, "ms"),
        _signed(outcome.loudness_db, 1, "dB"),
        f"{outcome.child_mb:4.0f} MB",
        f"{outcome.own_mb:4.0f} MB",
        f"{outcome.decode_s:5.2f} s",
    ]
    mark = "" if outcome.as_wanted else "  !"
    state = f"{outcome.code}{' (damaged)' if outcome.is_damaged else ''}"
    return f"{outcome.name:38.38} {state:18} {' '.join(numbers)} {outcome.note}{mark}"


def misses(found: Sequence[Outcome]) -> Iterator[tuple[Outcome, str]]:
    """Yield what has missed its aim, and which."""
    for outcome in found:
        if not outcome.as_wanted:
            yield outcome, f"{outcome.code} {outcome.note}"
        if max(outcome.child_mb, outcome.own_mb) > MEMORY_MB:
            yield outcome, f"{outcome.child_mb:.0f} and {outcome.own_mb:.0f} MB"
        if outcome.decode_s - outcome.player_s > BEYOND_S:
            yield outcome, f"{outcome.decode_s:.1f} s beside {outcome.player_s:.1f} s"
        if outcome.group in ("damaged", "hostile"):
            continue
        if (error_s := outcome.length_error_s) is not None and abs(error_s) > _bound_s(outcome):
            yield outcome, f"{1000 * error_s:+.1f} ms too long ({outcome.codec})"
        for offset_s in (outcome.offset_s, outcome.clip_offset_s):
            if offset_s is not None and abs(offset_s) > OFFSET_S:
                yield outcome, f"{1000 * offset_s:+.1f} ms late"
        if outcome.loudness_db is not None and abs(outcome.loudness_db) > LOUDNESS_DB:
            yield outcome, f"{outcome.loudness_db:+.2f} dB too loud"


def _bound_s(outcome: Outcome) -> float:
    return max(LENGTH_ERROR_S, FRAME_S.get(outcome.codec, 0.0))


def summary(found: Sequence[Outcome]) -> str:
    """Return a table of the groups."""
    head = "| | " + " | ".join(_GROUPS) + " |\n|---|" + "---:|" * len(_GROUPS)
    groups = [[outcome for outcome in found if outcome.group == group] for group in _GROUPS]
    rows: list[tuple[str, Callable[[list[Outcome]], str]]] = [
        ("files", lambda group: str(len(group))),
        ("taken", lambda group: str(sum(outcome.code == "taken" for outcome in group))),
        (
            "refused with a sentence",
            lambda group: str(sum(outcome.code not in ("taken", "broke") for outcome in group)),
        ),
        ("otherwise than wanted", lambda group: str(sum(not outcome.as_wanted for outcome in group))),
        ("length error, median and largest", lambda group: _spread(group, lambda o: o.length_error_s, 1000, "ms")),
        ("offset to a player, largest", lambda group: _largest(group, lambda o: o.offset_s, 1000, "ms")),
        ("offset of the clip's sound, largest", lambda group: _largest(group, lambda o: o.clip_offset_s, 1000, "ms")),
        ("loudness beside a player, largest", lambda group: _largest(group, lambda o: o.loudness_db, 1, "dB")),
        ("memory of the child, largest", lambda group: _largest(group, lambda o: o.child_mb, 1, "MB")),
        ("memory of our own process, largest", lambda group: _largest(group, lambda o: o.own_mb, 1, "MB")),
        ("seconds of decoding, largest", lambda group: _largest(group, lambda o: o.decode_s, 1, "s")),
        ("seconds beyond plain ffmpeg, largest", lambda group: _largest(group, _beyond_s, 1, "s")),
    ]
    return "\n".join([head, *(f"| {name} | {' | '.join(row(group) for group in groups)} |" for name, row in rows)])


def _beyond_s(outcome: Outcome) -> float | None:
    return max(0.0, outcome.decode_s - outcome.player_s) if outcome.player_s else None


def _values(group: list[Outcome], value: Callable[[Outcome], float | None]) -> list[float]:
    return sorted(abs(number) for outcome in group if (number := value(outcome)) is not None)


def _largest(group: list[Outcome], value: Callable[[Outcome], float | None], scale: float, unit: str) -> str:
    values = _values(group, value)
    return f"{scale * values[-1]:.4g} {unit}" if values else "–"


def _spread(group: list[Outcome], value: Callable[[Outcome], float | None], scale: float, unit: str) -> str:
    values = _values(group, value)
    return f"{scale * values[len(values) // 2]:.3g}, {scale * values[-1]:.4g} {unit}" if values else "–"


def _signed(value: float | None, scale: float, unit: str) -> str:
    return f"{'–':>8}   " if value is None else f"{scale * value:+8.1f} {unit}"
