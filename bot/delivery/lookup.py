"""What a delivery needs to know: whose it is, what it shows, and where it goes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.chat.port import Destination, Video
from storage.clips import clips
from storage.clips.clips import Clip
from storage.clips.media import MediaStore
from storage.database.transactions import Snapshot
from storage.errors import StorageError
from storage.outbox import posted_messages
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import PostedMessage, Role
from storage.people.people import Platform
from storage.requests import relays, release, requests
from storage.requests.requests import Request


@dataclass(frozen=True, slots=True)
class DeliveryContents:
    """A delivery, unpacked.

    Attributes
    ----------
    request : Request or None
        None for a clip that is shown again, and for whoever is forgotten.
    position : int or None
        In the queue.
    storyboard : Path or None
        A picture of the scenes.
    video : Video or None
        For a delivery of a clip.
    size_bytes : int
        The size of its file; 0 for one that is gone, which the chat may remember all the same.
    contributors : tuple of str
        Who picked its scenes.
    destination : Destination
        Where it goes.
    """

    request: Request | None
    position: int | None
    clip: Clip | None
    storyboard: Path | None
    video: Video | None
    size_bytes: int
    contributors: tuple[str, ...]
    destination: Destination


def load_contents(tx: Snapshot, delivery: Delivery, media: MediaStore) -> DeliveryContents:
    """Look up what a delivery is about.

    Raises
    ------
    StorageError
        ``NOT_FOUND``: it was deleted, or its asker wants to be forgotten.
    """
    request = None if delivery.request_id is None else requests.get(tx, delivery.request_id)
    position = None
    if request is not None and delivery.kind == "status":
        position = release.queue_positions(tx).get(request.id)
    clip = None if delivery.clip_id is None else clips.get(tx, delivery.clip_id)
    video: Video | None = None
    size_bytes = 0
    contributors: tuple[str, ...] = ()
    if clip is not None:
        video = Video(
            path=media.path(clip.video),
            side_px=clip.size_px,
            duration_s=clip.duration_s,
            thumbnail=existing(media, clip.thumbnail),
            remembered=posted_messages.file_id(tx, clip.id, delivery.platform),
        )
        size_bytes = video.path.stat().st_size if video.path.exists() else 0
        contributors = relays.contributors(tx, clip.id)
    shown = request.storyboard if request is not None else None
    return DeliveryContents(
        request,
        position,
        clip,
        existing(media, shown),
        video,
        size_bytes,
        contributors,
        _destination(delivery, request),
    )


def existing(media: MediaStore, kept: str | None) -> Path | None:
    """Return a file of the media store, if it is still there."""
    if kept is None:
        return None
    path = media.path(kept)
    return path if path.exists() else None


def _destination(delivery: Delivery, request: Request | None) -> Destination:
    """Return where a delivery goes."""
    return Destination(
        chat=delivery.chat,
        channel=delivery.channel,
        reply_to=delivery.reply_to,
        person=None if request is None else request.asker_id,
        event=request.event_id if request is not None and delivery.kind == "status" else None,
    )


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request under way whose status message is in the chat."""

    request: Request
    position: int | None
    storyboard: Path | None
    message: PostedMessage


def open_requests(tx: Snapshot, platform: Platform, media: MediaStore) -> list[OpenRequest]:
    """Return everything under way on a platform that has a status message."""
    positions = release.queue_positions(tx)
    found = []
    for request in requests.open_on(tx, platform):
        message = posted_messages.of_request(tx, request.id, Role.STATUS)
        if message is not None:
            found.append(OpenRequest(request, positions.get(request.id), existing(media, request.storyboard), message))
    return found


def still_open(tx: Snapshot, request_id: int) -> bool:
    """Tell whether a request is still under way."""
    with suppress(StorageError):
        return requests.get(tx, request_id).ended_at_s is None
    return False
