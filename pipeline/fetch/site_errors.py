"""What an error of yt-dlp means to the one who sent the link: a table of its classes and its texts, by site.

Pure. The texts are yt-dlp's, or the site's as yt-dlp repeats them; `python -m benchmarks.links` holds the forms that
this was made for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import ErrorCode


@dataclass(frozen=True, slots=True)
class Rule:
    """A text and what it means.

    Attributes
    ----------
    pattern : str
        Searched without regard to case.
    code : ErrorCode
        What it means.
    sites : tuple of str
        Where it means that; empty: everywhere.
    without_solver : bool
        It means that only where YouTube's challenge could not be solved.
    """

    pattern: str
    code: ErrorCode
    sites: tuple[str, ...] = ()
    without_solver: bool = False

    def holds(self, message: str, site: str, *, has_solver: bool) -> bool:
        """Tell whether the rule is about this error."""
        if (self.sites and site not in self.sites) or (self.without_solver and has_solver):
            return False
        return re.search(self.pattern, message, re.IGNORECASE) is not None


_YOUTUBE = ("YouTube",)
_NO_FORMATS = r"format is not available|no video formats|no formats|only images are available"
_OLD_APP = r"not available on this app|needs to be reloaded"

# The first rule that holds decides, so the particular stands before the general.
RULES: tuple[Rule, ...] = (
    # YouTube hands out sound to those who solve its challenge; without a solver this is our fault, not the link's.
    Rule(rf"{_NO_FORMATS}|{_OLD_APP}", ErrorCode.SITE_NEEDS_SOLVER, _YOUTUBE, without_solver=True),
    Rule(r"video data: HTTP ?Error 403", ErrorCode.SITE_NEEDS_SOLVER, _YOUTUBE, without_solver=True),
    # who may see it
    Rule(r"confirm your age|age.?restricted|age.?verif|inappropriate for some", ErrorCode.LINK_AGE_RESTRICTED),
    Rule(r"private video|(?:video|track|sound) is private", ErrorCode.LINK_NOT_FOUND),
    Rule(r"not a bot|captcha|client challenge|TLS fingerprint|data center IP", ErrorCode.LINK_TURNED_AWAY),
    Rule(r"IP is likely being blocked|IP address is unable|HTTP ?Error 403", ErrorCode.LINK_TURNED_AWAY),
    Rule(r"rate.?limit|too many requests|HTTP ?Error 429|play limit", ErrorCode.LINK_RATE_LIMITED),
    Rule(r"members.only|channel's members|join this channel|requires payment|purchase", ErrorCode.LINK_PAID),
    Rule(r"premium members|subscriber-only|track is restricted", ErrorCode.LINK_PAID),
    Rule(r"protected by a password|wrong (?:video )?password|--video-password", ErrorCode.LINK_LOCKED),
    Rule(r"embed-only|without embedding URL", ErrorCode.LINK_EMBED_ONLY),
    Rule(r"geo.?restrict|(?:in|from) your (?:country|location|region)|blocked it in", ErrorCode.LINK_GEO_BLOCKED),
    Rule(r"HTTP ?Error 451", ErrorCode.LINK_GEO_BLOCKED),
    Rule(r"login required|log.?in (?:details|to)|logged.?in|sign in\b|registered users", ErrorCode.LINK_NEEDS_SIGN_IN),
    Rule(r"--cookies|--username|authentication|HTTP ?Error 401", ErrorCode.LINK_NEEDS_SIGN_IN),
    # whether it is there
    Rule(r"recording is not available", ErrorCode.LINK_NOT_FOUND),
    Rule(r"premieres? (?:in|will|shortly)|live event (?:will|has)|processing this video", ErrorCode.LINK_NOT_YET),
    Rule(r"live event|live.?stream|not currently live", ErrorCode.LINK_IS_LIVE),
    Rule(r"\bDRM\b", ErrorCode.LINK_PROTECTED),
    Rule(rf"{_NO_FORMATS}|{_OLD_APP}", ErrorCode.SITE_CHANGED, _YOUTUBE),
    Rule(_NO_FORMATS, ErrorCode.LINK_UNSUPPORTED),
    Rule(r"HTTP ?Error 4(?:04|10)\b|\bnot found$", ErrorCode.LINK_NOT_FOUND),
    Rule(r"not exist|no longer (?:available|exists)|has been (?:removed|terminated|deleted)", ErrorCode.LINK_NOT_FOUND),
    Rule(r"removed (?:by|for)|is unavailable|video unavailable|is(?: not|n't) available\b", ErrorCode.LINK_NOT_FOUND),
    Rule(r"no (?:media|video) (?:could be )?found|contain any tracks", ErrorCode.LINK_UNSUPPORTED),
    Rule(r"unsupported url|no suitable extractor", ErrorCode.LINK_UNSUPPORTED),
    # the way here
    Rule(r"HTTP ?Error (?:408|425|5\d\d)", ErrorCode.LINK_UNREACHABLE),
    Rule(r"larger than max-filesize|file too large", ErrorCode.FILE_TOO_LARGE),
    Rule(r"no space left|disk quota", ErrorCode.DISK_FULL),
    Rule(r"name or service|name resolution|getaddrinfo|failed to resolve|no address", ErrorCode.LINK_UNREACHABLE),
    Rule(r"timed out|connection (?:refused|reset|aborted)|unreachable|failed to establish", ErrorCode.LINK_UNREACHABLE),
    Rule(r"remote end closed|SSL|certificate|bytes read|TransportError|incomplete ?read", ErrorCode.LINK_UNREACHABLE),
    # what yt-dlp expects of a page, and does not find any more
    Rule(r"unable to extract|failed to (?:extract|parse)|extractor (?:error|failed)", ErrorCode.SITE_CHANGED),
)

# yt-dlp's own classes say it better than their texts; by name, for the classes of another version are others.
CLASSES: Mapping[str, ErrorCode] = {
    "GeoRestrictedError": ErrorCode.LINK_GEO_BLOCKED,
    "UserNotLive": ErrorCode.LINK_IS_LIVE,
    "UnsupportedError": ErrorCode.LINK_UNSUPPORTED,
}

_BUG_REPORT = re.compile(r"please report this issue on", re.IGNORECASE)


def code_of(message: str, cause: BaseException | None = None, *, site: str = "", has_solver: bool = True) -> ErrorCode:
    """Return what an error of yt-dlp means to the one who sent the link.

    Parameters
    ----------
    message : str
        As yt-dlp says it, "ERROR: " and all.
    cause : BaseException, optional
        The exception that said it; those that it was raised from count, too.
    site : str
        Where it came from.
    has_solver : bool
        Whether YouTube's challenge could be solved.

    Returns
    -------
    ErrorCode
        ``FETCH_FAILED`` where neither class nor text is one that we know.
    """
    while cause is not None:
        if code := CLASSES.get(type(cause).__name__):
            return code
        cause = cause.__cause__ or cause.__context__
    # The request to report a bug holds words that would mislead.
    told = _BUG_REPORT.split(message)[0]
    found = (rule.code for rule in RULES if rule.holds(told, site, has_solver=has_solver))
    return next(found, ErrorCode.FETCH_FAILED)
