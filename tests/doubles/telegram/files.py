"""The files of the Telegram double: what was uploaded, under which ids, and what Telegram makes of it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.doubles.telegram.refusal import bad_request

FOLDERS = {
    "photo": "photos",
    "video": "videos",
    "voice": "voice",
    "audio": "music",
    "animation": "animations",
    "video_note": "video_notes",
    "thumbnail": "thumbnails",
}


@dataclass(frozen=True)
class Limits:
    """What the server takes; a local Bot API server is had by raising them. Sizes in bytes."""

    upload: int = 50 * 10**6
    download: int = 20 * 10**6
    photo: int = 10 * 10**6
    thumbnail: int = 200 * 10**3
    thumbnail_side_px: int = 320
    text: int = 4096  # UTF-16 code units
    caption: int = 1024
    callback_data: int = 64
    callback_answer: int = 200
    callback_lifetime_s: float = 30
    delete_within_s: float = 48 * 3600


@dataclass(frozen=True)
class StoredFile:
    """Bytes on the server. The same bytes in another role have another `file_id`, as in Telegram."""

    file_id: str
    unique_id: str
    path: str
    content: bytes = field(repr=False)
    name: str
    mime_type: str
    kind: str

    def size(self, width: int, height: int) -> dict[str, Any]:
        """Describe it as a PhotoSize."""
        return {**self.ids(), "width": width, "height": height}

    def ids(self) -> dict[str, Any]:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}


@dataclass(frozen=True)
class Media:
    """A file in a message: its kind ("video"), and the object that the Bot API shows for it."""

    kind: str
    file: StoredFile
    shown: Any  # a dict, or for a photo a list of sizes
    thumbnail: StoredFile | None = None

    def label(self) -> str:
        """Describe it in a few words, as a screen would show it."""
        shown = self.shown[-1] if isinstance(self.shown, list) else self.shown
        parts = [f"{self.kind.replace('_', ' ')} {shown.get('title') or shown.get('file_name') or ''}".strip()]
        if shown.get("width"):
            parts.append(f"{shown['width']} × {shown['height']}")
        if shown.get("duration"):
            minutes, seconds = divmod(shown["duration"], 60)
            parts.append(f"{minutes}:{seconds:02d}")
        return ", ".join(parts)


def picture_size(content: bytes) -> tuple[int, int, str]:
    """Return width, height and format ("JPEG") of a picture, or refuse as Telegram's converter does."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.width, picture.height, picture.format or ""
    except UnidentifiedImageError:
        raise bad_request("IMAGE_PROCESS_FAILED") from None


def check_photo(content: bytes, limits: Limits) -> tuple[int, int]:
    """A photo is at most 10 MB; its sides add up to at most 10 000, and are at most 20 to 1."""
    if len(content) > limits.photo:
        raise bad_request("file is too big")
    width, height, _ = picture_size(content)
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height


def check_thumbnail(content: bytes, limits: Limits) -> tuple[int, int]:
    """Refuse a thumbnail that the real server would silently leave out: not JPEG, 200 kB or more, a side over 320."""
    width, height, kind = picture_size(content)
    if kind != "JPEG":
        raise bad_request(f"wrong thumbnail: {kind}, not JPEG")
    if len(content) >= limits.thumbnail:
        raise bad_request(f"wrong thumbnail: {len(content)} bytes, must be less than {limits.thumbnail}")
    if max(width, height) > limits.thumbnail_side_px:
        raise bad_request(f"wrong thumbnail: {width} × {height}, at most {limits.thumbnail_side_px} a side")
    return width, height


def is_mp4(content: bytes) -> bool:
    """Tell an MPEG-4 file by its first box; Telegram sends other "videos" as documents."""
    return content[4:8] == b"ftyp"
