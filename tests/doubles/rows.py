"""Rows of the books as values, with whatever a test wants to be different."""

from __future__ import annotations

from typing import Any

from pipeline.recipe import Recipe, Scene
from storage.clips.clips import Clip
from storage.requests.relays import Relay
from storage.requests.requests import Request
from storage.requests.sources import Source
from storage.states import RelayState, RequestState

SOURCE = Source(1, "link", "https://youtu.be/x", "A song", None, None, None, None, None)


def clip(**more: Any) -> Clip:
    values: dict[str, Any] = {
        "id": 12, "parent_clip_id": 7, "source_id": 1, "maker_id": 1, "maker_name": "Ada", "chat_id": 1,
        "title": "A song", "recipe": Recipe(theme="primates", scenes=(Scene(373, 1), Scene(366, 2)), model="sketch"),
        "duration_s": 45.0, "size_px": 256, "fps": 24, "frame_count": 1080, "bytes": 1, "video": "v", "sound": None,
        "poster": None, "storyboard": None, "thumbnail": None, "created_at_s": 0.0, "media_removed": False,
        "deleted": False,
    }  # fmt: skip
    return Clip(**values | more)


def request(**more: Any) -> Request:
    values: dict[str, Any] = {
        "id": 3, "platform": "telegram", "event_id": "e", "person_id": 1, "asker_id": "1", "asker_name": "Ada",
        "chat_id": 1, "chat": "c", "channel": None, "message": None, "language": "en", "source": SOURCE,
        "recipe": Recipe(theme="primates"), "parent_clip_id": None, "estimated_s": 1.0, "work_s": None,
        "max_bytes": None,
        "max_duration_s": None, "priority": 0, "state": RequestState.QUEUED, "ticket": 0, "fence": 0, "starts": 0,
        "not_before_at_s": 0.0, "stage": None, "done": 0, "total": 0, "storyboard": None, "chosen": None,
        "error": None, "clip_id": None, "created_at_s": 0.0, "begun_at_s": None, "ended_at_s": None,
    }  # fmt: skip
    return Request(**values | more)


def relay(**more: Any) -> Relay:
    values: dict[str, Any] = {
        "id": 2, "platform": "telegram", "event_id": "e", "person_id": 1, "chat_id": 1, "chat": "c", "channel": None,
        "message": None, "language": "en", "source": SOURCE, "recipe": Recipe(theme="birds"), "estimated_s": 1.0,
        "scenes": 3, "picks": (), "state": RelayState.GATHERING,
        "deadline_at_s": 1.0, "request_id": None,
    }  # fmt: skip
    return Relay(**values | more)
