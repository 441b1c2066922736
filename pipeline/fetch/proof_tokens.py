"""Proofs of origin for YouTube, from a server of the operator's, as yt-dlp's interface for such providers wants them.

The server speaks the protocol of bgutil-ytdlp-pot-provider: ``POST /get_pot`` with a ``content_binding`` is answered
with a ``poToken``. It may lie in a private network: the operator named it. It is told what the token is for and
YouTube's public context of the session; neither cookies nor addresses.
"""

from __future__ import annotations

import http.client
import json
import re
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pipeline.errors import PipelineError
from pipeline.fetch.connection import connect, reason_of
from pipeline.fetch.guard import Guard
from pipeline.fetch.hosts import AllowedHost
from pipeline.fetch.link import DIRECT, Link

NAME = "GanterpretTokens"
_LONGEST_ANSWER_BYTES = 100_000
_TOKEN = re.compile(r"[A-Za-z0-9_=%-]{10,4096}")
_PORTS = {"http": 80, "https": 443}


class TokenError(Exception):
    """The server gave no token; the message says why."""


@dataclass(frozen=True, slots=True)
class TokenServer:
    """Where tokens come from.

    Attributes
    ----------
    url : str
        Scheme, host and port, nothing behind them.
    host : AllowedHost
        The same host, as the guard knows hosts.
    """

    url: str
    host: AllowedHost

    @classmethod
    def parse(cls, text: str) -> TokenServer:
        """Read ``http://127.0.0.1:4416``.

        Raises
        ------
        ValueError
            It is something else, or has more to it than scheme, host and port.
        """
        split = urlsplit(text.strip())
        rest = (split.path.rstrip("/"), split.query, split.fragment, split.username)
        if split.scheme not in _PORTS or not split.hostname or split.port == 0 or any(rest):
            raise ValueError(f"not the address of a token server: {text[:80]!r}")
        bracketed = f"[{split.hostname}]" if ":" in split.hostname else split.hostname
        host = AllowedHost.parse(f"{bracketed}:{split.port or _PORTS[split.scheme]}")
        return cls(f"{split.scheme}://{host}", host)

    def ask(self, guard: Guard, content_binding: str, context: Any, *, fresh: bool) -> str:
        """Return a token.

        Parameters
        ----------
        guard : Guard
            Told the server's address.
        content_binding : str
            What the token is for: a video's id, or the session.
        context : object
            YouTube's own description of the session.
        fresh : bool
            Whether one that the server has kept will not do.

        Raises
        ------
        TokenError
            The server cannot be reached, or its answer holds no token.
        """
        body = json.dumps({"content_binding": content_binding, "innertube_context": context, "bypass_cache": fresh})
        assert self.host.port is not None
        link = Link(f"{self.url}/get_pot", self.host.host, self.host.port, DIRECT, "", "", road="file")
        try:
            with closing(connect(link, guard, (str(self.host),))) as connection:
                connection.request(
                    "POST", "/get_pot", body, {"Content-Type": "application/json", "Connection": "close"}
                )
                with closing(connection.getresponse()) as response:
                    status, answer = response.status, response.read(_LONGEST_ANSWER_BYTES)
        except PipelineError as error:
            raise TokenError(f"the token server cannot be reached: {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise TokenError(f"the token server cannot be reached: {reason_of(error)}") from error
        if status != 200:
            raise TokenError(f"the token server answered HTTP {status}")
        return _token(answer)


def install(server: TokenServer, guard: Guard) -> str | None:
    """Register the server with the yt-dlp of this process, and return why not where that cannot be done."""
    try:
        from yt_dlp.extractor.youtube.pot import provider, utils
    except ImportError as error:
        return f"this yt-dlp has no such interface: {error}"
    provider.register_provider(_provider(provider, utils, server, guard))
    return None


def _token(answer: bytes) -> str:
    try:
        token = json.loads(answer)["poToken"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise TokenError("the token server's answer holds no token") from error
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise TokenError("the token server's answer holds no token")
    return token


def _provider(pot: Any, utils: Any, server: TokenServer, guard: Guard) -> Any:
    """Make the class that yt-dlp registers; its name is the provider's key with ``PTP`` behind."""

    class GanterpretTokensPTP(pot.PoTokenProvider):  # type: ignore[misc]  # of a library without types
        PROVIDER_NAME = NAME
        PROVIDER_VERSION = "1"
        BUG_REPORT_LOCATION = "the bot's own repository"
        _SUPPORTED_CLIENTS = utils.WEBPO_CLIENTS
        _SUPPORTED_CONTEXTS = tuple(pot.PoTokenContext)
        _SUPPORTED_EXTERNAL_REQUEST_FEATURES = None  # how the server reaches YouTube is the operator's to arrange

        def is_available(self) -> bool:
            return True

        def _real_request_pot(self, request: Any) -> Any:
            binding, _ = utils.get_webpo_content_binding(request)
            if not binding:
                raise pot.PoTokenProviderRejectedRequest("nothing that a token could be bound to")
            try:
                token = server.ask(guard, binding, request.innertube_context, fresh=bool(request.bypass_cache))
            except TokenError as error:
                raise pot.PoTokenProviderError(str(error), expected=True) from error
            return pot.PoTokenResponse(token)

    return GanterpretTokensPTP
