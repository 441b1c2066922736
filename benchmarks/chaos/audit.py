"""The audit: what must be true once everything has come to rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.chaos.place import SECONDS, Destination
from storage.database.transactions import Database
from storage.requests import quotas, requests
from storage.states import UNCHARGED, RequestState

ENDS = UNCHARGED | {RequestState.DELIVERED}


@dataclass(slots=True)
class Report:
    """What was done, what came of it, and what is wrong."""

    did: Counter[str] = field(default_factory=Counter)
    states: Counter[RequestState] = field(default_factory=Counter)
    attempts: int = 0
    duration_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


def audit(database: Database, place: Destination, count: int, report: Report) -> Iterator[str]:
    """Yield everything that is not as it must be."""
    said = Counter(place.lines("chat"))
    begun = Counter(place.lines("begun"))
    report.attempts = len(begun)
    with database.read() as tx:
        everything = [requests.find(tx, "telegram", f"event-{number}") for number in range(count)]
        rows = tx.connection.exec_driver_sql("SELECT count(*) FROM requests").scalar()
        if rows != count:
            yield f"{rows} requests of {count} events"
        for request in everything:
            if request is None:
                yield "a request is lost"
                continue
            report.states[request.state] += 1
            if request.state not in ENDS:
                yield f"request {request.id} is still {request.state}"
                continue
            answer = "clip" if request.state is RequestState.DELIVERED else "notice"
            for kind in ("clip", "notice"):
                times = said[f"{request.id} {kind}"]
                if times != (kind == answer):
                    yield f"request {request.id} is {request.state} and was told {kind} {times} times"
            cost = quotas.charged(tx, request.id)
            expected = (1, SECONDS) if answer == "clip" else (0, 0.0)
            if (cost.clips, cost.seconds) != expected:
                yield f"request {request.id} is {request.state} and costs {cost}"
            if answer == "clip":
                video = tx.connection.exec_driver_sql(
                    "SELECT video FROM clips WHERE id = ?", (request.id,)
                ).scalar_one()
                made_by = place.media.path(video).read_text()
                by_the_winner = video.startswith(f"clips/{request.id}-{request.fence}-") and video.endswith("/clip.mp4")
                if made_by != f"{request.id} {request.fence}" or not by_the_winner:
                    yield f"request {request.id} was won by fence {request.fence}, its file is of {made_by}"
    for attempt, times in begun.items():
        if times > 1:
            yield f"attempt {attempt} began {times} times"
