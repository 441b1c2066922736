"""A Bot API server on 127.0.0.1: the HTTP face of a `World`, for python-telegram-bot's real client.

    with TelegramServer() as telegram:
        bot = Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url)
        ada = telegram.world.user("Ada")
        ada.says("/start")

What was called lies in `calls`; what shall go wrong is ordered from `faults`. See README.md in this folder.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from tests.doubles.faults import Delay, Drop, Faults, Flood, ServerError
from tests.doubles.faults import Refusal as OrderedRefusal
from tests.doubles.loopback import LoopbackServer
from tests.doubles.telegram.grammar import Grammar, load_table
from tests.doubles.telegram.methods import DO, Request, Upload
from tests.doubles.telegram.refusal import Refusal, bad_request, flood
from tests.doubles.telegram.world import Json, World

TOKEN = "123456789:AAF-loopback_token_of_the_telegram_double"
# Updates that a bot hears only if it names them in `allowed_updates`.
_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True)
class Call:
    """One request as the server took it: after the parameters were read, with the status of its answer."""

    method: str
    parameters: Mapping[str, Any]
    status: int
    at: datetime


class TelegramServer(LoopbackServer):
    """Serve one bot's world.

    Attributes
    ----------
    world : World
        Shared by a test and the server; survives `stop` and `start`.
    calls : list of Call
        Every call but getUpdates, in order of arrival.
    faults : Faults
        By method name; the parameters of the call are there for `where`.
    audit : Grammar or None
        If set, every result and update is held against it; what does not fit is put into `violations`.
    """

    def __init__(self, world: World | None = None, *, token: str = TOKEN, audit: Grammar | None = None) -> None:
        super().__init__()
        self.world = world or World()
        self.token = token
        self.calls: list[Call] = []
        self.faults = Faults()
        self.audit = audit
        self.violations: list[str] = []
        self._grammar = load_table()
        self._poll: object = None  # the getUpdates that is waiting now
        self._redelivered: list[Json] = []

    @property
    def base_url(self) -> str:
        """For `ApplicationBuilder.base_url`."""
        return f"{self.origin}/bot"

    @property
    def base_file_url(self) -> str:
        """For `ApplicationBuilder.base_file_url`."""
        return f"{self.origin}/file/bot"

    @property
    def methods(self) -> frozenset[str]:
        """The methods that this server speaks; any other is 404."""
        return frozenset(self._grammar.parameters)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def redeliver(self, update: Json) -> None:
        """Give the bot an update again that it has confirmed, as after a crash that lost its offset."""
        with self.world.changes.lock:
            self._redelivered.append(update)
            self.world.changes.ring()

    # --- HTTP ---------------------------------------------------------------------------------------------------------

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**31)  # sizes are judged by the rules of the world
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        return app

    async def closing(self) -> None:
        self._poll = None
        self.world.changes.ring()

    async def _download(self, request: web.Request) -> web.Response:
        self._check_token(request)
        path = request.match_info["path"]
        with self.world.changes.lock:
            stored = next((stored for stored in self.world.files.values() if stored.path == path), None)
        fault = self.faults.take("download", {"path": path})
        if fault is not None:
            await self._strike(request, fault)
        if stored is None or len(stored.content) > self.world.limits.download:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.Response(body=stored.content, content_type="application/octet-stream")

    async def _answer(self, request: web.Request) -> web.Response:
        parameters: Mapping[str, Any] = {}
        method = request.match_info["method"]
        try:
            self._check_token(request)
            method = next((name for name in self.methods if name.lower() == method.lower()), method)
            if method not in self.methods:
                raise Refusal(404, "Not Found: method not found")
            raw, uploads = await _read(request)
            parameters = self._grammar.read(method, raw, uploads)
            result = await self._carry_out(request, method, parameters, uploads)
            status, body = 200, {"ok": True, "result": result}
        except Refusal as refusal:
            status, body = refusal.status, refusal.answer()
        self._note(method, parameters, status, body)
        return web.json_response(body, status=status)

    def _check_token(self, request: web.Request) -> None:
        given = request.match_info["token"]
        if not re.fullmatch(r"\d+:[\w-]{30,}", given):
            raise Refusal(404, "Not Found")
        if given != self.token:
            raise Refusal(401, "Unauthorized")

    async def _carry_out(
        self, request: web.Request, method: str, parameters: Mapping[str, Any], uploads: Mapping[str, Upload]
    ) -> Any:
        fault = self.faults.take(method, parameters)
        if fault is not None and not getattr(fault, "accepted", False):
            await self._strike(request, fault)
        if method == "getUpdates":
            result: Any = await self._get_updates(parameters)
        else:
            with self.world.changes.lock:
                result = DO[method](Request(self.world, parameters, uploads))
        if fault is not None and getattr(fault, "accepted", False):
            self._note(method, parameters, 200, {"result": result})
            await self._strike(request, fault)
        return result

    async def _strike(self, request: web.Request, fault: object) -> None:
        match fault:
            case Flood(retry_after_s=seconds):
                raise flood(seconds)
            case ServerError(status=status):
                raise Refusal(status, HTTPStatus(status).phrase)
            case OrderedRefusal(status=status, description=description):
                raise Refusal(status, description)
            case Delay(seconds=seconds):
                await asyncio.sleep(seconds)
            case Drop():
                if request.transport is not None:
                    request.transport.abort()
                raise asyncio.CancelledError

    # --- updates ------------------------------------------------------------------------------------------------------

    @property
    def polled(self) -> bool:
        """Whether somebody waits for updates now."""
        return self._poll is not None

    async def _get_updates(self, parameters: Mapping[str, Any]) -> list[Json]:
        """Wait until there is an update, `timeout` seconds at most.

        Raises
        ------
        Refusal
            409 for the call that is still waiting when another one comes: the newest wins.
        """
        mine = self._poll = object()
        self.world.changes.ring()
        offset = parameters.get("offset") or 0
        allowed = parameters.get("allowed_updates")

        def look() -> tuple[bool, list[Json]] | None:
            if self._poll is not mine:
                return True, []
            pending = self.world.updates
            if offset:
                pending[:] = [update for update in pending if update["update_id"] >= offset]
            wanted = [update for update in self._redelivered + pending if _is_wanted(update, allowed)]
            self._redelivered.clear()
            return (False, wanted[: min(parameters.get("limit") or 100, 100)]) if wanted else None

        try:
            replaced, found = await self.world.changes.wait_until(
                look, timeout_s=max(parameters.get("timeout") or 0, 0.001)
            )
        except TimeoutError:
            return []
        finally:
            if self._poll is mine:
                self._poll = None
        if replaced:
            reason = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise Refusal(409, f"Conflict: {reason}")
        return found

    # --- keeping the books --------------------------------------------------------------------------------------------

    def _note(self, method: str, parameters: Mapping[str, Any], status: int, body: Mapping[str, Any]) -> None:
        with self.world.changes.lock:
            if method != "getUpdates":
                self.calls.append(Call(method, dict(parameters), status, self.world.clock.now()))
            if self.audit and status == 200:
                problem = self.audit.problem(self.audit.returns[method], body["result"], method)
                self.violations += [problem] if problem else []
            self.world.changes.ring()


def _is_wanted(update: Json, allowed: list[str] | None) -> bool:
    kind = next(name for name in update if name != "update_id")
    return kind in allowed if allowed else kind not in _ON_REQUEST


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Read the parameters, however they come: query, form, JSON or multipart."""
    raw: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        raw |= await request.json() if request.can_read_body else {}
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise bad_request("can't parse the form")
            content = bytes(await part.read(decode=True))
            if part.filename is None:
                raw[part.name] = content.decode()
            else:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                uploads[part.name] = Upload(content, Path(part.filename).name, kind)
    else:
        raw |= {name: str(value) for name, value in (await request.post()).items()}
    return raw, uploads
