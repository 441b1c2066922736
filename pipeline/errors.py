"""What can go wrong between a sound and its clip.

An error carries a code and the facts; the sentence that a person reads is made from them elsewhere
(`bot/screens/messages.py`).
"""

from __future__ import annotations

from enum import StrEnum

Fact = str | int | float | tuple[str, ...]


class ErrorCode(StrEnum):
    """Every way in which the pipeline refuses or fails."""

    # the sound
    FILE_MISSING = "file_missing"
    NOT_A_FILE = "not_a_file"
    FILE_FORBIDDEN = "file_forbidden"
    NAME_TOO_LONG = "name_too_long"
    TOO_MANY_FILES = "too_many_files"
    READ_FAILED = "read_failed"
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    NOT_MEDIA = "not_media"
    NO_SOUND = "no_sound"
    UNKNOWN_CODEC = "unknown_codec"
    BROKEN_MEDIA = "broken_media"
    DECODER_FAILED = "decoder_failed"
    PLAYLIST = "playlist"
    TOO_LONG = "too_long"
    START_AFTER_END = "start_after_end"
    POINT_AFTER_END = "point_after_end"
    # the wish
    UNKNOWN_THEME = "unknown_theme"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_SIZE = "unknown_size"
    BAD_RECIPE = "bad_recipe"
    RECIPE_TOO_NEW = "recipe_too_new"
    NO_RECIPE = "no_recipe"
    # the link
    LINK_INVALID = "link_invalid"
    LINK_NOT_ALLOWED = "link_not_allowed"
    LINK_PRIVATE_ADDRESS = "link_private_address"
    LINK_UNREACHABLE = "link_unreachable"
    LINK_NOT_FOUND = "link_not_found"
    LINK_IS_LIVE = "link_is_live"
    LINK_IS_PLAYLIST = "link_is_playlist"
    LINK_NEEDS_SIGN_IN = "link_needs_sign_in"
    LINK_GEO_BLOCKED = "link_geo_blocked"
    LINK_AGE_RESTRICTED = "link_age_restricted"
    LINK_UNSUPPORTED = "link_unsupported"
    LINK_STREAMING_ONLY = "link_streaming_only"
    LINK_EXPIRED = "link_expired"
    LINK_BLOCKED = "link_blocked"
    LINK_TURNED_AWAY = "link_turned_away"
    LINK_RATE_LIMITED = "link_rate_limited"
    LINK_PAID = "link_paid"
    LINK_LOCKED = "link_locked"
    LINK_PROTECTED = "link_protected"
    LINK_EMBED_ONLY = "link_embed_only"
    LINK_NOT_YET = "link_not_yet"
    SITE_NEEDS_SOLVER = "site_needs_solver"
    SITE_CHANGED = "site_changed"
    FETCH_TIMEOUT = "fetch_timeout"
    FETCH_FAILED = "fetch_failed"
    # the model
    WEIGHTS_MISSING = "weights_missing"
    WEIGHTS_DOWNLOAD_FAILED = "weights_download_failed"
    WEIGHTS_CORRUPT = "weights_corrupt"
    OUT_OF_MEMORY = "out_of_memory"
    # the clip
    DISK_FULL = "disk_full"
    OUTPUT_NOT_WRITABLE = "output_not_writable"
    OUTPUT_IS_INPUT = "output_is_input"
    OUTPUT_TWICE = "output_twice"
    ENCODER_FAILED = "encoder_failed"
    CANNOT_FIT = "cannot_fit"
    RENDER_TIMEOUT = "render_timeout"
    CANCELLED = "cancelled"


class CodedError(Exception):
    """A refusal or failure as a value: which one it is, and what a helpful sentence about it needs.

    Each layer has a subclass with its own codes; `bot/screens/messages.py` has a sentence for every code of every
    layer.

    Parameters
    ----------
    code : StrEnum
        Which of the layer's known ways it is.
    **facts
        Names, limits, suggestions.
    """

    def __init__(self, code: StrEnum, **facts: Fact) -> None:
        self.code = code
        self.facts: dict[str, Fact] = facts
        super().__init__(f"{code}: {facts}" if facts else str(code))

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.facts))


def _rebuild(kind: type[CodedError], code: StrEnum, facts: dict[str, Fact]) -> CodedError:
    return kind(code, **facts)


class PipelineError(CodedError):
    """A refusal or failure on the way from a sound to its clip; `code` is an `ErrorCode`."""
