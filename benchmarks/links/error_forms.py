"""Forms of errors as yt-dlp says them, by site, and what each means to the one who sent the link.

The words between are ours; what carries the meaning (a class, a status, a turn of phrase) is yt-dlp's or the site's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """An error.

    Attributes
    ----------
    site : str
        Where it came from.
    text : str
        As yt-dlp says it.
    code : str
        What it means (`pipeline.errors.ErrorCode`).
    raised : str
        Name of the class that says it.
    has_solver : bool
        Whether YouTube's challenge could be solved.
    """

    site: str
    text: str
    code: str
    raised: str = "ExtractorError"
    has_solver: bool = True


HINT = "Use --cookies-from-browser or --cookies for the authentication. See the FAQ for how to manually pass cookies"
BUG = "; please report this issue on the tracker, filling out the template. Confirm you are on the latest version"
EJS = "Requested format is not available. Use --list-formats for a list of available formats"

FORMS: tuple[Form, ...] = (
    # YouTube: who asks
    Form("YouTube", f"Sign in to confirm you’re not a bot. {HINT}", "link_turned_away"),
    Form("YouTube", f"Sign in to confirm you're not a bot. {HINT}", "link_turned_away"),
    Form("YouTube", "x. YouTube is requiring a captcha challenge before playback", "link_turned_away"),
    Form("YouTube", "All player responses are invalid. Your IP is likely being blocked by Youtube", "link_turned_away"),
    Form("YouTube", "This content isn't available, try again later. The current session has been rate-limited "
         "by YouTube "
         "for up to an hour. It is recommended to add a delay", "link_rate_limited"),
    Form("YouTube", "Unable to download API page: HTTP Error 429: Too Many Requests", "link_rate_limited"),
    Form("YouTube", f"Sign in to confirm your age. This video may be inappropriate for some users. {HINT}",
         "link_age_restricted"),
    Form("YouTube", "This video is age-restricted and only available on YouTube", "link_age_restricted"),
    Form("YouTube", f"Please sign in. {HINT}", "link_needs_sign_in"),
    Form("YouTube", "Join this channel to get access to members-only content like this video", "link_paid"),
    Form("YouTube", "This video is available to this channel's members on level: Fan", "link_paid"),
    Form("YouTube", "This video requires payment to watch", "link_paid"),
    Form("YouTube", "This video is only available to Music Premium members", "link_paid"),
    # YouTube: what is there
    Form("YouTube", f"Private video. Sign in if you've been granted access to this video. {HINT}", "link_not_found"),
    Form("YouTube", "Video unavailable. This video is private", "link_not_found"),
    Form("YouTube", "Video unavailable", "link_not_found"),
    Form("YouTube", "This video is unavailable", "link_not_found"),
    Form("YouTube", "This video is not available", "link_not_found"),
    Form("YouTube", "Video unavailable. This video has been removed by the uploader", "link_not_found"),
    Form("YouTube", "This video has been removed for violating YouTube's Terms of Service", "link_not_found"),
    Form("YouTube", "Video unavailable. This video is no longer available because the YouTube account "
         "associated with this "
         "video has been terminated.", "link_not_found"),
    Form("YouTube", "Video unavailable. This video is no longer available due to a copyright claim by Somebody",
         "link_not_found"),
    Form("YouTube", "This live stream recording is not available.", "link_not_found"),
    Form("YouTube", "The uploader has not made this video available in your country", "link_geo_blocked",
         "GeoRestrictedError"),
    Form("YouTube", "Video unavailable. This video contains content from X, who has blocked it in your country on "
         "copyright grounds", "link_geo_blocked"),
    Form("YouTube", "Premieres in 5 hours", "link_not_yet"),
    Form("YouTube", "Premiere will begin shortly", "link_not_yet"),
    Form("YouTube", "This live event will begin in 3 days.", "link_not_yet"),
    Form("YouTube", "This live event has ended.", "link_not_yet"),
    Form("YouTube", "We're processing this video. Check back later.", "link_not_yet"),
    # YouTube: how it was asked
    Form("YouTube", EJS, "site_needs_solver", has_solver=False),
    Form("YouTube", "No video formats found!", "site_needs_solver", has_solver=False),
    Form("YouTube", "unable to download video data: HTTP Error 403: Forbidden",
         "site_needs_solver", "DownloadError", False),
    Form("YouTube", "The following content is not available on this app. Watch on the latest version of YouTube",
         "site_needs_solver", has_solver=False),
    Form("YouTube", EJS, "site_changed"),
    Form("YouTube", f"No video formats found!{BUG}", "site_changed"),
    Form("YouTube", "unable to download video data: HTTP Error 403: Forbidden", "link_turned_away", "DownloadError"),
    Form("YouTube", "The following content is not available on this app. Watch on the latest version of YouTube",
         "site_changed"),
    Form("YouTube", "The page needs to be reloaded.", "site_changed"),
    Form("YouTube", f"Failed to extract any player response{BUG}", "site_changed"),
    Form("YouTube", f"Unable to extract Initial JS player signature function name{BUG}", "site_changed"),
    Form("YouTube", "This video is DRM protected", "link_protected"),
    # SoundCloud
    Form("SoundCloud", "Unable to download JSON metadata: HTTP Error 404: Not Found", "link_not_found"),
    Form("SoundCloud", "This video is not available from your location due to geo restriction", "link_geo_blocked",
         "GeoRestrictedError"),
    Form("SoundCloud", "This track is DRM protected", "link_protected"),
    Form("SoundCloud", "Unable to extract client id", "site_changed"),
    Form("SoundCloud", f"This video is only available for registered users. {HINT}", "link_needs_sign_in"),
    Form("SoundCloud", "Unable to download JSON metadata: HTTP Error 401: Unauthorized", "link_needs_sign_in"),
    # Vimeo
    Form("Vimeo", f"The web client only works when logged-in. {HINT}", "link_needs_sign_in"),
    Form("Vimeo", "This video is protected by a password, use the --video-password option", "link_locked"),
    Form("Vimeo", "Wrong video password", "link_locked"),
    Form("Vimeo", "This request has been blocked due to its TLS fingerprint. Install a required impersonation "
         "dependency",
         "link_turned_away"),
    Form("Vimeo", "Got HTTP Error 403. If you are using a data center IP or VPN/proxy, your IP may be blocked",
         "link_turned_away"),
    Form("Vimeo", "Cannot download embed-only video without embedding URL. Please call yt-dlp with the URL of the page",
         "link_embed_only"),
    Form("Vimeo", "Sorry, this video does not exist.", "link_not_found"),
    # Bandcamp, Mixcloud, Reddit, Twitch, others
    Form("Bandcamp", "Got client challenge webpage response with None", "link_turned_away"),
    Form("Bandcamp", "No video formats found!", "link_unsupported"),
    Form("Bandcamp", "The page doesn't contain any tracks", "link_unsupported"),
    Form("Mixcloud", "Track not found", "link_not_found"),
    Form("Mixcloud", "Track unavailable in your country due to licensing restrictions", "link_geo_blocked"),
    Form("Mixcloud", "You have reached your play limit for this track", "link_rate_limited"),
    Form("Mixcloud", "Track is restricted", "link_paid"),
    Form("Reddit", "Your IP address is unable to access the Reddit API", "link_turned_away"),
    Form("Reddit", f"Account authentication is required. {HINT}", "link_needs_sign_in"),
    Form("Reddit", f"Quarantined subreddit; an account that has opted in is required. {HINT}", "link_needs_sign_in"),
    Form("Reddit", f"Private subreddit; an account that has been approved is required. {HINT}", "link_needs_sign_in"),
    Form("Reddit", "HTTP Error 403 Forbidden; reason given: banned", "link_turned_away"),
    Form("Reddit", "No media found", "link_unsupported"),
    Form("Twitch", f"You must be logged into an account that has access to this subscriber-only content. {HINT}",
         "link_paid"),
    Form("Twitch", "This clip is no longer available", "link_not_found"),
    Form("Twitch", "Somebody is not currently live", "link_is_live", "UserNotLive"),
    Form("Bluesky", "No video could be found in this post", "link_unsupported"),
    Form("Internet Archive", "Unable to download webpage: HTTP Error 503: Service Unavailable", "link_unreachable"),
    Form("Internet Archive", "Unable to download webpage: HTTP Error 403: Forbidden", "link_turned_away"),
    Form("Freesound", "Unable to download webpage: HTTP Error 410: Gone", "link_not_found"),
    Form("Vocaroo", "Unable to download webpage: HTTP Error 451: Unavailable For Legal Reasons", "link_geo_blocked"),
    Form("Vocaroo", f"Unable to extract title{BUG}", "site_changed"),
    Form("Vocaroo", f"An extractor error has occurred. (caused by KeyError('media')){BUG}", "site_changed"),
    # the way there
    Form("YouTube", "Unable to download API page: [Errno -3] Temporary failure in name resolution", "link_unreachable"),
    Form("SoundCloud", "Unable to download JSON metadata: ('Connection aborted.', RemoteDisconnected('Remote "
         "end closed "
         "connection without response'))", "link_unreachable"),
    Form("Vimeo", "Unable to download webpage: The read operation timed out", "link_unreachable"),
    Form("Bandcamp", "Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
         "link_unreachable"),
    Form("Freesound", "unable to write data: [Errno 28] No space left on device", "disk_full", "DownloadError"),
    Form("Freesound", "File is larger than max-filesize (9 bytes > 1 bytes). Aborting.", "file_too_large"),
    Form("YouTube", "Unsupported URL: https://www.youtube.com/x", "link_unsupported", "UnsupportedError"),
    Form("YouTube", "Something that nobody has ever seen", "fetch_failed"),
)  # fmt: skip
