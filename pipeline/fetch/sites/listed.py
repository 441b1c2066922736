"""Every site that is fetched from, in the order in which sentences name them."""

from __future__ import annotations

from pipeline.fetch.sites import (
    bandcamp,
    discord_files,
    freesound,
    internet_archive,
    soundcloud,
    streaming,
    vimeo,
    vocaroo,
    youtube,
)
from pipeline.fetch.sites.site import Site

SITES: tuple[Site, ...] = (
    youtube.SITE,
    soundcloud.SITE,
    bandcamp.SITE,
    vimeo.SITE,
    freesound.SITE,
    vocaroo.SITE,
    internet_archive.SITE,
)
"""Where sound is the point, and yt-dlp needs neither an account nor a browser."""

UNNAMED: tuple[Site, ...] = (discord_files.SITE, *streaming.SERVICES)
"""What is known as well, and is no answer to "where can I take a sound from"."""
