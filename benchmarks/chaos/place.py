"""What the processes of a chaos run share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from storage.clips.media import MediaStore
from storage.requests.quotas import QuotaLimits

LEASE_S = 1.0
SECONDS = 10.0
"""Length of every clip."""
LIMITS = QuotaLimits(None, None, None, None, open_requests_per_user=2)


@dataclass(frozen=True, slots=True)
class Destination:
    """What the processes share."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'chaos.sqlite3'}"

    @property
    def media(self) -> MediaStore:
        return MediaStore(self.folder / "media")

    def write_line(self, name: str, line: str) -> None:
        """Append a line at once and for good, as a chat server takes a message."""
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []
