"""A link is read, not trusted: what is fetched is built anew from an id."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.hosts import AllowedHost, address_of, canonical_host, is_forbidden, is_public
from pipeline.fetch.link import DIRECT, looks_like_link, parse_link
from pipeline.fetch.sites.listed import SITES, UNNAMED

VIDEO = "dQw4w9WgXcQ"
WATCH = f"https://www.youtube.com/watch?v={VIDEO}"


def refusal(text: str, allow_hosts: tuple[str, ...] = ()) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        parse_link(text, allow_hosts)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        WATCH,
        f"http://youtube.com/watch?v={VIDEO}",
        f"youtube.com/watch?v={VIDEO}",
        f"//www.youtube.com/watch?v={VIDEO}",
        f"  <https://youtu.be/{VIDEO}>\n",
        f"https://youtu.be/{VIDEO}?si=tracking&feature=shared",
        f"youtu.be/{VIDEO}",
        f"HTTPS://WWW.YOUTUBE.COM/watch?v={VIDEO}",
        f"https://www.youtube.com./watch?v={VIDEO}",
        f"https://www.youtube.com:443/watch?v={VIDEO}",
        f"https://m.youtube.com/watch?app=desktop&v={VIDEO}&pp=junk",
        f"https://music.youtube.com/watch?v={VIDEO}&list=RDAMVM{VIDEO}",
        f"https://www.youtube.com/watch?v={VIDEO}&list=PLabcdefghijklmnop&index=7",
        f"https://www.youtube.com/watch?list=PLabcdefghijklmnop&v={VIDEO}",
        f"https://www.youtube.com/watch/{VIDEO}",
        f"https://www.youtube.com/shorts/{VIDEO}?feature=share",
        f"https://www.youtube.com/live/{VIDEO}",
        f"https://www.youtube.com/embed/{VIDEO}?autoplay=1",
        f"https://www.youtube-nocookie.com/embed/{VIDEO}",
        f"https://www.youtube.com/v/{VIDEO}?version=3",
        f"https://www.youtube.com/e/{VIDEO}",
        f"https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{VIDEO}%26feature%3Dshare",
        f"https://www.youtube.com/attribution_link?u=https%3A%2F%2Fyoutu.be%2F{VIDEO}",
        f"https://www.youtube.com/redirect?event=comments&q=https%3A%2F%2Fyoutu.be%2F{VIDEO}%3Ft%3D&v=aaaaaaaaaaa",
        f"https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{VIDEO}%26t%3D&gl=DE",
        f"https://www.youtube.com/#/watch?v={VIDEO}",
        f"https://www.youtube.com/watch?v={VIDEO}?t=junk",
        f"https://www.youtube.com/watch?v={VIDEO}#comments",
        f"https://ｙｏｕｔｕｂｅ．ｃｏｍ/watch?v={VIDEO}",
    ],
)
def test_every_spelling_of_a_youtube_link_comes_out_as_one(text):
    link = parse_link(text)
    assert (link.url, link.source_id, link.site, link.extractor) == (WATCH, VIDEO, "YouTube", "Youtube")
    assert (link.host, link.port, link.start_s) == ("www.youtube.com", 443, None)


@pytest.mark.parametrize(
    ("suffix", "start_s"),
    [
        ("?t=90", 90),
        ("?t=90s", 90),
        ("?t=1m30s", 90),
        ("?t=1h2m3s", 3723),
        ("?start=12", 12),
        ("?time_continue=7", 7),
        ("#t=1:30", 90),
        ("#t=1:02:03", 3723),
        ("?t=1.5", 1.5),
        ("?t=0", None),
        ("?t=soon", None),
        ("?t=-5", None),
        ("?t=99999999999", None),
        ("?t=", None),
    ],
)
def test_a_link_may_say_where_to_begin(suffix, start_s):
    assert parse_link(f"https://youtu.be/{VIDEO}{suffix}").start_s == start_s


@pytest.mark.parametrize(
    ("text", "url", "extractor"),
    [
        ("https://soundcloud.com/some-artist/a_track", "https://soundcloud.com/some-artist/a_track", "Soundcloud"),
        ("m.soundcloud.com/a/b?utm_source=x&in=c/sets/d", "https://soundcloud.com/a/b", "Soundcloud"),
        ("https://soundcloud.com/a/b/s-Secret1", "https://soundcloud.com/a/b/s-Secret1", "Soundcloud"),
        ("https://soundcloud.com/a/b?secret_token=s-Xy", "https://soundcloud.com/a/b/s-Xy", "Soundcloud"),
        (
            "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/62986583&color=red",
            "https://api.soundcloud.com/tracks/62986583",
            "Soundcloud",
        ),
        ("https://artist.bandcamp.com/track/a-song?from=x", "https://artist.bandcamp.com/track/a-song", "Bandcamp"),
        ("https://vimeo.com/56015672#at=0", "https://vimeo.com/56015672", "Vimeo"),
        ("https://player.vimeo.com/video/56015672?h=0a1b2c3d4e", "https://vimeo.com/56015672/0a1b2c3d4e", "Vimeo"),
        ("https://vimeo.com/channels/staffpicks/56015672", "https://vimeo.com/56015672", "Vimeo"),
        (
            "https://www.freesound.org/people/miklovan/sounds/194503/?x=y",
            "https://freesound.org/people/miklovan/sounds/194503",
            "Freesound",
        ),
        ("https://voca.ro/19cgWmKO6AmC", "https://vocaroo.com/19cgWmKO6AmC", "Vocaroo"),
        ("https://m.mixcloud.com/dj/a-mix/?x=y", "https://www.mixcloud.com/dj/a-mix/", "Mixcloud"),
        ("https://www.mixcloud.com/dj/m%C3%A4x%2F", "https://www.mixcloud.com/dj/m%C3%A4x/", "Mixcloud"),
        ("https://www.audiomack.com/song/an-artist/a-song", "https://audiomack.com/an-artist/song/a-song", "Audiomack"),
        ("https://audiomack.com/an-artist/song/a-song?x", "https://audiomack.com/an-artist/song/a-song", "Audiomack"),
        (
            "https://commons.m.wikimedia.org/wiki/Datei:Ein_Lied_(live).ogg#file",
            "https://commons.wikimedia.org/wiki/File:Ein_Lied_%28live%29.ogg",
            "Wikimedia",
        ),
        (
            "https://upload.wikimedia.org/wikipedia/commons/transcoded/a/a1/S%C3%B6ng.ogg/S%C3%B6ng.ogg.mp3",
            "https://commons.wikimedia.org/wiki/File:S%C3%B6ng.ogg",
            "Wikimedia",
        ),
        (
            "https://podcasts.apple.com/de/podcast/a-name/id1135137367?l=en&i=1000482637777",
            "https://podcasts.apple.com/de/podcast/id1135137367?i=1000482637777",
            "ApplePodcasts",
        ),
        (
            "https://podcasts.apple.com/podcast/id1135137367?i=1",
            "https://podcasts.apple.com/us/podcast/id1135137367?i=1",
            "ApplePodcasts",
        ),
        ("https://m.twitch.tv/somebody/clip/AClip-x_Y", "https://clips.twitch.tv/AClip-x_Y", "TwitchClips"),
        ("https://clips.twitch.tv/embed?clip=AClip&parent=x", "https://clips.twitch.tv/AClip", "TwitchClips"),
        ("https://clips.twitch.tv/AClip", "https://clips.twitch.tv/AClip", "TwitchClips"),
        ("https://www.twitch.tv/videos/635475444", "https://www.twitch.tv/videos/635475444", "TwitchVod"),
        ("https://old.reddit.com/r/a_b/comments/6rrwyj/x/", "https://www.reddit.com/comments/6rrwyj", "Reddit"),
        ("https://redd.it/6rrwyj", "https://www.reddit.com/comments/6rrwyj", "Reddit"),
        (
            "https://bsky.app/profile/did:plc:ia76kvnndjutgedggx2ibrem/post/3l6zrz6zyl2dr?x",
            "https://bsky.app/profile/did:plc:ia76kvnndjutgedggx2ibrem/post/3l6zrz6zyl2dr",
            "Bluesky",
        ),
        ("https://archive.org/details/KZ1908.02", "https://archive.org/details/KZ1908.02", "ArchiveOrg"),
        (
            "https://archive.org/download/KZ1908.02/KZ1908.02_01.wav",
            "https://archive.org/details/KZ1908.02/KZ1908.02_01.wav",
            "ArchiveOrg",
        ),
        (
            "https://archive.org/details/KZ1908.02/KZ1908.02_01%20take%2B1.wav",
            "https://archive.org/details/KZ1908.02/KZ1908.02_01%20take%2B1.wav",
            "ArchiveOrg",
        ),
    ],
)
def test_links_to_other_sites_are_built_anew(text, url, extractor):
    link = parse_link(text)
    assert (link.url, link.extractor) == (url, extractor)
    assert parse_link(link.url) == link


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://www.youtube.com/playlist?list=PLx", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.youtube.com/watch?list=PLx", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.youtube.com/embed/videoseries?list=PLx", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.youtube.com/@someone", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.youtube.com/@someone/videos", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.youtube.com/channel/UCabc", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.youtube.com/embed/live_stream?channel=UCabc", ErrorCode.LINK_IS_LIVE),
        ("https://www.youtube.com/", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.youtube.com/results?search_query=voyage", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.youtube.com/redirect?q=http%3A%2F%2F127.0.0.1", ErrorCode.LINK_PRIVATE_ADDRESS),
        ("https://www.youtube.com/redirect?q=https%3A%2F%2Fevil.example", ErrorCode.LINK_NOT_ALLOWED),
        ("https://www.youtube.com/redirect?q=javascript:alert(1)", ErrorCode.LINK_INVALID),
        ("https://www.youtube.com/redirect", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.youtube.com/attribution_link?a=x", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.youtube.com/clip/short", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.youtube.com/watch?v=short", ErrorCode.LINK_INVALID),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQextra", ErrorCode.LINK_INVALID),
        ("https://www.youtube.com/watch", ErrorCode.LINK_INVALID),
        ("https://youtu.be/", ErrorCode.LINK_INVALID),
        ("https://soundcloud.com/artist", ErrorCode.LINK_IS_PLAYLIST),
        ("https://soundcloud.com/artist/sets/album", ErrorCode.LINK_IS_PLAYLIST),
        ("https://soundcloud.com/discover", ErrorCode.LINK_UNSUPPORTED),
        ("https://on.soundcloud.com/", ErrorCode.LINK_UNSUPPORTED),
        ("https://cdn.discordapp.com/avatars/1/2.png", ErrorCode.LINK_UNSUPPORTED),
        ("https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC?si=x", ErrorCode.LINK_STREAMING_ONLY),
        ("https://open.spotify.com/intl-de/album/x", ErrorCode.LINK_STREAMING_ONLY),
        ("https://spotify.link/AbCdE", ErrorCode.LINK_STREAMING_ONLY),
        ("https://music.apple.com/de/album/x/1440857781?i=1440857795", ErrorCode.LINK_STREAMING_ONLY),
        ("https://www.deezer.com/track/3135556", ErrorCode.LINK_STREAMING_ONLY),
        ("https://deezer.page.link/AbCdE", ErrorCode.LINK_STREAMING_ONLY),
        ("https://listen.tidal.com/track/1", ErrorCode.LINK_STREAMING_ONLY),
        ("https://music.amazon.co.uk/albums/B01", ErrorCode.LINK_STREAMING_ONLY),
        (
            "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/playlists/1",
            ErrorCode.LINK_IS_PLAYLIST,
        ),
        ("https://w.soundcloud.com/player/?url=http%3A//10.0.0.1/tracks/1", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.mixcloud.com/dj/", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.mixcloud.com/dj/playlists/x/", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.mixcloud.com/discover/jazz/", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.mixcloud.com/", ErrorCode.LINK_UNSUPPORTED),
        ("https://audiomack.com/an-artist/album/x", ErrorCode.LINK_IS_PLAYLIST),
        ("https://audiomack.com/an-artist", ErrorCode.LINK_IS_PLAYLIST),
        ("https://audiomack.com/", ErrorCode.LINK_UNSUPPORTED),
        ("https://ccmixter.org/people/somebody", ErrorCode.LINK_IS_PLAYLIST),
        ("https://ccmixter.org/view/media/home", ErrorCode.LINK_UNSUPPORTED),
        ("https://freemusicarchive.org/music/an_artist/an-album/", ErrorCode.LINK_IS_PLAYLIST),
        ("https://freemusicarchive.org/about", ErrorCode.LINK_UNSUPPORTED),
        ("https://files.freemusicarchive.org/tracks/../x.mp3", ErrorCode.LINK_UNSUPPORTED),
        ("https://commons.wikimedia.org/wiki/File:Bird.jpg", ErrorCode.LINK_UNSUPPORTED),
        ("https://commons.wikimedia.org/wiki/Category:Music", ErrorCode.LINK_UNSUPPORTED),
        ("https://upload.wikimedia.org/wikipedia/en/a/a1/x.ogg", ErrorCode.LINK_UNSUPPORTED),
        ("https://podcasts.apple.com/us/podcast/a-name/id1135137367", ErrorCode.LINK_IS_PLAYLIST),
        ("https://podcasts.apple.com/us/browse", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.twitch.tv/somebody", ErrorCode.LINK_IS_LIVE),
        ("https://www.twitch.tv/directory/all/x", ErrorCode.LINK_UNSUPPORTED),
        ("https://clips.twitch.tv/a/b/c", ErrorCode.LINK_UNSUPPORTED),
        ("https://www.reddit.com/r/videos/", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.reddit.com/r/videos/top", ErrorCode.LINK_IS_PLAYLIST),
        ("https://www.reddit.com/settings", ErrorCode.LINK_UNSUPPORTED),
        ("https://i.redd.it/x.jpg", ErrorCode.LINK_NOT_ALLOWED),
        ("https://bsky.app/profile/somebody.example", ErrorCode.LINK_IS_PLAYLIST),
        ("https://bsky.app/search", ErrorCode.LINK_UNSUPPORTED),
        ("https://artist.bandcamp.com/album/x", ErrorCode.LINK_IS_PLAYLIST),
        ("https://artist.bandcamp.com", ErrorCode.LINK_IS_PLAYLIST),
        ("https://bandcamp.com/discover", ErrorCode.LINK_UNSUPPORTED),
        ("https://vimeo.com/channels/staffpicks", ErrorCode.LINK_IS_PLAYLIST),
        ("https://vimeo.com/event/123", ErrorCode.LINK_IS_LIVE),
        ("https://archive.org/search?query=x", ErrorCode.LINK_UNSUPPORTED),
    ],
)
def test_what_is_no_single_piece_is_named(text, code):
    assert refusal(text).code is code


def test_a_link_within_links_is_read_to_a_depth() -> None:
    text = "https://youtu.be/dQw4w9WgXcQ"
    for _ in range(3):
        text = f"https://www.youtube.com/redirect?{urlencode({'q': text})}"
    assert parse_link(text).url == WATCH
    with pytest.raises(PipelineError) as refusal_:
        parse_link(f"https://www.youtube.com/redirect?{urlencode({'q': text})}")
    assert refusal_.value.code is ErrorCode.LINK_INVALID


@pytest.mark.parametrize(
    ("text", "url", "road"),
    [
        ("https://on.soundcloud.com/AbCdE?x=y", "https://on.soundcloud.com/AbCdE", "redirect"),
        ("soundcloud.app.goo.gl/AbC12", "https://soundcloud.app.goo.gl/AbC12", "redirect"),
        ("https://www.reddit.com/r/a_b/s/AbCdEf123?x", "https://www.reddit.com/r/a_b/s/AbCdEf123", "redirect"),
        ("https://v.redd.it/abcdefgh12345/DASH_720.mp4", "https://v.redd.it/abcdefgh12345", "redirect"),
        ("https://www.reddit.com/video/abcdefgh12345", "https://www.reddit.com/video/abcdefgh12345", "redirect"),
        ("http://ccmixter.org/files/some.body/12345?x=y", "https://ccmixter.org/files/some.body/12345", "question"),
        ("https://ccmixter.org/content/a/a_-_b%20c.mp3", "https://ccmixter.org/content/a/a_-_b%20c.mp3", "file"),
        (
            "https://freemusicarchive.org/music/an_artist/an-album/a-track/",
            "https://freemusicarchive.org/track/a-track/stream/",
            "file",
        ),
        (
            "https://freemusicarchive.org/track/a-track/download",
            "https://freemusicarchive.org/track/a-track/stream/",
            "file",
        ),
        (
            "https://files.freemusicarchive.org/storage-freemusicarchive-org/tracks/AbC.mp3?download=1",
            "https://files.freemusicarchive.org/storage-freemusicarchive-org/tracks/AbC.mp3",
            "file",
        ),
        (
            "https://media.discordapp.net/attachments/1/2/a%20b.ogg?ex=65&is=64&hm=ab&=&width=3",
            "https://cdn.discordapp.com/attachments/1/2/a%20b.ogg?ex=65&is=64&hm=ab",
            "file",
        ),
        (
            "https://cdn.discordapp.com/attachments/1/2/a.ogg?ex=zz",
            "https://cdn.discordapp.com/attachments/1/2/a.ogg",
            "file",
        ),
        (
            "https://youtube.com/clip/UgytZKpehg-hEMBSn3F4AaABCQ?si=x",
            "https://www.youtube.com/clip/UgytZKpehg-hEMBSn3F4AaABCQ",
            "extractor",
        ),
    ],
)
def test_what_needs_another_road_is_built_anew_too(text: str, url: str, road: str) -> None:
    link = parse_link(text)
    assert (link.url, link.road) == (url, road)
    assert parse_link(link.url) == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "voyage",
        "12345",
        "http://",
        "https:///path",
        "http:youtube.com",
        "ftp://youtube.com/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:audio/wav;base64,AAAA",
        "ytsearch:cats",
        "concat:a|b",
        "mailto:a@youtube.com",
        "https://user:secret@youtube.com/watch?v=" + VIDEO,
        "https://youtube.com@evil.example/watch?v=" + VIDEO,
        "https://youtube.com\\@evil.example/watch?v=" + VIDEO,
        "https://youtube.com\\.evil.example/watch?v=" + VIDEO,
        f"https://youtube.com/watch?v={VIDEO}\nhttp://10.0.0.1/",
        "https://you\ttube.com/watch?v=" + VIDEO,
        "https://youtube.com:port/watch?v=" + VIDEO,
        "https://youtube.com:99999/watch?v=" + VIDEO,
        "https://youtube.com:0/watch?v=" + VIDEO,
        "https://freesound.org/people/a b/sounds/123456/",
        "https://-youtube.com/watch?v=" + VIDEO,
        "https://youtube..com/watch?v=" + VIDEO,
        "https://" + "a" * 64 + ".example/",
        "https://[::1/",
        "https://[not-an-address]/",
        "https://[fe80::1%25eth0]/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://0x100000000/",
        "http://09.1.1.1/",
        "https://youtube.com/watch?v=" + VIDEO + "&x=" + "a" * 3000,
    ],
)
def test_what_is_no_link_is_refused(text):
    assert refusal(text).code is ErrorCode.LINK_INVALID


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "printer.local",
        "metadata.google.internal",
        "router.home.arpa",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "１２７.0.0.1",
        "127。0。0。1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0xA9FEA9FE",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "192.0.0.8",
        "198.18.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
    ],
)
def test_private_addresses_are_seen_in_every_spelling(host):
    assert refusal(f"http://{host}/sound.mp3").code is ErrorCode.LINK_PRIVATE_ADDRESS


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://evil.example/song.mp3", "evil.example"),
        ("https://youtube.com.evil.example/watch?v=" + VIDEO, "youtube.com.evil.example"),
        ("https://notyoutube.com/watch?v=" + VIDEO, "notyoutube.com"),
        ("https://evil.example/?https://youtube.com/watch?v=" + VIDEO, "evil.example"),
        ("https://y\u043eutube.com/watch?v=" + VIDEO, "xn--yutube-wqf.com"),
        ("https://youtube.com:8080/watch?v=" + VIDEO, "youtube.com:8080"),
        ("https://studio.youtube.com/watch?v=" + VIDEO, "studio.youtube.com"),
        ("http://8.8.8.8/a.mp3", "8.8.8.8"),
        ("http://134744072/a.mp3", "8.8.8.8"),
    ],
)
def test_other_hosts_are_refused_by_their_true_name(text, host):
    error = refusal(text, ("media.example:8080",))
    assert error.code is ErrorCode.LINK_NOT_ALLOWED
    assert error.facts["host"] == host
    assert error.facts["allowed"] == (*(site.name for site in SITES), "media.example:8080")


@pytest.mark.parametrize(
    ("text", "allow", "url"),
    [
        ("http://media.example/a.mp3", "media.example", "http://media.example/a.mp3"),
        ("http://MEDIA.example.:80/a.mp3#t=3", "media.example", "http://media.example/a.mp3"),
        ("https://media.example:8443/a%20b.mp3?k=v&w", "media.example", "https://media.example:8443/a%20b.mp3?k=v&w"),
        ("http://127.0.0.1:8080/a.wav", "127.0.0.1:8080", "http://127.0.0.1:8080/a.wav"),
        ("http://0x7f.1:8080/a.wav", "127.0.0.1:8080", "http://127.0.0.1:8080/a.wav"),
        ("http://localhost:8080/ä.wav", "localhost", "http://localhost:8080/%C3%A4.wav"),
        ("http://[::1]:8080/a.wav", "[::1]:8080", "http://[::1]:8080/a.wav"),
        ("http://media.example", "media.example", "http://media.example/"),
        ("http://bücher.example/a.ogg", "BÜCHER.example", "http://xn--bcher-kva.example/a.ogg"),
    ],
)
def test_files_on_an_allowed_host_are_taken(text, allow, url):
    link = parse_link(text, (allow,))
    assert (link.url, link.site, link.extractor) == (url, DIRECT, "")


@pytest.mark.parametrize(
    ("text", "allow"),
    [
        ("http://127.0.0.1:8081/a.wav", "127.0.0.1:8080"),
        ("http://127.0.0.1/a.wav", "127.0.0.1:8080"),
        ("http://127.0.0.2:8080/a.wav", "127.0.0.1:8080"),
        ("http://localhost:8080/a.wav", "127.0.0.1:8080"),
        ("http://user@127.0.0.1:8080/a.wav", "127.0.0.1:8080"),
        ("http://a.media.example/a.wav", "media.example"),
        ("ftp://media.example/a.wav", "media.example"),
    ],
)
def test_an_allow_list_means_what_it_says(text, allow):
    assert refusal(text, (allow,)).code in {
        ErrorCode.LINK_PRIVATE_ADDRESS,
        ErrorCode.LINK_NOT_ALLOWED,
        ErrorCode.LINK_INVALID,
    }


@pytest.mark.parametrize("entry", ["", "http://media.example", "media.example:0", "a b", "[::1", "media.example:x"])
def test_a_wrong_entry_of_the_allow_list_is_pointed_out(entry):
    with pytest.raises(ValueError):
        AllowedHost.parse(entry)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://anything.example/x", True),
        ("file:///etc/passwd", True),
        ("www.example.org/x", True),
        ("youtu.be/dQw4w9WgXcQ", True),
        ("<https://youtu.be/dQw4w9WgXcQ>", True),
        ("artist.bandcamp.com/track/x", True),
        ("song.mp3", False),
        ("music/song.mp3", False),
        ("./youtube.com.mp3", False),
        ("C:\\song.mp3", False),
        ("voyage", False),
        ("", False),
    ],
)
def test_a_link_is_told_from_a_file_name(text, expected):
    assert looks_like_link(text) is expected


@given(st.text(max_size=200))
@example("http://[::1]@youtube.com/")
@example("https://youtube.com/watch?" + "&".join(["v=1"] * 150))
def test_any_text_is_a_link_of_ours_or_refused_with_a_code(text):
    try:
        link = parse_link(text)
    except PipelineError:
        return
    assert link.site in {site.name for site in (*SITES, *UNNAMED)}


@given(st.from_regex(r"[A-Za-z0-9_-]{11}", fullmatch=True), st.text(max_size=40), st.text(max_size=40))
def test_whatever_hangs_on_a_youtube_link_stays_behind(video, name, value):
    if video in {"videoseries", "live_stream"} or name in {"v", "vi", "u", "t", "start", "time_continue"}:
        return
    link = parse_link(f"https://youtube.com/watch?{urlencode({name: value})}&v={video}")
    assert link.url == f"https://www.youtube.com/watch?v={video}"


def spellings(address: ipaddress.IPv4Address) -> list[str]:
    a, b, c, d = address.packed
    whole = int(address)
    return [
        str(address),
        f"{address}.",
        str(whole),
        hex(whole),
        oct(whole).replace("o", ""),
        f"{a}.{whole & 0xFFFFFF}",
        f"{a:#x}.{b}.{c << 8 | d}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"[::ffff:{address}]",
        f"[0:0:0:0:0:ffff:{a:02x}{b:02x}:{c:02x}{d:02x}]",
    ]


@given(st.ip_addresses(v=4))
@example(ipaddress.IPv4Address("127.0.0.1"))
@example(ipaddress.IPv4Address("0.0.0.0"))
def test_an_address_has_one_spelling(address):
    assert {canonical_host(text) for text in spellings(address)} == {str(address)}


@given(st.ip_addresses(v=4))
@example(ipaddress.IPv4Address("169.254.169.254"))
def test_an_address_inside_another_is_as_private_as_it_is_alone(address):
    packed = int(address)
    inside = [
        ipaddress.IPv6Address((0xFFFF << 32) | packed),  # mapped
        ipaddress.IPv6Address((0x64FF9B << 96) | packed),  # NAT64
    ]
    assert {is_public(other) for other in inside} == {is_public(address)}
    assert {is_forbidden(other) for other in inside} == {is_forbidden(address)}


@given(st.ip_addresses())
def test_a_public_address_is_neither_private_nor_forbidden(address):
    if is_public(address):
        assert not address.is_private
        assert not is_forbidden(address)


@given(st.text(max_size=60))
def test_a_canonical_host_is_its_own_spelling(text):
    try:
        host = canonical_host(text)
    except ValueError:
        return
    assert canonical_host(host) == host
    assert address_of(host) is not None or host.isascii()
