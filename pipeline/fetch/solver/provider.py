"""Our solver as yt-dlp knows solvers: a provider of challenges, by the interface that it offers to plug-ins.

yt-dlp asks which providers are available before it chooses as which clients it asks YouTube: with one it asks as those
that need a challenge solved, without one it is left with those that do not.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.fetch.solver.engine import EngineError, EngineLimits, evaluate, is_installed
from pipeline.fetch.solver.players import PlayerKey, read_player, write_player
from pipeline.fetch.solver.scripts import Scripts, ScriptsError, load_scripts

NAME = "GanterpretQuickJS"


def install(*, kept_in: Path | None, new_into: Path, limits: EngineLimits | None = None) -> str | None:
    """Register the solver with the yt-dlp of this process, and return why not where that cannot be done.

    Parameters
    ----------
    kept_in : Path or None
        Players that were worked through before.
    new_into : Path
        Where players that are worked through now are left.
    limits : EngineLimits, optional
        What the engine may use.
    """
    if not is_installed():
        return "quickjs-ng is missing"
    try:
        scripts = load_scripts()
    except ScriptsError as error:
        return str(error)
    try:
        from yt_dlp.extractor.youtube.jsc import provider
    except ImportError as error:
        return f"this yt-dlp has no such interface: {error}"
    solver = Solver(scripts, limits or EngineLimits(), kept_in, new_into)
    provider.register_provider(_provider(provider, solver))
    return None


class Solver:
    """Solves challenges of players, with what is kept of them where there is something.

    Parameters
    ----------
    scripts : Scripts
        What solves.
    limits : EngineLimits
        What each run may use.
    kept_in, new_into : Path or None, Path or None
        Where players are read, and where new ones are left.
    """

    def __init__(self, scripts: Scripts, limits: EngineLimits, kept_in: Path | None, new_into: Path | None) -> None:
        self._scripts = scripts
        self._limits = limits
        self._kept_in = kept_in
        self._new_into = new_into

    def kept(self, player_url: str) -> str | None:
        """Return what is kept of a player."""
        return read_player(self._kept_in, self._key(player_url))

    def solve(self, player_url: str, player: str, requests: list[dict[str, Any]], *, is_kept: bool) -> list[Any]:
        """Return the scripts' answer to each request: ``type`` and ``data`` (challenge to solution), or ``error``.

        Parameters
        ----------
        player : str
            YouTube's own, or what is kept of it.
        requests : list of dict
            Each with ``type`` (``n`` or ``sig``) and ``challenges``.

        Raises
        ------
        EngineError
            The scripts could not work with that player within the limits.
        """
        source = (
            {"type": "preprocessed", "preprocessed_player": player} if is_kept else {"type": "player", "player": player}
        )
        asked = json.dumps({**source, "requests": requests, "output_preprocessed": not is_kept})
        text = evaluate(self._scripts.in_order, "JSON.stringify(jsc(JSON.parse(input)))", asked, self._limits)
        answer = json.loads(text)
        if answer.get("type") != "result" or len(answer.get("responses", ())) != len(requests):
            raise EngineError(str(answer.get("error", "an answer that is none"))[:200])
        made = answer.get("preprocessed_player")
        if isinstance(made, str) and self._new_into is not None:
            write_player(self._new_into, self._key(player_url), made)
        return list(answer["responses"])

    def _key(self, player_url: str) -> PlayerKey:
        return PlayerKey(player_url, self._scripts.version)


def _provider(jsc: Any, solver: Solver) -> Any:
    """Make the class that yt-dlp registers; its name is the provider's key with ``JCP`` behind."""

    class GanterpretQuickJSJCP(jsc.JsChallengeProvider):  # type: ignore[misc]  # of a library without types
        PROVIDER_NAME = NAME
        PROVIDER_VERSION = "1"
        BUG_REPORT_LOCATION = "the bot's own repository"
        _SUPPORTED_TYPES = [jsc.JsChallengeType.N, jsc.JsChallengeType.SIG]  # noqa: RUF012 - yt-dlp's own form

        def is_available(self) -> bool:
            return True

        def _real_bulk_solve(self, requests: list[Any]) -> Iterator[Any]:
            by_player: dict[str, list[Any]] = defaultdict(list)
            for request in requests:
                by_player[request.input.player_url].append(request)
            for player_url, group in by_player.items():
                kept = solver.kept(player_url)
                player = kept if kept is not None else self._get_player(group[0].video_id, player_url)
                asked = [{"type": each.type.value, "challenges": each.input.challenges} for each in group]
                try:
                    answers = solver.solve(player_url, player, asked, is_kept=kept is not None)
                except (EngineError, OSError) as error:
                    raise jsc.JsChallengeProviderError(str(error), expected=True) from error
                for request, answer in zip(group, answers, strict=True):
                    yield _response(jsc, request, answer)

    return GanterpretQuickJSJCP


def _response(jsc: Any, request: Any, answer: Any) -> Any:
    if answer["type"] != "result":
        error = jsc.JsChallengeProviderError(str(answer.get("error"))[:200], expected=True)
        return jsc.JsChallengeProviderResponse(request, None, error)
    output = jsc.NChallengeOutput if request.type is jsc.JsChallengeType.N else jsc.SigChallengeOutput
    return jsc.JsChallengeProviderResponse(request, jsc.JsChallengeResponse(request.type, output(answer["data"])))
