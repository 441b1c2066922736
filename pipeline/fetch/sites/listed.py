"""Every site that is fetched from, in the order in which sentences name them."""

from __future__ import annotations

from pipeline.fetch.sites import (
    apple_podcasts,
    audiomack,
    bandcamp,
    bluesky,
    ccmixter,
    discord_files,
    free_music_archive,
    freesound,
    internet_archive,
    mixcloud,
    reddit,
    soundcloud,
    streaming,
    twitch,
    vimeo,
    vocaroo,
    wikimedia_commons,
    youtube,
)
from pipeline.fetch.sites.site import Site

SITES: tuple[Site, ...] = (
    youtube.SITE,
    soundcloud.SITE,
    bandcamp.SITE,
    mixcloud.SITE,
    audiomack.SITE,
    vimeo.SITE,
    freesound.SITE,
    vocaroo.SITE,
    ccmixter.SITE,
    free_music_archive.SITE,
    internet_archive.SITE,
    wikimedia_commons.SITE,
    apple_podcasts.SITE,
    twitch.SITE,
    reddit.SITE,
    bluesky.SITE,
)
"""Where there is sound, and neither an account nor a browser is needed to come by it."""

UNNAMED: tuple[Site, ...] = (discord_files.SITE, *streaming.SERVICES)
"""What is known as well, and is no answer to "where can I take a sound from"."""
