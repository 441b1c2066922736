"""Why the dispatcher does not do what somebody asks, for reasons that neither the pipeline nor storage knows."""

from __future__ import annotations

from enum import StrEnum

from pipeline.errors import CodedError


class BotCode(StrEnum):
    """Every way in which the dispatcher says no. The facts that come along are in brackets."""

    NO_SOUND = "no_sound"
    """Neither link nor file, here or in the message that is replied to."""
    TWO_SOUNDS = "two_sounds"
    """It cannot be both."""
    OUT_OF_REACH = "out_of_reach"
    """[limit_bytes] The chat does not hand so large a file to a bot."""
    DOWNLOAD_FAILED = "download_failed"
    """The chat did not hand the file out."""
    SITE_SILENT = "site_silent"
    """[site, again_in_s] It has failed for everybody for a while, and is asked again now and then."""
    NO_CLIP_MEANT = "no_clip_meant"
    """A remix of what?"""
    NOT_A_NUMBER = "not_a_number"
    """[value] Clips and requests have numbers."""
    FILES_GONE = "files_gone"
    """[id] The recipe is there, the files are not."""
    SOUND_GONE = "sound_gone"
    """[id] Nothing can be heard of it any more."""
    SCENE_NEEDS_CLIP = "scene_needs_clip"
    """A scene can only be changed in a clip that exists."""
    NO_SUCH_SCENE = "no_such_scene"
    """[number, count]"""
    NOTHING_LARGER = "nothing_larger"
    NOTHING_SMALLER = "nothing_smaller"
    """[size_px] It is the smallest already."""
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    """Nothing of theirs is under way."""
    TOO_LATE = "too_late"
    """The clip is made."""
    ASKING_IS_FOR_ADMINS = "asking_is_for_admins"
    """So the chat's admins have set it."""
    FOR_ADMINS = "for_admins"
    FOR_OWNER = "for_owner"
    WHOM = "whom"
    """A ban of whom?"""
    NOT_TO_BE_BANNED = "not_to_be_banned"
    """Oneself, an owner."""
    NO_SUCH_SETTING = "no_such_setting"
    """[option, known]"""
    NO_SUCH_LANGUAGE = "no_such_language"
    """[value, known]"""
    UNKNOWN_COMMAND = "unknown_command"
    """[name]"""
    RELAY_NEEDS_PEOPLE = "relay_needs_people"
    """[low, high]"""
    RELAY_IS_RUNNING = "relay_is_running"
    """One at a time in one place."""
    RELAY_TOO_FEW = "relay_too_few"
    """[least] Picks so far."""
    OLD_BUTTON = "old_button"
    """Nobody knows any more what it was for."""
    NOT_FOR_YOU = "not_for_you"
    """A question to somebody else."""


class BotError(CodedError):
    """What somebody asked for is not done; `code` is a `BotCode`."""
