"""A worker and a bot, as real as they can be without pictures and chats."""

from __future__ import annotations

import logging
import random
import threading
import time

from benchmarks.chaos.place import LEASE_S, LIMITS, SECONDS, Destination
from pipeline.errors import ErrorCode, PipelineError
from pipeline.recipe import Recipe
from storage.clips.clips import NewClip
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.engine.port import Control
from storage.outbox import deliveries
from storage.outbox.posted_messages import Role
from storage.requests import release, requests


def work(place: Destination, seed: int) -> None:
    """Be a worker until killed."""
    logging.getLogger("storage").setLevel(logging.CRITICAL)  # the handlers stumble on purpose
    rng = random.Random(seed)
    database = Database(place.url)
    engine = EmbeddedEngine(database, lease_s=LEASE_S, poll_s=0.02, retry_s=0.1)

    def keep_releasing() -> None:
        while True:
            with database.write() as tx:
                release.release(tx, engine, window=3)
                release.reconcile(tx, engine)
            time.sleep(0.05)

    def handle(job_id: int, ticket: int, _ctl: Control) -> None:
        with database.write() as tx:
            request = requests.begin(tx, job_id, ticket)
        if request is None:
            return
        place.write_line("begun", f"{job_id} {request.fence}")
        fate = rng.random()
        time.sleep(rng.uniform(0.0, 0.04))
        with database.write() as tx:
            requests.start_rendering(tx, job_id, request.fence)
            requests.settle(tx, job_id, request.fence, SECONDS, LIMITS)
        for done in range(3):
            time.sleep(rng.uniform(0.0, 0.04))
            with database.write() as tx:
                if not requests.progress(tx, job_id, request.fence, "rendering", done, 3):
                    return
        if fate < 0.05:
            raise RuntimeError("a handler that stumbles")
        with database.write() as tx:
            if fate < 0.1:
                requests.retry(tx, job_id, request.fence, after_s=0.1)
                return
            if fate < 0.15:
                requests.fail(tx, job_id, request.fence, PipelineError(ErrorCode.NO_SOUND))
                return
            if fate < 0.2:
                requests.hand_back(tx, job_id, request.fence)
                return
        making = place.folder / "work" / f"{job_id}-{request.fence}"
        making.mkdir(parents=True)
        (making / "clip.mp4").write_text(f"{job_id} {request.fence}")
        video = f"{place.media.keep_clip(making, job_id, request.fence)}/clip.mp4"
        with database.write() as tx:
            requests.finish_render(tx, job_id, request.fence, NewClip(Recipe(), SECONDS, 128, 24, 240, 10, video))

    threading.Thread(target=keep_releasing, daemon=True).start()
    engine.serve(handle, slots=2)


def deliver(place: Destination, seed: int) -> None:
    """Be a bot until killed: before it sends, it says so; what it finds in doubt, it looks up in the chat."""
    rng = random.Random(seed)
    database = Database(place.url)
    while True:
        with database.write() as tx:
            delivery = deliveries.claim(tx, "telegram", f"bot-{seed}", lease_s=LEASE_S)
        if delivery is None:
            time.sleep(0.02)
            continue
        role = Role.CLIP if delivery.kind == "clip" else Role.NOTICE
        line = f"{delivery.request_id} {delivery.kind}"
        if delivery.in_doubt is None or line not in place.lines("chat"):
            with database.write() as tx:
                if not deliveries.sending(tx, delivery.id, delivery.fence, role):
                    continue
            time.sleep(rng.uniform(0.0, 0.02))
            place.write_line("chat", line)
            time.sleep(rng.uniform(0.0, 0.02))
        with database.write() as tx:
            deliveries.posted(tx, delivery.id, delivery.fence, role, f"m-{delivery.request_id}")
            deliveries.sent(tx, delivery.id, delivery.fence)
