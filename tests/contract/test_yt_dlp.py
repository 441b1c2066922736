"""What we believe about yt-dlp, asked of the yt-dlp that is installed: an update that breaks it shows here."""

from __future__ import annotations

import inspect
import io
import re
from pathlib import Path

import pytest
import yt_dlp
from yt_dlp.downloader.common import FileDownloader
from yt_dlp.extractor import gen_extractor_classes, get_info_extractor
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.networking.common import Response
from yt_dlp.networking.exceptions import HTTPError, IncompleteRead, SSLError, TransportError
from yt_dlp.utils import ContentTooShortError, ExtractorError, UnsupportedError, UserNotLive

from pipeline.errors import ErrorCode
from pipeline.fetch.link import parse_link
from pipeline.fetch.site_errors import code_of
from pipeline.fetch.sites.listed import SITES
from pipeline.fetch.ytdlp import options, sound_format

LINKS = {
    "YouTube": "https://youtu.be/dQw4w9WgXcQ",
    "SoundCloud": "https://soundcloud.com/artist/track/s-Secret",
    "Bandcamp": "https://artist.bandcamp.com/track/song",
    "Vimeo": "https://player.vimeo.com/video/56015672?h=0a1b2c3d4e",
    "Freesound": "https://freesound.org/people/miklovan/sounds/194503/",
    "Vocaroo": "https://voca.ro/19cgWmKO6AmC",
    "Internet Archive": "https://archive.org/details/KZ1908.02/KZ1908.02_01.wav",
    "Mixcloud": "https://m.mixcloud.com/dholbach/cryptkeeper/?utm_source=x",
    "Audiomack": "https://www.audiomack.com/roosh-williams/song/extraordinary?share-user-id=1",
    "Wikimedia Commons": "https://commons.m.wikimedia.org/wiki/Datei:A_song_(live).ogg?uselang=de",
    "Apple Podcasts": "https://podcasts.apple.com/de/podcast/a-name/id1135137367?i=1000482637777&l=en",
    "Twitch": "https://www.twitch.tv/somebody/clip/FaintLightGullWholeWheat?filter=clips",
    "Reddit": "https://old.reddit.com/r/videos/comments/6rrwyj/that_small_heart_attack/?utm_source=x",
    "Bluesky": "https://bsky.app/profile/blu3blue.bsky.social/post/3l4omssdl632g?ref=x",
}
EXTRACTED = [site for site in SITES if site.extractor]
MORE_LINKS = {
    "YoutubeClip": "https://www.youtube.com/clip/UgytZKpehg-hEMBSn3F4AaABCQ",
    "TwitchVod": "https://www.twitch.tv/videos/635475444?t=1h2m3s",
}


def downloader_for(site, folder: Path, **more):
    parameters = options(parse_link(LINKS[site]), folder, max_bytes=5_000_000) | more
    return yt_dlp.YoutubeDL(parameters)


@pytest.mark.parametrize("site", EXTRACTED, ids=lambda site: site.name)
def test_only_the_sites_extractor_is_loaded_and_it_takes_our_link(site, tmp_path):
    link = parse_link(LINKS[site.name])
    extractor = get_info_extractor(site.extractor)
    assert site.extractor_name == extractor.IE_NAME
    assert extractor.suitable(link.url)
    assert extractor.working()
    with downloader_for(site.name, tmp_path) as downloader:
        assert list(downloader._ies) == [site.extractor]
        assert downloader.params["remote_components"] == set()
        assert downloader._js_runtimes == {}
        assert downloader.proxies == {"all": "__noproxy__"}
        assert not downloader.cache.enabled
        assert not any(downloader._pps.values())


@pytest.mark.parametrize(
    ("key", "name"), [pair for site in SITES for pair in site.more_extractors.items()], ids=lambda text: text
)
def test_further_extractors_of_a_site_are_there_and_take_our_links(key, name):
    link = parse_link(MORE_LINKS[key])
    extractor = get_info_extractor(key)
    assert (link.extractor, extractor.IE_NAME) == (key, name)
    assert extractor.suitable(link.url)
    assert extractor.working()


def test_a_clip_is_told_as_a_part_of_a_video(tmp_path):
    link = parse_link("https://www.youtube.com/clip/UgytZKpehg-hEMBSn3F4AaABCQ")
    extractor = get_info_extractor(link.extractor)
    assert extractor.suitable(link.url)
    assert extractor.IE_NAME == "youtube:clip"
    told = inspect.getsource(extractor._real_extract)
    for part in ("url_transparent", "section_start", "section_end", "youtube.com/watch?v="):
        assert part in told
    with yt_dlp.YoutubeDL(options(link, tmp_path, max_bytes=1)) as downloader:
        assert sorted(downloader._ies) == ["Youtube", "YoutubeClip"]


def test_the_generic_extractor_takes_what_others_refuse_and_we_never_load_it(tmp_path):
    assert any(extractor.IE_NAME == "generic" for extractor in gen_extractor_classes())
    for site in LINKS:
        with downloader_for(site, tmp_path) as downloader:
            assert "Generic" not in downloader._ies


def test_every_option_is_one_that_yt_dlp_knows(tmp_path):
    # An option with a typing error is ignored without a word.
    documented = f"{yt_dlp.YoutubeDL.__doc__}\n{FileDownloader.__doc__}"
    for name in options(parse_link(LINKS["YouTube"]), tmp_path, max_bytes=1):
        assert re.search(rf"\b{name}\b", documented), name


def sound(format_id, **more):
    return {"format_id": format_id, "url": f"https://cdn.example/{format_id}", "ext": "m4a", "vcodec": "none"} | more


def film(format_id, height, **more):
    known = {"ext": "mp4", "vcodec": "avc1", "acodec": "mp4a", "height": height}
    return {"format_id": format_id, "url": f"https://cdn.example/{format_id}"} | known | more


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        ([sound("low", abr=48), sound("high", abr=128), film("film", 1080)], "high"),
        ([sound("high", abr=1411, filesize=9_000_000), sound("low", abr=128, filesize=1_000_000)], "low"),
        ([sound("a", abr=1411, filesize_approx=9_000_000), sound("b", abr=64)], "b"),
        ([sound("only", filesize=9_000_000)], "only"),
        ([film("hd", 1080), film("sd", 360), film("tiny", 144)], "sd"),
        ([film("hd", 1080), film("4k", 2160)], "hd"),
    ],
)
def test_sound_is_chosen_before_pictures_and_what_fits_before_what_does_not(tmp_path, formats, chosen):
    with downloader_for("Vimeo", tmp_path) as downloader:
        info = {"id": "1", "title": "x", "extractor": "vimeo", "extractor_key": "Vimeo", "formats": formats}
        info["webpage_url"] = "https://vimeo.com/1234"
        assert downloader.process_ie_result(info, download=False)["format_id"] == chosen
        assert downloader.build_format_selector(sound_format(1))


def spoken(error: Exception, folder: Path) -> tuple[str, BaseException]:
    """Let a real extractor fail with an error, and return what yt-dlp raises from it."""

    class FailingIE(InfoExtractor):
        _VALID_URL = r"failing:(?P<id>x)"

        def _real_extract(self, url):
            raise error if not callable(error) else error(self)

    class Silent:
        def debug(self, message):
            pass

        info = warning = error = debug

    with yt_dlp.YoutubeDL({"logger": Silent(), "proxy": ""}, auto_init=False) as downloader:
        downloader.add_info_extractor(FailingIE())
        with pytest.raises(yt_dlp.utils.YoutubeDLError) as caught:
            downloader.extract_info("failing:x")
    return str(caught.value), caught.value


def http_error(status: int) -> ExtractorError:
    response = Response(io.BytesIO(), "https://site.example/", {}, status=status)
    return ExtractorError("Unable to download webpage", cause=HTTPError(response), expected=True)


def network_error(cause: Exception) -> ExtractorError:
    return ExtractorError("Unable to download API page", cause=cause, expected=True)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lambda ie: ie.raise_geo_restricted(), ErrorCode.LINK_GEO_BLOCKED),
        (lambda ie: ie.raise_geo_restricted("Nope", countries=["DE"]), ErrorCode.LINK_GEO_BLOCKED),
        (lambda ie: ie.raise_login_required(), ErrorCode.LINK_NEEDS_SIGN_IN),
        (lambda ie: ie.raise_login_required("Log in to listen", method="cookies"), ErrorCode.LINK_NEEDS_SIGN_IN),
        (lambda ie: ie.report_drm("x"), ErrorCode.LINK_PROTECTED),
        (lambda ie: ie.raise_no_formats("No video formats found!", expected=True), ErrorCode.LINK_UNSUPPORTED),
        (UserNotLive(), ErrorCode.LINK_IS_LIVE),
        (UnsupportedError("https://site.example"), ErrorCode.LINK_UNSUPPORTED),
        (http_error(404), ErrorCode.LINK_NOT_FOUND),
        (http_error(410), ErrorCode.LINK_NOT_FOUND),
        (http_error(401), ErrorCode.LINK_NEEDS_SIGN_IN),
        (http_error(403), ErrorCode.LINK_TURNED_AWAY),
        (http_error(429), ErrorCode.LINK_RATE_LIMITED),
        (http_error(451), ErrorCode.LINK_GEO_BLOCKED),
        (http_error(502), ErrorCode.LINK_UNREACHABLE),
        (network_error(TransportError("Connection refused")), ErrorCode.LINK_UNREACHABLE),
        (network_error(TransportError("The read operation timed out")), ErrorCode.LINK_UNREACHABLE),
        (network_error(SSLError("handshake failure")), ErrorCode.LINK_UNREACHABLE),
        (network_error(IncompleteRead(partial=3, expected=7)), ErrorCode.LINK_UNREACHABLE),
        (ExtractorError("Unable to extract title"), ErrorCode.SITE_CHANGED),
    ],
)
def test_an_error_that_yt_dlp_raises_has_a_code(tmp_path, error, code):
    message, raised = spoken(error, tmp_path)
    assert code_of(message, raised) is code


HINT = (
    "Use --cookies-from-browser or --cookies for the authentication. See  "
    "https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to manually pass cookies"
)


# What YouTube and others say, as yt-dlp passes it on.
@pytest.mark.parametrize(
    ("message", "code"),
    [
        (f"Sign in to confirm you’re not a bot. {HINT}", ErrorCode.LINK_TURNED_AWAY),
        (f"Sign in to confirm you're not a bot. {HINT}", ErrorCode.LINK_TURNED_AWAY),
        ("x. YouTube is requiring a captcha challenge before playback", ErrorCode.LINK_TURNED_AWAY),
        (
            f"Sign in to confirm your age. This video may be inappropriate for some users. {HINT}",
            ErrorCode.LINK_AGE_RESTRICTED,
        ),
        (f"Private video. Sign in if you've been granted access to this video. {HINT}", ErrorCode.LINK_NOT_FOUND),
        ("Video unavailable. This video is private", ErrorCode.LINK_NOT_FOUND),
        ("Video unavailable", ErrorCode.LINK_NOT_FOUND),
        ("This video is not available", ErrorCode.LINK_NOT_FOUND),
        ("Video unavailable. This video has been removed by the uploader", ErrorCode.LINK_NOT_FOUND),
        (
            "Video unavailable. This video is no longer available because the YouTube account associated with this "
            "video has been terminated.",
            ErrorCode.LINK_NOT_FOUND,
        ),
        (
            "Join this channel to get access to members-only content like this video, and other exclusive perks.",
            ErrorCode.LINK_PAID,
        ),
        ("This video requires payment to watch", ErrorCode.LINK_PAID),
        ("The uploader has not made this video available in your country", ErrorCode.LINK_GEO_BLOCKED),
        (
            "Video unavailable. This video contains content from X, who has blocked it in your country on copyright "
            "grounds",
            ErrorCode.LINK_GEO_BLOCKED,
        ),
        ("Premieres in 5 hours", ErrorCode.LINK_NOT_YET),
        ("This live event will begin in 3 days.", ErrorCode.LINK_NOT_YET),
        (
            "This content isn't available, try again later. The current session has been rate-limited by YouTube for "
            "up to an hour.",
            ErrorCode.LINK_RATE_LIMITED,
        ),
        ("Requested format is not available. Use --list-formats for a list of available formats", None),
        ("File is larger than max-filesize (9 bytes > 1 bytes). Aborting.", ErrorCode.FILE_TOO_LARGE),
        ("unable to write data: [Errno 28] No space left on device", ErrorCode.DISK_FULL),
        ("unable to write data: [Errno 27] File too large", ErrorCode.FILE_TOO_LARGE),
        ("Something that nobody has ever seen", ErrorCode.FETCH_FAILED),
    ],
)
def test_what_a_site_says_has_a_code(message, code):
    assert code_of(f"ERROR: [youtube] dQw4w9WgXcQ: {message}") is (code or ErrorCode.LINK_UNSUPPORTED)


def test_the_request_to_report_a_bug_is_not_taken_for_the_error():
    message = str(ExtractorError("Unable to extract title"))
    assert "please report this issue" in message
    assert code_of(f"ERROR: {message}") is ErrorCode.SITE_CHANGED


def test_a_file_that_came_too_short_is_no_success():
    assert code_of(f"ERROR: content too short ({ContentTooShortError(3, 7)})") is ErrorCode.FETCH_FAILED
