"""What was measured, as Markdown."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add

from benchmarks.changes.metrics import Hit, Score, confusion
from benchmarks.changes.recordings.catalogue import BY_NAME, FAMILIES, Group
from benchmarks.changes.trials import Trial
from benchmarks.changes.truth import Condition

HELD_OUT_MARK = "†"
DRUM_SCORES = ("drum solo", "funk drums", "latin drums", "electronic drums")
SUMS: tuple[tuple[str, tuple[Group, ...]], ...] = (
    ("clear kinds", ("clear",)),
    ("all kinds", ("clear", "other")),
    ("scores", ("score",)),
)
Way = Callable[[Trial], Score | None]


def at_true_count(trial: Trial) -> Score | None:
    return trial.at_true_count


def at_auto(trial: Trial) -> Score | None:
    return trial.at_auto


def report(trials: Sequence[Trial]) -> str:
    """Return all tables: by kind, by condition, still sounds, scores, reasons, beats."""
    plain = [trial for trial in trials if trial.ticket.condition == "plain"]
    parts = [
        f"Cells: hits % / points elsewhere % (F1). {HELD_OUT_MARK}: held out of all tuning.",
        "### At the true count",
        by_kind(plain, at_true_count),
        "### At each contestant's own count",
        by_kind(plain, at_auto),
        "### Under every condition",
        by_condition(trials),
        "### Sounds without a change: inner points",
        still(trials),
        "### Scores: changes found, by sound",
        found_in_scores(trials),
        "### Beats and bars (±70 ms), distance to the nearest onset, reasons",
        beats_and_onsets(trials),
        reasons(trials),
    ]
    return "\n\n".join(part for part in parts if part)


def total(scores: Iterable[Score | None]) -> Score:
    """Add scores up."""
    return reduce(add, (each for each in scores if each is not None), Score())


def cell(score: Score) -> str:
    """Hits in percent / points elsewhere in percent (F1); only points where no change is asked for."""
    if score.asked == 0 and score.points == 0:
        return "–"
    if score.asked == 0:
        return f"{score.elsewhere} pt"
    return f"{100 * score.hit_share:.0f} / {100 * score.elsewhere_share:.0f} ({score.f1:.2f})"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: the first column to the left, the others to the right."""
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            each.ljust(width) if index == 0 else each.rjust(width)
            for index, (each, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = (
        "|"
        + "|".join("-" * (width + 2) if index == 0 else "-" * (width + 1) + ":" for index, width in enumerate(widths))
        + "|"
    )
    return "\n".join([line(header), rule, *map(line, rows)])


def _names(trials: Sequence[Trial], way: Way) -> list[str]:
    return list(dict.fromkeys(trial.contestant for trial in trials if way(trial) is not None))


def by_kind(trials: Sequence[Trial], way: Way) -> str:
    """One row a family and side, then sums; one column a contestant."""
    names = _names(trials, way)
    rows = []
    for family in FAMILIES:
        if family.group == "still":
            continue
        for held_out in (False, True):
            chosen = [t for t in trials if t.ticket.family == family.name and t.ticket.held_out == held_out]
            if chosen:
                rows.append(_row(f"{family.name}{' ' + HELD_OUT_MARK if held_out else ''}", chosen, names, way))
    for title, groups in SUMS:
        chosen = [trial for trial in trials if BY_NAME[trial.ticket.family].group in groups]
        for suffix, side in (("", None), (", tuning", False), (f", held out {HELD_OUT_MARK}", True)):
            some = [trial for trial in chosen if side is None or trial.ticket.held_out == side]
            if some:
                rows.append(_row(f"**{title}**{suffix}", some, names, way))
    return markdown(["kind", "changes", *names], rows)


def _row(title: str, trials: Sequence[Trial], names: Sequence[str], way: Way) -> list[str]:
    totals = [total(way(trial) for trial in trials if trial.contestant == name) for name in names]
    return [title, str(max((each.asked for each in totals), default=0)), *map(cell, totals)]


def by_condition(trials: Sequence[Trial]) -> str:
    """Sums under each condition, at the true count, then at auto."""
    conditions: list[Condition] = list(dict.fromkeys(trial.ticket.condition for trial in trials))
    rows = []
    names = list(dict.fromkeys(trial.contestant for trial in trials if trial.at_true_count or trial.at_auto))
    for way_name, way in (("true count", at_true_count), ("own count", at_auto)):
        for (title, groups), condition in itertools.product(SUMS, conditions):
            chosen = [t for t in trials if t.ticket.condition == condition and BY_NAME[t.ticket.family].group in groups]
            for suffix, some in (("", chosen), (f" {HELD_OUT_MARK}", [t for t in chosen if t.ticket.held_out])):
                if some:
                    scores = [total(way(trial) for trial in some if trial.contestant == name) for name in names]
                    cells = [cell(score) if score.asked else "–" for score in scores]
                    rows.append([f"{title}, {condition}, {way_name}{suffix}", *cells])
    return markdown(["hits / elsewhere (F1)", *names], rows)


def still(trials: Sequence[Trial]) -> str:
    """Inner points in sounds without a change: of all sounds of a family under all conditions, and by condition."""
    chosen = [trial for trial in trials if BY_NAME[trial.ticket.family].group == "still" and trial.at_auto is not None]
    names = _names(chosen, at_auto)
    rows = []
    for family in FAMILIES:
        some = [trial for trial in chosen if trial.ticket.family == family.name]
        if some:
            sound_s = sum(trial.sound_s for trial in some if trial.contestant == names[0])
            mark = f" {HELD_OUT_MARK}" if family.held_out else ""
            rows.append([f"{family.name}{mark}", f"{sound_s / 60:.1f}", *(_still_cell(some, name) for name in names)])
    for condition in dict.fromkeys(trial.ticket.condition for trial in chosen):
        some = [t for t in chosen if t.ticket.condition == condition and t.ticket.family != "impulses"]
        sound_s = sum(trial.sound_s for trial in some if trial.contestant == names[0])
        rows.append(
            [f"**all but impulses, {condition}**", f"{sound_s / 60:.1f}", *(_still_cell(some, name) for name in names)]
        )
    return markdown(["points (in sounds of all)", "minutes", *names], rows)


def _still_cell(trials: Sequence[Trial], name: str) -> str:
    counts = [trial.at_auto.points for trial in trials if trial.contestant == name and trial.at_auto is not None]
    return f"{sum(counts)} ({sum(count > 0 for count in counts)} of {len(counts)})"


def found_in_scores(trials: Sequence[Trial]) -> str:
    """Bars of the broken chords and sections of the drum scores, one row a sound, at the true count."""
    wanted = ("broken chords", *DRUM_SCORES)
    chosen = [trial for trial in trials if trial.ticket.family in wanted and trial.at_true_count is not None]
    names = _names(chosen, at_true_count)
    rows = []
    for ticket in sorted({t.ticket for t in chosen}, key=lambda t: (wanted.index(t.family), t.condition, t.seed)):
        own = {trial.contestant: trial.at_true_count for trial in chosen if trial.ticket == ticket}
        mark = f" {HELD_OUT_MARK}" if ticket.held_out else ""
        cells = [f"{own[name].found} of {own[name].asked}" if own.get(name) else "–" for name in names]  # type: ignore[union-attr]
        rows.append([f"{ticket.family} {ticket.seed}, {ticket.condition}{mark}", *cells])
    return markdown(["score", *names], rows)


def beats_and_onsets(trials: Sequence[Trial]) -> str:
    """Mean F of beats and bars on made-up and on rendered sounds; median distance and bias to the nearest onset."""
    rows = []
    for name in dict.fromkeys(trial.contestant for trial in trials):
        own = [trial for trial in trials if trial.contestant == name]
        made, scored = (
            [t for t in own if (BY_NAME[t.ticket.family].group == "score") == is_score] for is_score in (False, True)
        )
        errors_s = total(trial.at_true_count for trial in own).onset_errors_s
        distance = f"{1000 * statistics.median(map(abs, errors_s)):.0f} ms" if errors_s else "–"
        bias = f"{1000 * statistics.median(errors_s):+.0f} ms" if errors_s else "–"
        cost = sum(t.wall_s for t in own) / max(1e-9, sum(t.sound_s for t in own))
        rows.append(
            [
                name,
                _mean(t.beat_f for t in made),
                _mean(t.downbeat_f for t in made),
                _mean(t.beat_f for t in scored),
                _mean(t.downbeat_f for t in scored),
                _mean(t.same_section_f for t in own),
                distance,
                bias,
                f"{1000 * cost:.1f}",
            ]
        )
    header = [
        "",
        "beat F, made-up",
        "downbeat F, made-up",
        "beat F, scores",
        "downbeat F, scores",
        "same section F",
        "distance",
        "bias",
        "ms per s",
    ]
    return markdown(header, rows)


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return f"{statistics.fmean(known):.2f}" if known else "–"


def reasons(trials: Sequence[Trial]) -> str:
    """Which reasons were given for hits of which kind, of each contestant that gives any."""
    parts = []
    for name in _names(trials, at_true_count):
        hits: tuple[Hit, ...] = total(trial.at_true_count for trial in trials if trial.contestant == name).hits
        matrix = confusion(hits)
        given = list(dict.fromkeys(reason for row in matrix.values() for reason in sorted(row)))
        if given in ([], ["none"]):
            continue
        rows = [[kind, *(str(row[reason]) if row[reason] else "" for reason in given)] for kind, row in matrix.items()]
        right = sum(hit.reason_is_right for hit in hits) / len(hits)
        parts.append(
            f"Reasons of `{name}`, right for {100 * right:.0f} % of {len(hits)} hits:\n\n"
            + markdown(["true", *given], rows)
        )
    return "\n\n".join(parts)
